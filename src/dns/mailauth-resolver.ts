import type { DNSResolver } from "mailauth";
import { normalizeName } from "./name.ts";
import { type DnsOutcome, type DnsStatus, presence, type RecordType, type Resolver } from "./outcome.ts";
import { TYPE_CODES } from "./record-data.ts";

/** The error codes that `mailauth` tells apart, as node:dns spells them. */
type DnsErrorCode =
  | "ENODATA"
  | "ENOTFOUND"
  | "ESERVFAIL"
  | "EREFUSED"
  | "ETIMEOUT"
  | "EBADRESP"
  | "EBADNAME"
  | "ENOTIMP";

const ERROR_CODES: Record<Exclude<DnsStatus, "ok">, DnsErrorCode> = {
  nodata: "ENODATA",
  nxdomain: "ENOTFOUND",
  servfail: "ESERVFAIL",
  refused: "EREFUSED",
  timeout: "ETIMEOUT",
  invalid: "EBADRESP",
};

/**
 * The hook through which `mailauth` looks up DNS records on our resolver. TXT comes as arrays of character-strings with
 * each octet as one code unit (as node:dns gives it, and as mailauth's check for octets beyond ASCII needs it), MX as
 * `{ priority, exchange }`, everything else as our own record data.
 *
 * Rejects with an error whose `code` is one of node:dns; a name that cannot be asked is EBADNAME, which mailauth takes
 * for a permanent error, a broken answer EBADRESP, a temporary one.
 *
 * @param options.signal gives up all further waiting: what is not known by then is ETIMEOUT
 */
export function mailauthResolver(resolver: Resolver, options: { signal?: AbortSignal } = {}): DNSResolver {
  const lookUp = async (name: string, rrtype: string): Promise<unknown[]> => {
    if (!isRecordType(rrtype)) throw dnsError("ENOTIMP", name, rrtype, "this record type is not looked up");
    const { problem } = normalizeName(name);
    if (problem) throw dnsError("EBADNAME", name, rrtype, problem);
    const outcome = await resolver.resolve(name, rrtype, options);
    if (outcome.status === "ok") return asNodeDnsGivesIt(outcome);
    throw dnsError(ERROR_CODES[outcome.status], name, rrtype, outcome.reason ?? presence(outcome.status));
  };
  // mailauth's own type leaves out the form of MX
  return lookUp as DNSResolver;
}

function asNodeDnsGivesIt(outcome: DnsOutcome): unknown[] {
  if (!isMx(outcome)) return outcome.records.map((record) => record);
  return outcome.records.map(({ preference, exchange }) => ({ priority: preference, exchange }));
}

function isMx(outcome: DnsOutcome): outcome is DnsOutcome<"MX"> {
  return outcome.type === "MX";
}

function isRecordType(rrtype: string): rrtype is RecordType {
  return Object.hasOwn(TYPE_CODES, rrtype);
}

function dnsError(code: DnsErrorCode, hostname: string, rrtype: string, reason: string): Error {
  return Object.assign(new Error(`query${rrtype} ${code} ${hostname}: ${reason}`), { code, hostname });
}
