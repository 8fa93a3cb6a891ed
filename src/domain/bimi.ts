/** BIMI: the logo that mail programs show beside a domain's mail (draft-brand-indicators-for-message-identification). */
import { type DnsOutcome, presence, type Resolver } from "../dns/index.ts";
import { type BimiCertificate, readCertificate } from "./bimi-certificate.ts";
import { bimiFindings } from "./bimi-findings.ts";
import { type BimiLogo, readLogo } from "./bimi-logo.ts";
import { type BimiRecord, isBimiRecord, isMeantAsBimi, readBimiRecord } from "./bimi-record.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import type { DmarcRecords } from "./dmarc.ts";
import { textsOf } from "./dmarc-walk.ts";
import { type FetchOutcome, fetchPresence } from "./fetch.ts";
import { unansweredEvidence } from "./finding.ts";

export interface BimiRecords {
  /** The domain whose record counts: this one, or its organizational domain where this one has none. */
  readonly recordDomain: string | null;
  /** The BIMI records found there. Receivers want exactly one. */
  readonly found: readonly string[];
  /** Texts that were meant as BIMI records but do not begin as they must. */
  readonly meant: readonly string[];
  readonly record: BimiRecord | null;
  /** Why receivers show no logo however good it is, since DMARC is not enforced; null: it is, or could not be checked. */
  readonly dmarcFault: string | null;
  /** null: there is none, or it could not be had; then `failures` or `unanswered` say why. */
  readonly logo: BimiLogo | null;
  readonly certificate: BimiCertificate | null;
  /** Files that are certainly not to be had. */
  readonly failures: { readonly logo: string | null; readonly certificate: string | null };
  /** Questions that were not answered. */
  readonly unanswered: readonly string[];
}

export interface BimiOptions {
  /** For tests: the authorities for marks to trust, in the form of `@postalsys/vmc`. */
  readonly rootStore?: unknown;
}

/** The draft does not limit redirects; three are enough for any web server. */
const REDIRECTS = 3;

/** Audits the record, its precondition DMARC, the logo and its certificate. */
export async function checkBimi(
  context: CheckContext,
  options: BimiOptions = {},
): Promise<CheckResult<BimiRecords>> {
  const { domain, resolver, fetch, now } = context;
  const [own, dmarc] = await Promise.all([askRecord(domain, resolver), context.dmarc()]);
  const { organizationalDomain } = dmarc.records;
  const place = await placeOf(own, organizationalDomain, resolver);
  const record =
    place.found.length === 1 && place.found[0] !== undefined ? readBimiRecord(place.found[0]) : null;
  const wanted = record !== null && record.faults.length === 0 && !record.declined ? record : null;
  const [logoFile, certificateFile] = await Promise.all([
    wanted ? fetch(wanted.location, { redirects: REDIRECTS }) : null,
    wanted && wanted.authority !== "" ? fetch(wanted.authority, { redirects: REDIRECTS }) : null,
  ]);
  const logoBody = logoFile?.status === "ok" ? logoFile.body : null;
  const domains = [...new Set([place.domain, organizationalDomain ?? place.domain])];
  const dmarcIsUnknown = wanted !== null && dmarc.records.policy.here === "unknown";
  const records: BimiRecords = {
    recordDomain: place.found.length > 0 || place.meant.length > 0 ? place.domain : null,
    found: place.found,
    meant: place.meant,
    record,
    dmarcFault: wanted ? dmarcFault(dmarc.records) : null,
    logo: logoBody && readLogo(logoBody),
    certificate:
      certificateFile?.status === "ok"
        ? await readCertificate({ pem: certificateFile.body, logo: logoBody, domains, now, ...options })
        : null,
    failures: { logo: failureOf(logoFile), certificate: failureOf(certificateFile) },
    unanswered: [
      ...place.unanswered,
      ...(dmarcIsUnknown ? [`DMARC of ${domain}: could not be checked`] : []),
      ...[logoFile, certificateFile].flatMap(unansweredOf),
    ],
  };
  return { ...stateOf(records), records, findings: bimiFindings(domain, records) };
}

interface Place {
  domain: string;
  found: string[];
  meant: string[];
  unanswered: string[];
}

async function askRecord(domain: string, resolver: Resolver): Promise<Place> {
  const outcome: DnsOutcome<"TXT"> = await resolver.resolve(`default._bimi.${domain}`, "TXT");
  const texts = textsOf(outcome);
  return {
    domain,
    found: texts.filter(isBimiRecord),
    meant: texts.filter(isMeantAsBimi),
    unanswered: presence(outcome.status) === "unknown" ? [unansweredEvidence(outcome)] : [],
  };
}

/** Where a name has no record, that of its organizational domain counts (§7.2). */
async function placeOf(own: Place, organizationalDomain: string | null, resolver: Resolver): Promise<Place> {
  const isMissing = own.found.length === 0 && own.unanswered.length === 0;
  if (!isMissing || organizationalDomain === null || organizationalDomain === own.domain) return own;
  const above = await askRecord(organizationalDomain, resolver);
  return above.found.length > 0 || above.unanswered.length > 0 ? above : own;
}

/** §7.1: quarantine or reject for the name and for those below it, of all messages, not in testing. */
function dmarcFault({ policy, testing, tags }: DmarcRecords): string | null {
  if (policy.here === "unknown") return null;
  if (policy.here === "absent") return "there is no DMARC record";
  if (policy.here === "none") return "the DMARC policy is none";
  if (testing) return "the DMARC policy is in testing (t=y)";
  if (tags.sp?.toLowerCase() === "none") return "the DMARC policy for subdomains is none (sp=none)";
  if (tags.pct !== undefined && tags.pct !== "100")
    return `the DMARC policy is for a part of the mail only (pct=${tags.pct})`;
  return null;
}

function failureOf(outcome: FetchOutcome | null): string | null {
  if (outcome === null || outcome.status === "ok" || fetchPresence(outcome) === "unknown") return null;
  return `${outcome.url}: ${outcome.reason}`;
}

function unansweredOf(outcome: FetchOutcome | null): string[] {
  if (outcome === null || outcome.status === "ok" || fetchPresence(outcome) !== "unknown") return [];
  return [`${outcome.url}: ${outcome.reason}`];
}

function stateOf(records: BimiRecords): Pick<CheckResult<unknown>, "state" | "summary"> {
  const { found, meant, record, dmarcFault, logo, certificate, failures, unanswered } = records;
  if (found.length === 0 && unanswered.length > 0)
    return { state: "unknown", summary: "could not be checked" };
  if (found.length === 0 && meant.length === 0) return { state: "absent", summary: "" };
  if (record === null || record.faults.length > 0) {
    return { state: "failed", summary: "there is a record, but receivers cannot use it" };
  }
  if (record.declined) return { state: "absent", summary: "the domain says that it shows no logo" };
  if (dmarcFault !== null)
    return { state: "failed", summary: "no logo is shown, since DMARC is not enforced" };
  if (failures.logo !== null || (logo?.faults ?? []).length > 0) {
    return { state: "failed", summary: "the logo cannot be used" };
  }
  if (failures.certificate !== null || (certificate?.faults ?? []).length > 0) {
    return { state: "failed", summary: "the certificate cannot be used" };
  }
  if (unanswered.length > 0) return { state: "unknown", summary: "not all of it could be checked" };
  return {
    state: "passed",
    summary: certificate === null ? "a logo without certificate" : "a logo with certificate",
  };
}
