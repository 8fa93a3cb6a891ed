/**
 * The checks of an audit, in the order in which people read their rows. All run at once. A further standard is one line here:
 * the report's `records`, its row and its progress step follow from it.
 */
import type { Check } from "./check.ts";
import { checkDkim } from "./dkim.ts";
import { checkDmarc } from "./dmarc.ts";
import { checkExistence } from "./existence.ts";
import { checkMx } from "./mx.ts";
import { checkSpf } from "./spf.ts";

export const checks = {
  domain: { label: "Domain", check: checkExistence },
  mx: { label: "Mail servers", check: checkMx },
  spf: { label: "SPF", check: checkSpf },
  dkim: { label: "DKIM", check: checkDkim },
  dmarc: { label: "DMARC", check: checkDmarc },
} satisfies Record<string, { label: string; check: Check<unknown> }>;

/** The name of a check: its key in the report's `records`. */
export type CheckName = keyof typeof checks;

/** What each check found, by its name. */
export type AuditResults = {
  readonly [Name in CheckName]: Awaited<ReturnType<(typeof checks)[Name]["check"]>>;
};

/** The records that each check read, by its name: plain JSON data. */
export type AuditRecords = { readonly [Name in CheckName]: AuditResults[Name]["records"] };

export const checkNames = Object.keys(checks) as readonly CheckName[];
