import { isAnswer, type Message, type Question, RCODE, type ResourceRecord } from "./message.ts";
import type { DnsStatus, RecordData, RecordType } from "./outcome.ts";

/**
 * What an answer says about its question. `continue`: its CNAMEs lead to a name that it says nothing about, so that name
 * has to be asked.
 */
export type Meaning =
  | { kind: "continue"; cnames: string[]; ttl: number }
  | {
      kind: "outcome";
      status: Exclude<DnsStatus, "timeout">;
      records: RecordData[RecordType][];
      cnames: string[];
      ttl: number;
      reason: string | null;
    };

/** Chains longer than this are not followed (resolvers stop between 8 and 16). */
export const MAX_CNAMES = 12;
const MAX_TTL = 3600;
const MAX_NEGATIVE_TTL = 300;

/** Reads the answer section by way of its CNAMEs; records of other names in it count for nothing (RFC 2181 §5.4.1). */
export function interpret(message: Message, question: Question): Meaning {
  const failed = failure(message);
  if (failed) return { kind: "outcome", records: [], cnames: [], ttl: 0, ...failed };

  const { cnames, ttls, loops } = followCnames(message.answers, question);
  if (loops) {
    const reason = "the CNAME records lead in a circle or too far";
    return { kind: "outcome", status: "invalid", records: [], cnames, ttl: 0, reason };
  }
  const owner = cnames.at(-1) ?? question.name;
  const found = message.answers.filter(({ name, type }) => name === owner && type === question.type);
  const isNxdomain = message.rcode === RCODE.nxDomain;
  if (found.length > 0 && isNxdomain) {
    const reason = "the answer gives records of a name and says that it does not exist";
    return { kind: "outcome", status: "invalid", records: [], cnames, ttl: 0, reason };
  }
  if (found.length > 0) {
    const ttl = positiveTtl([...ttls, ...found.map((record) => record.ttl)]);
    const records = found.map(({ data }) => data);
    return { kind: "outcome", status: "ok", records, cnames, ttl, reason: null };
  }
  const soa = message.authorities.find(({ name }) => isWithin(owner, name));
  if (!isNxdomain && !soa && cnames.length > 0) {
    return { kind: "continue", cnames, ttl: positiveTtl(ttls) };
  }
  const ttl = Math.min(positiveTtl(ttls), negativeTtl(soa));
  return {
    kind: "outcome",
    status: isNxdomain ? "nxdomain" : "nodata",
    records: [],
    cnames,
    ttl,
    reason: null,
  };
}

function failure(message: Message): { status: "servfail" | "refused"; reason: string } | null {
  const { rcode, referral } = message;
  if (isAnswer(message)) return null;
  if (referral)
    return { status: "refused", reason: "the server does not resolve, it only refers to other servers" };
  if (rcode === RCODE.refused)
    return { status: "refused", reason: "the resolver refuses to answer (REFUSED)" };
  if (rcode === RCODE.servFail)
    return { status: "servfail", reason: "the resolver failed to find an answer (SERVFAIL)" };
  const name = rcode === RCODE.formErr ? "FORMERR" : rcode === RCODE.notImp ? "NOTIMP" : `RCODE ${rcode}`;
  return { status: "servfail", reason: `the resolver could not deal with the question (${name})` };
}

function followCnames(answers: readonly ResourceRecord[], { name, type }: Question) {
  const cnames: string[] = [];
  const ttls: number[] = [];
  if (type === "CNAME") return { cnames, ttls, loops: false };
  const targets = new Map<string, ResourceRecord<"CNAME">>();
  for (const record of answers) {
    if (isCname(record) && !targets.has(record.name)) targets.set(record.name, record);
  }
  const seen = new Set([name]);
  for (let next = targets.get(name); next; next = targets.get(next.data)) {
    cnames.push(next.data);
    ttls.push(next.ttl);
    if (seen.has(next.data) || cnames.length > MAX_CNAMES) return { cnames, ttls, loops: true };
    seen.add(next.data);
  }
  return { cnames, ttls, loops: false };
}

function isCname(record: ResourceRecord): record is ResourceRecord<"CNAME"> {
  return record.type === "CNAME";
}

/** A TTL with its first bit set counts as 0 (RFC 2181 §8). */
function positiveTtl(ttls: number[]): number {
  return Math.min(MAX_TTL, ...ttls.map((ttl) => (ttl > 0x7fff_ffff ? 0 : ttl)));
}

/** RFC 2308 §5: the smaller of the SOA record's own TTL and its MINIMUM; without a SOA nothing is to be kept. */
function negativeTtl(soa: ResourceRecord<"SOA"> | undefined): number {
  return soa ? Math.min(MAX_NEGATIVE_TTL, positiveTtl([soa.ttl, soa.data.minimum])) : 0;
}

function isWithin(name: string, zone: string): boolean {
  return zone === "" || name === zone || name.endsWith(`.${zone}`);
}
