import type { AuditResults } from "./checks.ts";
import { takesMail } from "./mx.ts";

/** Whether mail can reach the domain: by MX or by its own address, at a public address. */
export type CanReceive = "yes" | "no" | "unknown";

/**
 * The DMARC policy that receivers apply to this very name: `enforced` (quarantine or reject), `monitored` (none, also where
 * t=y weakens it to that), `none` (no valid record). Whether any mail can pass is not asked.
 */
export type SenderTrust = "enforced" | "monitored" | "none" | "unknown";

export function canReceive({ domain, mx }: AuditResults): CanReceive {
  if (domain.records.exists === false) return "no";
  const takes = takesMail(mx.records);
  if (takes === null) return "unknown";
  return takes ? "yes" : "no";
}

export function senderTrust({ dmarc }: AuditResults): SenderTrust {
  const { here } = dmarc.records.policy;
  if (here === "unknown") return "unknown";
  if (here === "absent") return "none";
  return here === "none" ? "monitored" : "enforced";
}
