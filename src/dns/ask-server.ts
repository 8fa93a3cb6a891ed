import { randomInt } from "node:crypto";
import { connect } from "node:net";
import { encodeQuery, type Message, type Question, RCODE, type Reading, readAnswer } from "./message.ts";
import { formatServer, type ServerAddress } from "./servers.ts";
import { sendOverUdp } from "./udp-socket.ts";

export interface AskOptions {
  /** Ends the wait and closes the socket. */
  signal: AbortSignal;
  edns: boolean;
  /** An answer above this many bytes is not read. */
  maxAnswerBytes: number;
  /** Called for every broken answer; the wait for a sound one goes on. */
  onMalformed?: (reason: string) => void;
}

/** The server gave no answer: it cannot be reached, hung up, or was not waited for any longer. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/**
 * Asks one server once: over UDP, without EDNS when it does not know EDNS (RFC 6891 §7), over TCP when the answer does not
 * fit (RFC 7766 §5).
 *
 * @returns the answer, and whether to use EDNS with this server from now on
 * @throws NoAnswer
 */
export async function askServer(
  server: ServerAddress,
  question: Question,
  options: AskOptions,
): Promise<{ message: Message; edns: boolean }> {
  let { edns } = options;
  let message = await askOverUdp(server, question, options);
  if (edns && rejectsQuery(message)) {
    message = await askOverUdp(server, question, { ...options, edns: false });
    // a server that rejects the plain query too has something against the question, not against EDNS
    edns = rejectsQuery(message);
  }
  if (message.truncated) message = await askOverTcp(server, question, { ...options, edns });
  return { message, edns };
}

function rejectsQuery({ rcode }: Message): boolean {
  return rcode === RCODE.formErr || rcode === RCODE.notImp || rcode === RCODE.badVers;
}

function askOverUdp(server: ServerAddress, question: Question, options: AskOptions): Promise<Message> {
  return withSignal(options.signal, server, (settle) =>
    sendOverUdp(server, {
      encode: (id) => encodeQuery(id, question, { edns: options.edns }),
      onDatagram: (datagram, id) => {
        const reading = read(datagram, id, question, options);
        if (reading.kind === "answer") settle.answered(reading.message);
        if (reading.kind === "malformed") options.onMalformed?.(reading.reason);
      },
      onError: settle.failed,
    }),
  );
}

function askOverTcp(server: ServerAddress, question: Question, options: AskOptions): Promise<Message> {
  const { id, query } = newQuery(question, options.edns);
  return withSignal(options.signal, server, (settle) => {
    const socket = connect({ host: server.address, port: server.port });
    let received = Buffer.alloc(0);
    socket.on("error", settle.failed);
    socket.on("close", () => settle.failed(new Error("the connection ended before the answer")));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (length <= options.maxAnswerBytes && received.length < length + 2) return;
      const reading = read(received.subarray(2, length + 2), id, question, options, length);
      if (reading.kind === "answer" && !reading.message.truncated) return settle.answered(reading.message);
      const reason = whyUseless(reading);
      options.onMalformed?.(reason);
      settle.failed(new Error(reason));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
    return () => socket.destroy();
  });
}

function newQuery(question: Question, edns: boolean): { id: number; query: Buffer } {
  const id = randomInt(0x1_0000);
  return { id, query: encodeQuery(id, question, { edns }) };
}

function read(
  bytes: Buffer,
  id: number,
  question: Question,
  { maxAnswerBytes }: AskOptions,
  length = bytes.length,
): Reading {
  if (length <= maxAnswerBytes) return readAnswer(bytes, id, question);
  return { kind: "malformed", reason: `an answer of ${length} bytes, more than ${maxAnswerBytes}` };
}

function whyUseless(reading: Reading): string {
  if (reading.kind === "malformed") return reading.reason;
  return reading.kind === "foreign" ? "an answer to another question" : "an answer cut short even over TCP";
}

interface Settle {
  answered(message: Message): void;
  failed(error: Error): void;
}

/** Runs `open` until it settles or the signal ends it, then what `open` returned: the way to close. */
function withSignal(
  signal: AbortSignal,
  server: ServerAddress,
  open: (settle: Settle) => () => void,
): Promise<Message> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new NoAnswer(`${formatServer(server)} was not asked`));
    let settled = false;
    const end = (): boolean => {
      if (settled) return false;
      settled = true;
      signal.removeEventListener("abort", onAbort);
      close();
      return true;
    };
    const fail = (reason: string) => end() && reject(new NoAnswer(`${formatServer(server)}: ${reason}`));
    const onAbort = () => fail("no answer");
    signal.addEventListener("abort", onAbort, { once: true });
    const close = open({
      answered: (message) => end() && resolve(message),
      failed: (error) => fail(error.message),
    });
  });
}
