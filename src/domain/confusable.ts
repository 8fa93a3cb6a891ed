import type { Finding } from "./finding.ts";

/** Placeholder signature; the rule reads the name's labels. */
export function findConfusables(_domain: string): Finding[] {
  return [];
}
