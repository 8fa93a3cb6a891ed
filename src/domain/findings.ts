/** What follows from all checks together: which findings stand, and in which order. */
import type { AuditResults } from "./checks.ts";
import { checkNames } from "./checks.ts";
import type { Finding, Severity } from "./finding.ts";

const RANK: Record<Severity, number> = { problem: 0, warning: 1, unknown: 2, advice: 3 };

/** All findings, the gravest first. */
export function combineFindings(_domain: string, results: AuditResults): Finding[] {
  const all = checkNames.flatMap((name): readonly Finding[] => results[name].findings);
  const standing = results.domain.records.exists === false ? all.filter(({ id }) => aboutNothing(id)) : all;
  return standing.toSorted((one, other) => RANK[one.severity] - RANK[other.severity]);
}

/** What can still be said of a name that does not exist: what a forger could do with it. */
function aboutNothing(id: string): boolean {
  return ["domain.nxdomain", "domain.confusable", "dmarc.inherited", "dmarc.unchecked"].includes(id);
}
