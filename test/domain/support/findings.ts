import type { CheckResult } from "../../../src/domain/check.ts";
import type { Finding } from "../../../src/domain/finding.ts";

/** `id severity` of each finding, sorted, for comparing a whole set at once. */
export function told(findings: readonly Finding[] | CheckResult<unknown>): string[] {
  const list = "findings" in findings ? findings.findings : findings;
  return list.map(({ id, severity }) => `${id} ${severity}`).toSorted();
}

/** The record that a finding's fix publishes; undefined when the finding or its record is not there. */
export function fixed(
  { findings }: Pick<CheckResult<unknown>, "findings">,
  id: string,
): string | null | undefined {
  return findings.find((finding) => finding.id === id)?.fix?.record?.after;
}
