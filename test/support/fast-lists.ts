/**
 * A DNS server for measurements, in a thread of its own so that it does not take time from what is measured. It plays a
 * recursive resolver before many lists of addresses, called `z0.bl.example`, `z1.bl.example` and so on: each lists its test
 * point 127.0.0.2 and what is said to be listed, with a TXT record.
 */
import { createSocket } from "node:dgram";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { ServerAddress } from "../../src/dns/index.ts";

export interface FastListsBehaviour {
  /** Milliseconds before an answer is sent. */
  latency?: number;
  /** The part of the questions that get lost, from 0 to 1, the same question at most twice; which ones follows from a seed. */
  loss?: number;
  /** The first so many zones never answer. */
  silentZones?: number;
  /** The last so many zones answer after `slowLatency` milliseconds. */
  slowZones?: number;
  slowLatency?: number;
  /** An address that every zone lists. */
  listed?: string;
}

export interface FastLists {
  readonly address: ServerAddress;
  behave(behaviour: FastListsBehaviour): void;
  close(): Promise<void>;
}

/** @param zones how many lists there are */
export async function startFastLists(zones: number): Promise<FastLists> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { fastLists: zones } });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return {
    address: { address: "127.0.0.1", port },
    behave: (behaviour) => worker.postMessage(behaviour),
    close: async () => {
      await worker.terminate();
    },
  };
}

const TYPE_TXT = 16;

function serve(zones: number): void {
  let behaviour: FastListsBehaviour = {};
  let lostTimes = new Map<string, number>();
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return seed / 0x8000_0000;
  };
  parentPort?.on("message", (next: FastListsBehaviour) => {
    behaviour = next;
    lostTimes = new Map();
  });
  // as resolvers that are asked much are set up; the system's default holds some 250 questions
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });

  socket.on("message", (query, from) => {
    const { name, type, end } = readQuestion(query);
    const zone = Number(/\.z(\d+)\.bl\.example$/.exec(name)?.[1] ?? Number.NaN);
    const { latency = 0, loss = 0, silentZones = 0, slowZones = 0, slowLatency = 0, listed } = behaviour;
    if (zone < silentZones) return;
    if (loss > 0 && random() < loss) {
      const key = `${name} ${type}`;
      const times = lostTimes.get(key) ?? 0;
      lostTimes.set(key, times + 1);
      if (times < 2) return;
    }
    const reversed = listed?.split(".").reverse().join(".");
    const isListed = name.startsWith("2.0.0.127.") || (reversed && name.startsWith(`${reversed}.z`));
    const answer = answerTo(query, end, type, Boolean(isListed));
    const delay = zone >= zones - slowZones ? slowLatency : latency;
    setTimeout(() => socket.send(answer, from.port, from.address), delay);
  });
  socket.bind(0, "127.0.0.1", () => parentPort?.postMessage(socket.address().port));
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** With the records in wire form (RFC 1035 §4.1): the name is a pointer to the question. */
function answerTo(query: Buffer, end: number, type: number, isListed: boolean): Buffer {
  const question = Buffer.from(query.subarray(0, end));
  question.writeUInt16BE(isListed ? 0x8180 : 0x8183, 2);
  question.writeUInt16BE(1, 4);
  question.writeUInt16BE(isListed ? 1 : 0, 6);
  question.writeUInt16BE(isListed ? 0 : 1, 8);
  question.writeUInt16BE(0, 10);
  return Buffer.concat([question, isListed ? record(type) : SOA]);
}

function record(type: number): Buffer {
  const text = Buffer.from("\x10for measurements");
  const data = type === TYPE_TXT ? text : Buffer.from([127, 0, 0, 2]);
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 1, 0x2c, 0, data.length]);
  return Buffer.concat([head, data]);
}

/** The root's SOA, so that a negative answer may be kept for 300 seconds. */
const SOA = Buffer.concat([
  Buffer.from([0, 0, 6, 0, 1, 0, 0, 1, 0x2c, 0, 22, 0, 0]),
  ...[1, 3600, 900, 604_800, 300].map((number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    return bytes;
  }),
]);

if (!isMainThread && typeof workerData?.fastLists === "number") serve(workerData.fastLists);
