import type { CheckContext, CheckResult } from "./check.ts";

export interface SpfRecords {
  readonly record: string | null;
}

/** Audits the SPF policy. */
export async function checkSpf(_context: CheckContext): Promise<CheckResult<SpfRecords>> {
  return { state: "unknown", summary: "could not be checked", records: { record: null }, findings: [] };
}
