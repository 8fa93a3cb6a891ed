/** Tells what changed between two audits. */
import type { AuditComparison, Change, Finding } from "../../domain/index.ts";
import { type Answer, code, type Inline, type Section, say, strong } from "../answer.ts";

/** More changes than anyone reads at once. */
const MAX_CHANGES = 60;

/** The answer to `postie diff`. */
export function comparisonAnswer(comparison: AuditComparison): Answer {
  const { before, after, verdicts, appeared, gone, records } = comparison;
  const worse = appeared.some(({ severity }) => severity === "problem" || severity === "warning");
  const same = verdicts.length + appeared.length + gone.length + records.length === 0;
  const names = before.domain === after.domain ? after.domain : `${before.domain} and ${after.domain}`;
  return {
    title: same ? `${names}: nothing changed` : `${names}: ${inWords(comparison)}`,
    status: same ? "ok" : worse ? "warning" : "info",
    summary: say`From ${before.askedAt} to ${after.askedAt}.`,
    sections: [
      ...list("Verdicts", verdicts.map(tellChange)),
      ...list("New", appeared.map(tellFinding)),
      ...list("No longer found", gone.map(tellFinding)),
      ...list("Records", records.slice(0, MAX_CHANGES).map(tellChange)),
      ...more(records.length - MAX_CHANGES),
    ],
    followUps: [],
    sources: [],
  };
}

function inWords({ appeared, gone, records }: AuditComparison): string {
  const count = (number: number, what: string) => `${number} ${what}`;
  return [
    count(appeared.length, "new"),
    count(gone.length, "gone"),
    count(records.length, "changes in records"),
  ].join(", ");
}

function list(heading: string, items: Inline[][]): Section[] {
  if (items.length === 0) return [];
  return [
    { kind: "heading", text: heading },
    { kind: "list", items },
  ];
}

function tellChange({ path, before, after }: Change): Inline[] {
  if (before === null) return say`${strong(path)}: now ${code(after ?? "")}`;
  if (after === null) return say`${strong(path)}: no longer ${code(before)}`;
  return say`${strong(path)}: ${code(before)} → ${code(after)}`;
}

function tellFinding({ id, severity, evidence, why }: Finding): Inline[] {
  return [...say`${strong(id)} (${severity}): ${why} `, code(evidence)];
}

function more(count: number): Section[] {
  return count > 0 ? [{ kind: "text", text: say`… and ${count} more changes.` }] : [];
}
