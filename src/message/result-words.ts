import type { DkimResult } from "./report.ts";

const DKIM_RESULTS: ReadonlySet<string> = new Set<DkimResult>([
  "none",
  "pass",
  "fail",
  "policy",
  "neutral",
  "temperror",
  "permerror",
]);

/** Whether a word is a DKIM result (RFC 8601 §2.7.1). */
export function isResult(word: string): word is DkimResult {
  return DKIM_RESULTS.has(word);
}
