import { type DnsOutcome, presence, type Resolver } from "../dns/index.ts";
import { unansweredEvidence } from "./finding.ts";

/** Whether the resolver validates DNSSEC; null: could not be learned. `evidence` says what that rests on. */
export interface Validation {
  readonly validates: boolean | null;
  readonly evidence: string;
}

/**
 * The root is signed, so a resolver that validates says so of the root's own records (the AD bit, RFC 6840 §5.8). Without it
 * nothing can be said of any name: an answer without AD is then no sign of an unsigned zone.
 */
export async function resolverValidates(resolver: Resolver): Promise<Validation> {
  const [soa, dnskey] = await Promise.all([resolver.resolve(".", "SOA"), resolver.resolve(".", "DNSKEY")]);
  const answered: DnsOutcome[] = [soa, dnskey].filter(({ status }) => presence(status) !== "unknown");
  if (answered.length === 0) return { validates: null, evidence: unansweredEvidence(soa) };
  if (answered.some(({ authenticated }) => authenticated)) {
    return { validates: true, evidence: "the resolver marks the root's records as validated (AD)" };
  }
  return {
    validates: false,
    evidence: "the resolver does not validate: it does not mark the root's records (AD)",
  };
}
