/** DNSSEC: whether the domain's records are signed, so that nobody can forge them on the way (RFC 4033, RFC 9364). */
import { type DnsOutcome, presence } from "../dns/index.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { dsRecord, isEntryPoint, keyTag } from "./dnskey.ts";
import { dnssecFindings } from "./dnssec-findings.ts";
import { unansweredEvidence } from "./finding.ts";
import { resolverValidates, type Validation } from "./resolver-validates.ts";

export interface DnssecRecords {
  readonly resolver: Validation;
  /** `bogus`: signed wrongly, so that resolvers that validate cannot see the domain; null: could not be checked. */
  readonly status: "signed" | "unsigned" | "bogus" | null;
  /** What the status rests on. */
  readonly evidence: string;
  /** The DS records at the parent zone; null: could not be checked. */
  readonly ds: readonly { keyTag: number; algorithm: number; digestType: number }[] | null;
  /** The keys of the zone; null: could not be checked. */
  readonly keys: readonly { keyTag: number; algorithm: number; flags: number }[] | null;
  /** DS records as the parent zone would need them, where the zone has keys and the parent has none. */
  readonly wantedDs: readonly string[];
}

/** The errors of RFC 8914 §4 that mean that validation failed: bogus, expired, not yet valid, missing keys and signatures … */
const VALIDATION_ERRORS = [6, 7, 8, 9, 10, 11, 12];

/** Whether the resolver itself says that an answer could not be validated, as opposed to any other failure. */
export function failedValidation({
  status,
  extendedError,
}: Pick<DnsOutcome, "status" | "extendedError">): boolean {
  return status === "servfail" && extendedError !== null && VALIDATION_ERRORS.includes(extendedError.code);
}

/** Audits the domain's chain of trust, as far as a resolver that validates can tell. */
export async function checkDnssec({ domain, resolver }: CheckContext): Promise<CheckResult<DnssecRecords>> {
  const [validation, ds, dnskey, ...others] = await Promise.all([
    resolverValidates(resolver),
    resolver.resolve(domain, "DS"),
    resolver.resolve(domain, "DNSKEY"),
    resolver.resolve(domain, "SOA"),
    // asked by other checks too: a single broken signature shows at its own record only
    resolver.resolve(domain, "MX"),
    resolver.resolve(domain, "TXT"),
    resolver.resolve(domain, "A"),
  ]);
  const lacksDs = presence(ds.status) === "absent" && dnskey.status === "ok";
  const records: DnssecRecords = {
    resolver: validation,
    ...statusOf(validation, ds, [dnskey, ...others]),
    ds: presence(ds.status) === "unknown" ? null : ds.records.map(({ digest: _, ...shown }) => shown),
    keys:
      presence(dnskey.status) === "unknown"
        ? null
        : dnskey.records.map((key) => ({ keyTag: keyTag(key), algorithm: key.algorithm, flags: key.flags })),
    wantedDs: lacksDs
      ? dnskey.records
          .filter(isEntryPoint)
          .slice(0, 4)
          .map((key) => dsRecord(domain, key))
      : [],
  };
  return { ...stateOf(records), records, findings: dnssecFindings(domain, records) };
}

function statusOf(
  { validates, evidence }: Validation,
  ds: DnsOutcome<"DS">,
  own: readonly DnsOutcome[],
): Pick<DnssecRecords, "status" | "evidence"> {
  if (validates !== true) return { status: null, evidence };
  const broken = [ds, ...own].find(failedValidation);
  if (broken) return { status: "bogus", evidence: failureEvidence(broken) };
  const answered = own.filter(({ status }) => presence(status) !== "unknown");
  const failed = own.find(({ status, extendedError }) => status === "servfail" && !extendedError?.code);
  // Its servers do answer, and it is signed: a resolver that does not say why it fails most likely fails at validation.
  if (failed && answered.length > 0 && ds.status === "ok") {
    return { status: "bogus", evidence: `${failureEvidence(failed)}, while other questions are answered` };
  }
  const signed = answered.find(({ authenticated }) => authenticated);
  if (signed) return { status: "signed", evidence: `${signed.type} ${signed.name}: validated (AD)` };
  const [first] = answered;
  if (first) return { status: "unsigned", evidence: `${first.type} ${first.name}: not validated (no AD)` };
  const [unanswered = ds] = own;
  return { status: null, evidence: unansweredEvidence(unanswered) };
}

function failureEvidence(outcome: DnsOutcome): string {
  const { extendedError } = outcome;
  const told = extendedError
    ? ` (extended error ${extendedError.code} ${extendedError.text})`.replace(" )", ")")
    : "";
  return `${unansweredEvidence(outcome)}${told}`;
}

function stateOf({ status, wantedDs }: DnssecRecords): Pick<CheckResult<unknown>, "state" | "summary"> {
  if (status === null) return { state: "unknown", summary: "could not be checked" };
  if (status === "bogus") return { state: "failed", summary: "the signatures are wrong" };
  if (status === "signed") return { state: "passed", summary: "signed" };
  return {
    state: "absent",
    summary: wantedDs.length > 0 ? "there are keys, but the parent zone has no DS record" : "",
  };
}
