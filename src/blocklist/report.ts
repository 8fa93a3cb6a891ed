import type { BlocklistCheck, ZoneFinding } from "./check.ts";
import type { UncheckedReason, Verdict } from "./verdict.ts";
import type { Zone } from "./zones.ts";

/** The result of a check as plain JSON for scripts; its shape is stable. */
export interface BlocklistReport {
  target: string;
  kind: "ip4" | "ip6" | "domain" | "list";
  /** Why an address was not asked about. */
  special: string | null;
  addresses: { address: string; ptr: readonly string[] | null; forwardConfirmed: boolean | null }[] | null;
  zones: ZoneReport[];
  summary: Summary;
  /** For the name of a list. */
  list: { zone: string; name: string; status: ListStatus; closedSince: string | null } | null;
  elapsedMs: number;
}

export interface ZoneReport {
  /** A keyed zone with the literal `<key>`. */
  zone: string;
  subject: string;
  name: string;
  verdict: Verdict;
  reason: UncheckedReason | null;
  codes: readonly string[];
  text: string | null;
  weight: Zone["weight"];
  delistUrl: string | null;
}

export interface Summary {
  asked: number;
  answered: number;
  listed: number;
  policy: number;
  allow: number;
  clean: number;
  unchecked: number;
}

export type ListStatus = Zone["status"] | "fraud";

export function toReport({ target, addresses, findings, elapsedMs }: BlocklistCheck): BlocklistReport {
  return {
    target: target.text,
    kind: target.kind,
    special: "special" in target ? target.special : null,
    addresses:
      addresses?.map(({ address, ptr, forwardConfirmed }) => ({ address, ptr, forwardConfirmed })) ?? null,
    zones: findings.map(zoneReport),
    summary: summarize(findings),
    list: target.kind === "list" ? listReport(target.zone) : null,
    elapsedMs,
  };
}

/** Counts verdicts, over all zones and subjects. */
export function summarize(findings: readonly Pick<ZoneFinding, "verdict">[]): Summary {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  const unchecked = count("unchecked");
  return {
    asked: findings.length,
    answered: findings.length - unchecked,
    listed: count("listed"),
    policy: count("policy"),
    allow: count("allow"),
    clean: count("clean"),
    unchecked,
  };
}

function zoneReport({ zone, subject, verdict, reason, answers, text }: ZoneFinding): ZoneReport {
  const { name, weight, removal } = zone;
  const delistUrl = removal?.page ?? null;
  return { zone: zone.zone, subject, name, verdict, reason, codes: answers, text, weight, delistUrl };
}

function listReport({ zone, name, status, fraud, closedSince }: Zone) {
  return { zone, name, status: fraud ? "fraud" : status, closedSince: closedSince ?? null } as const;
}
