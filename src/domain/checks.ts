/**
 * The checks of an audit, in the order in which people read their rows. All run at once. A further standard is one line here:
 * the report's `records`, its row and its progress step follow from it.
 */
import { checkBimi } from "./bimi.ts";
import type { Check } from "./check.ts";
import { checkDane } from "./dane.ts";
import { checkDkim } from "./dkim.ts";
import { checkDmarc } from "./dmarc.ts";
import { checkDnssec } from "./dnssec.ts";
import { checkExistence } from "./existence.ts";
import { checkMtaSts } from "./mta-sts.ts";
import { checkMx } from "./mx.ts";
import { checkSpf } from "./spf.ts";
import { checkTlsRpt } from "./tls-rpt.ts";

export const checks = {
  domain: { label: "Domain", check: checkExistence },
  mx: { label: "Mail servers", check: checkMx },
  spf: { label: "SPF", check: checkSpf },
  dkim: { label: "DKIM", check: checkDkim },
  dmarc: { label: "DMARC", check: checkDmarc },
  mtaSts: { label: "MTA-STS", check: checkMtaSts },
  tlsRpt: { label: "TLS-RPT", check: checkTlsRpt },
  dane: { label: "DANE", check: checkDane },
  dnssec: { label: "DNSSEC", check: checkDnssec },
  bimi: { label: "BIMI", check: checkBimi },
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
