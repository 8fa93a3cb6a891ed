import type { DNSResolver } from "mailauth";
import { mailauthResolver, type Resolver } from "../dns/index.ts";
import { isValidTargetName } from "./mailauth-parts.ts";
import { MAX_MX_NAMES } from "./spf-verdict.ts";

/** Has no address anywhere (RFC 6761 §6.4). */
const NOBODY = "no-such-host.invalid";

/**
 * The look-ups of mailauth's SPF, in which an MX record that names no host (an address, a single label) names one that does not
 * exist. Only the checked domain and the terms of the record can be malformed (RFC 7208 §4.3, §4.8); what an MX record names just
 * does not match (§5.4), while mailauth takes it for an error of the policy.
 */
export function spfResolver(resolver: Resolver, signal: AbortSignal): DNSResolver {
  const lookUp: (name: string, rrtype: string) => Promise<unknown[]> = mailauthResolver(resolver, { signal });
  const named = async (name: string, rrtype: string): Promise<unknown[]> => {
    if (name === NOBODY && rrtype !== "TXT")
      throw Object.assign(new Error("no such host"), { code: "ENOTFOUND" });
    const answers = await lookUp(name, rrtype);
    if (rrtype !== "MX" || answers.length > MAX_MX_NAMES) return answers;
    return answers.map((answer) => (isMalformed(answer) ? { ...answer, exchange: NOBODY } : answer));
  };
  return named as DNSResolver;
}

function isMalformed(answer: unknown): answer is { exchange: string } {
  if (typeof answer !== "object" || answer === null || !("exchange" in answer)) return false;
  const { exchange } = answer;
  return typeof exchange === "string" && exchange !== "" && !isValidTargetName(exchange);
}
