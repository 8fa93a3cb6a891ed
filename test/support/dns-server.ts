/**
 * A DNS server on loopback (UDP and TCP on one free port) that plays a recursive resolver, a good or a bad one.
 *
 * @example
 * const server = await startDnsServer({
 *   "example.org": { MX: { preference: 10, exchange: "mx.example.org" }, TXT: ["v=spf1 mx -all"] },
 *   "mx.example.org": { A: ["192.0.2.1", "192.0.2.2"], ttl: 60 },
 *   "www.example.org": { CNAME: "example.org" },
 *   "*.dyn.example.org": { A: "192.0.2.9" },
 * });
 * server.behave({ latency: 30 });                                            // every answer takes 30 ms
 * server.behave({ answer: "SERVFAIL" }, { name: "broken.example.org" });     // this name fails, for all types
 * server.behave({ answer: "silence" }, { name: "slow.example.org", type: "TXT" });
 * const resolver = createResolver({ servers: [server.address] });
 * …
 * server.count("example.org", "MX");                                         // how often it was asked that
 * await server.close();
 */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Socket as TcpSocket } from "node:net";
import dnsPacket from "dns-packet";
import type { ServerAddress } from "../../src/dns/index.ts";
import { type IndexedZone, indexZone, lookUp, type Zone } from "./dns-zone.ts";

/** How the server treats a question. What is not set is as a good server does it. */
export interface Behaviour {
  /** Milliseconds before the answer is sent. */
  latency?: number;
  /** The part of the UDP questions that get lost, from 0 to 1; which ones follows from the server's seed. */
  loss?: number;
  /** What is answered; default `zone`, the records. `garbage` has the right id and is broken after its header. */
  answer?: "zone" | "SERVFAIL" | "REFUSED" | "FORMERR" | "NOTIMP" | "silence" | "garbage";
  /** False data (203.0.113.66, "forged") sent over UDP before the answer. */
  forge?: readonly Forgery[];
  /** Answers over UDP say "truncated" and end inside a record, however small they are. */
  truncate?: boolean;
  /** What happens over TCP; default `answer`. */
  tcp?: "answer" | "hang-up" | "silence" | "garbage" | "truncate";
  /** The AD bit. */
  authenticated?: boolean;
  /** false: a question with EDNS gets FORMERR. */
  edns?: boolean;
  /** RFC 8914. */
  extendedError?: { code: number; text: string };
  /** false: an answer ends at the first CNAME. */
  followCnames?: boolean;
}

/** A wrong id, another question's name or type, another source port, or bytes that are no DNS message. */
export type Forgery = "wrong-id" | "other-name" | "other-type" | "other-port" | "not-dns" | "no-response";

export interface LoggedQuestion {
  name: string;
  type: string;
  transport: "udp" | "tcp";
  id: number;
  /** The port that it came from. */
  port: number;
  edns: boolean;
  /** The AD bit of the question: "tell me whether the answer is validated". */
  wantsAuthenticated: boolean;
}

export interface DnsServer {
  readonly address: ServerAddress;
  /** Every question that arrived, lost and unanswered ones too, in order. */
  readonly log: LoggedQuestion[];
  /** How many questions arrived, for a name and a type or for all. */
  count(name?: string, type?: string): number;
  /** Adds to the behaviour, for all questions or for those of a name and type; the last word on a property counts. */
  behave(behaviour: Behaviour, questions?: { name?: string; type?: string }): void;
  /** Forgets every behaviour that was set. */
  behaveWell(): void;
  /** Puts other records in place of the old ones. */
  serve(zone: Zone): void;
  close(): Promise<void>;
}

export interface DnsServerOptions {
  /** Default 127.0.0.1. */
  address?: "127.0.0.1" | "::1";
  /** Default a free one. */
  port?: number;
  /** For `loss`; default 1. */
  seed?: number;
}

interface Rule {
  behaviour: Behaviour;
  name?: string;
  type?: string;
}

const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };
const FLAGS = dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE;

export async function startDnsServer(zone: Zone, options: DnsServerOptions = {}): Promise<DnsServer> {
  const { address = "127.0.0.1", seed = 1 } = options;
  let served = indexZone(zone);
  let rules: Rule[] = [];
  const log: LoggedQuestion[] = [];
  const random = seededRandom(seed);
  const timers = new Set<NodeJS.Timeout>();
  const connections = new Set<TcpSocket>();
  const { udp, tcp, port } = await listen(address, options.port ?? 0);
  const stranger = createSocket(udpType(address));

  const behaviourFor = ({ name, type }: LoggedQuestion): Behaviour => {
    const fitting = rules.filter((rule) => (rule.name ?? name) === name && (rule.type ?? type) === type);
    return Object.assign({}, ...fitting.map(({ behaviour }) => behaviour));
  };

  const later = (milliseconds: number | undefined, action: () => void) => {
    if (!milliseconds) return action();
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, milliseconds);
    timers.add(timer);
  };

  udp.on("message", (bytes, from) => {
    const query = dnsPacket.decode(bytes);
    const question = logged(query, "udp", from.port);
    log.push(question);
    const behaviour = behaviourFor(question);
    if (random() < (behaviour.loss ?? 0)) return;
    later(behaviour.latency, () => {
      forge(behaviour.forge ?? [], query, from, udp, stranger);
      const answer = answerTo(query, served, behaviour, "udp");
      if (answer) udp.send(answer, from.port, from.address);
    });
  });

  tcp.on("connection", (connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => connection.destroy());
    connection.on("data", (bytes) => {
      const query = dnsPacket.decode(bytes, 2);
      const question = logged(query, "tcp", connection.remotePort ?? 0);
      log.push(question);
      const behaviour = behaviourFor(question);
      if (behaviour.tcp === "silence") return;
      if (behaviour.tcp === "hang-up") return connection.end();
      later(behaviour.latency, () => {
        const answer = answerTo(query, served, overTcp(behaviour), "tcp");
        if (!answer) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        // in two writes, as a slow network would deliver it
        connection.write(Buffer.concat([length, answer.subarray(0, 1)]));
        connection.write(answer.subarray(1));
      });
    });
  });

  return {
    address: { address, port },
    log,
    count: (name, type) =>
      log.filter((one) => (name?.toLowerCase() ?? one.name) === one.name && (type ?? one.type) === one.type)
        .length,
    behave: (behaviour, questions = {}) => {
      rules.push({ behaviour, ...questions, name: questions.name?.toLowerCase() });
    },
    behaveWell: () => {
      rules = [];
    },
    serve: (other) => {
      served = indexZone(other);
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const connection of connections) connection.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(resolve)),
        new Promise<void>((resolve) => stranger.close(resolve)),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}

function logged(query: dnsPacket.DecodedPacket, transport: "udp" | "tcp", port: number): LoggedQuestion {
  const [question] = query.questions ?? [];
  return {
    name: (question?.name ?? "").toLowerCase(),
    type: question?.type ?? "",
    transport,
    id: query.id ?? 0,
    port,
    edns: optOf(query) !== undefined,
    wantsAuthenticated: query.flag_ad,
  };
}

function overTcp(behaviour: Behaviour): Behaviour {
  if (behaviour.tcp === "garbage") return { answer: "garbage" };
  return { ...behaviour, truncate: behaviour.tcp === "truncate" };
}

/** The bytes of the answer, or null for silence. */
function answerTo(
  query: dnsPacket.DecodedPacket,
  zone: IndexedZone,
  behaviour: Behaviour,
  transport: "udp" | "tcp",
): Buffer | null {
  const { answer = "zone" } = behaviour;
  const questions = query.questions ?? [];
  const [question] = questions;
  const opt = optOf(query);
  if (answer === "silence" || question === undefined) return null;
  const reply = { type: "response", id: query.id ?? 0, questions } as const;
  if (answer === "garbage") {
    const header = dnsPacket.encode({ ...reply, flags: FLAGS });
    header.writeUInt16BE(9, 6); // nine answers, none there
    return header;
  }
  if (opt && behaviour.edns === false) return dnsPacket.encode({ ...reply, flags: RCODES.FORMERR });

  const found =
    answer === "zone"
      ? lookUp(zone, question.name, question.type, { follow: behaviour.followCnames ?? true })
      : { rcode: answer, answers: [], authorities: [] };
  const flags = FLAGS | RCODES[found.rcode] | (behaviour.authenticated ? dnsPacket.AUTHENTIC_DATA : 0);
  const additionals = opt ? [optRecord(behaviour.extendedError)] : [];
  const bytes = dnsPacket.encode({ ...reply, ...found, flags, additionals });
  const fits = transport === "tcp" || bytes.length <= (opt?.udpPayloadSize ?? 512);
  if (fits && !behaviour.truncate) return bytes;
  bytes.writeUInt16BE(bytes.readUInt16BE(2) | dnsPacket.TRUNCATED_RESPONSE, 2);
  return bytes.subarray(0, Math.min(512, bytes.length - 1));
}

function forge(
  forgeries: readonly Forgery[],
  query: dnsPacket.DecodedPacket,
  to: RemoteInfo,
  udp: UdpSocket,
  stranger: UdpSocket,
): void {
  const [question] = query.questions ?? [];
  if (!question) return;
  for (const forgery of forgeries) {
    const name = forgery === "other-name" ? `x${question.name}` : question.name;
    const type = forgery === "other-type" ? "NULL" : question.type;
    const answers: dnsPacket.Answer[] = [
      { name: question.name, type: "A", ttl: 300, data: "203.0.113.66" },
      { name: question.name, type: "TXT", ttl: 300, data: "forged" },
    ];
    const id = ((query.id ?? 0) + (forgery === "wrong-id" ? 1 : 0)) & 0xffff;
    const kind = forgery === "no-response" ? "query" : "response";
    const bytes = dnsPacket.encode({ type: kind, id, flags: FLAGS, questions: [{ name, type }], answers });
    const sent = forgery === "not-dns" ? Buffer.from("this is not DNS") : bytes;
    (forgery === "other-port" ? stranger : udp).send(sent, to.port, to.address);
  }
}

function optOf(query: dnsPacket.DecodedPacket): dnsPacket.OptAnswer | undefined {
  return query.additionals?.find((record): record is dnsPacket.OptAnswer => record.type === "OPT");
}

function optRecord(extendedError: Behaviour["extendedError"]): dnsPacket.OptAnswer {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(extendedError?.code ?? 0);
  const option = { code: 15, data: Buffer.concat([code, Buffer.from(extendedError?.text ?? "")]) };
  return {
    name: ".",
    type: "OPT",
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    // dns-packet writes any option, its type declarations list a few
    options: (extendedError ? [option] : []) as unknown as dnsPacket.PacketOpt[],
  };
}

/** UDP and TCP on the same port: a free UDP port may be taken for TCP, so it is tried until one is free for both. */
async function listen(address: string, wantedPort: number) {
  for (let attempt = 0; ; attempt++) {
    const udp = createSocket(udpType(address));
    await new Promise<void>((resolve, reject) => {
      udp.once("error", reject);
      udp.bind(wantedPort, address, resolve);
    });
    const { port } = udp.address();
    const tcp = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      tcp.once("error", () => resolve(false));
      tcp.listen(port, address, () => resolve(true));
    });
    if (isFree) return { udp, tcp, port };
    udp.close();
    if (attempt > 20) throw new Error(`No port on ${address} is free for both UDP and TCP`);
  }
}

function udpType(address: string): "udp4" | "udp6" {
  return address.includes(":") ? "udp6" : "udp4";
}

/** Mulberry32: numbers from 0 to 1, the same ones for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
