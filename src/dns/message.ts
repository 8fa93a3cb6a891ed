import dnsPacket from "dns-packet";
import type { RecordData, RecordType } from "./outcome.ts";
import { readRecordData, TYPE_CODES } from "./record-data.ts";
import { MalformedMessage, type WireReader, wireReader } from "./wire-reader.ts";

export interface Question {
  /** Normalized: lower case A-labels without the final dot, the root is "". */
  readonly name: string;
  readonly type: RecordType;
}

/** A record of the asked type, a CNAME that may lead to it, or (in the authority section) a SOA. */
export interface ResourceRecord<T extends RecordType = RecordType> {
  readonly name: string;
  readonly type: T;
  readonly ttl: number;
  readonly data: RecordData[T];
}

/** What a server said about one question. */
export interface Message {
  /** With the upper bits of EDNS (RFC 6891 §6.1.3). */
  readonly rcode: number;
  readonly truncated: boolean;
  /** The AD bit (RFC 6840 §5.8). */
  readonly authenticated: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord<"SOA">[];
  /** The server does not answer but names other servers: it is no resolver, or does not resolve for us. */
  readonly referral: boolean;
  readonly extendedError: { code: number; text: string } | null;
}

/**
 * `foreign`: not the answer to this question, whoever sent it. `malformed`: the id is right, the rest is broken.
 */
export type Reading =
  | { kind: "answer"; message: Message }
  | { kind: "foreign" }
  | { kind: "malformed"; reason: string };

export const RCODE = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5, badVers: 16 };

/** Fits every path unfragmented (DNS flag day 2020, RFC 9715 §3.1). */
const EDNS_PAYLOAD = 1232;
const CLASS_IN = 1;
const TYPE_OPT = 41;
const OPTION_EXTENDED_ERROR = 15;

/**
 * A query with RD and AD set: AD in a query asks for the AD bit in the answer without the DNSSEC records (RFC 6840 §5.7).
 */
export function encodeQuery(id: number, question: Question, options: { edns: boolean }): Buffer {
  return dnsPacket.encode({
    type: "query",
    id,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.AUTHENTIC_DATA,
    // dns-packet writes type 99 too, but its type declarations leave it out
    questions: [{ name: question.name, type: question.type as Exclude<RecordType, "SPF">, class: "IN" }],
    additionals: options.edns ? [optRecord] : [],
  });
}

const optRecord = {
  name: ".",
  type: "OPT",
  udpPayloadSize: EDNS_PAYLOAD,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} satisfies dnsPacket.OptAnswer;

/**
 * Reads a datagram or a TCP message as the answer to `question` under `id`. It is read here and not by dns-packet, which
 * takes labels for UTF-8, cannot tell a dot inside a label, and does not hold records to their RDLENGTH.
 */
export function readAnswer(bytes: Buffer, id: number, question: Question): Reading {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== id) return { kind: "foreign" };
  try {
    const message = readMessage(wireReader(bytes), question);
    return message === null ? { kind: "foreign" } : { kind: "answer", message };
  } catch (error) {
    if (error instanceof MalformedMessage) return { kind: "malformed", reason: error.message };
    throw error;
  }
}

function readMessage(reader: WireReader, asked: Question): Message | null {
  reader.uint16(); // the id, already compared
  const flags = reader.uint16();
  const isResponse = (flags & 0x8000) !== 0;
  const opcode = (flags >> 11) & 0xf;
  if (!isResponse || opcode !== 0) return null;
  const [questions, answers, authorities, additionals] = [
    reader.uint16(),
    reader.uint16(),
    reader.uint16(),
    reader.uint16(),
  ];
  const header = {
    rcode: flags & 0xf,
    truncated: (flags & 0x0200) !== 0,
    authenticated: (flags & 0x0020) !== 0,
    answers: [],
    authorities: [],
    referral: false,
    extendedError: null,
  };
  // Servers that could not read the question may leave it out.
  if (questions === 0 && header.rcode !== RCODE.noError && header.rcode !== RCODE.nxDomain) return header;
  if (questions !== 1) return null;
  const isAsked =
    reader.name() === asked.name &&
    reader.uint16() === TYPE_CODES[asked.type] &&
    reader.uint16() === CLASS_IN;
  if (!isAsked) return null;
  // A truncated message may end inside a record; it is asked again over TCP.
  if (header.truncated) return header;
  const answer = readRecords(reader, answers, [asked.type, "CNAME"]);
  const authority = readRecords(reader, authorities, ["SOA", "NS"]);
  const edns = readEdns(reader, additionals);
  return {
    ...header,
    rcode: header.rcode | (edns.extendedRcode << 4),
    answers: answer,
    authorities: authority.filter(isSoa),
    // RFC 2308 §2.2: NS without SOA tells a referral from the absence of data
    referral: answers === 0 && authority.length > 0 && !authority.some(isSoa),
    extendedError: edns.error,
  };
}

function isSoa(record: ResourceRecord): record is ResourceRecord<"SOA"> {
  return record.type === "SOA";
}

/** Whether it says something of the question, be it that there is nothing; otherwise it is a failure. */
export function isAnswer({ rcode, referral }: Message): boolean {
  return !referral && (rcode === RCODE.noError || rcode === RCODE.nxDomain);
}

/** The records of class IN and of one of `types`; others are stepped over. */
function readRecords(reader: WireReader, count: number, types: readonly RecordType[]): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let i = 0; i < count; i++) {
    const { name, code, recordClass, ttl, rdata } = readRecord(reader);
    const type = types.find((wanted) => TYPE_CODES[wanted] === code);
    if (type === undefined || recordClass !== CLASS_IN) continue;
    records.push({ name, type, ttl, data: readRecordData(type, rdata) });
  }
  return records;
}

function readRecord(reader: WireReader) {
  const name = reader.name();
  const code = reader.uint16();
  const recordClass = reader.uint16();
  const ttl = reader.uint32();
  return { name, code, recordClass, ttl, rdata: reader.part(reader.uint16()) };
}

/** RFC 6891 §6.1.3: the OPT record keeps the upper bits of the RCODE in the place of a TTL. RFC 8914 §2: option 15. */
function readEdns(
  reader: WireReader,
  count: number,
): { extendedRcode: number; error: Message["extendedError"] } {
  let extendedRcode = 0;
  let error: Message["extendedError"] = null;
  for (let i = 0; i < count; i++) {
    const { code, ttl, rdata } = readRecord(reader);
    if (code !== TYPE_OPT) continue;
    extendedRcode = ttl >>> 24;
    while (!rdata.atEnd()) {
      const option = rdata.uint16();
      const data = rdata.part(rdata.uint16());
      if (option === OPTION_EXTENDED_ERROR) {
        error ??= { code: data.uint16(), text: plainText(data.rest()) };
      }
    }
  }
  return { extendedRcode, error };
}

/** EXTRA-TEXT is for people and comes from outside: one line, no control characters, of bounded length. */
function plainText(utf8: Buffer): string {
  return utf8
    .toString("utf8")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, 200);
}
