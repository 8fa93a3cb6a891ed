import { type DnsOutcome, presence } from "../dns/index.ts";
import type { CheckContext } from "./check.ts";
import { unansweredEvidence } from "./finding.ts";
import { MAX_HOSTS } from "./mx.ts";

export interface MailHosts {
  /** The names that mail for the domain goes to; null: could not be checked. */
  readonly hosts: readonly string[] | null;
  /** The MX question; its AD bit tells whether the names can be relied on. */
  readonly mx: DnsOutcome<"MX">;
  /** The questions that were not answered. */
  readonly unanswered: readonly string[];
}

/**
 * Only the names, at once: the check of the mail servers looks at their addresses too. Without an MX record mail goes to the
 * domain's own address (RFC 5321 §5.1).
 */
export async function mailHosts({ domain, resolver }: CheckContext): Promise<MailHosts> {
  const mx = await resolver.resolve(domain, "MX");
  if (mx.status === "ok") {
    const names = mx.records.map(({ exchange }) => exchange).filter((name) => name !== "");
    return { hosts: [...new Set(names)].slice(0, MAX_HOSTS), mx, unanswered: [] };
  }
  if (presence(mx.status) === "unknown") return { hosts: null, mx, unanswered: [unansweredEvidence(mx)] };
  const addresses: DnsOutcome[] = await Promise.all([
    resolver.resolve(domain, "A"),
    resolver.resolve(domain, "AAAA"),
  ]);
  if (addresses.some(({ status }) => status === "ok")) return { hosts: [domain], mx, unanswered: [] };
  const unanswered = addresses.filter(({ status }) => presence(status) === "unknown").map(unansweredEvidence);
  return { hosts: unanswered.length > 0 ? null : [], mx, unanswered };
}
