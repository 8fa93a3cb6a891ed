/** TLS-RPT: where senders report that TLS with a domain's mail servers failed (RFC 8460). */
import { domainToASCII } from "node:url";
import { presence } from "../dns/index.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { unansweredEvidence } from "./finding.ts";
import { mailHosts } from "./mail-hosts.ts";
import { tlsRptFindings } from "./tls-rpt-findings.ts";
import { readVersionedRecord, recordsOfVersion } from "./versioned-record.ts";

export interface TlsRptRecords {
  /** All records that begin as TLS-RPT records do. Senders report only where there is exactly one. */
  readonly found: readonly string[];
  /** Texts that were meant as TLS-RPT records but do not begin as they must. */
  readonly meant: readonly string[];
  /** Where reports go: `mailto:` and `https:` addresses that are well-formed. */
  readonly addresses: readonly string[];
  /** What is wrong with the form of the one record. */
  readonly faults: readonly string[];
  /** Whether mail for the domain goes anywhere, so that there can be reports; null: could not be checked. */
  readonly takesMail: boolean | null;
  readonly unanswered: readonly string[];
}

/** A local part without quotes and a domain, with the header fields that a mailto URI may bring (RFC 6068). */
const MAILTO = /^mailto:[^\s@!,;"<>]{1,64}@([^\s@!,;?/]{1,253})(?:\?[^\s!]{0,500})?$/i;

/** Audits the record. */
export async function checkTlsRpt(context: CheckContext): Promise<CheckResult<TlsRptRecords>> {
  const { domain, resolver } = context;
  const [txt, servers] = await Promise.all([
    resolver.resolve(`_smtp._tls.${domain}`, "TXT"),
    mailHosts(context),
  ]);
  const { records: found, meant } = recordsOfVersion(txt, "TLSRPTv1");
  const only = found.length === 1 && found[0] !== undefined ? readRecord(found[0]) : null;
  const records: TlsRptRecords = {
    found,
    meant,
    addresses: only?.addresses ?? [],
    faults: only?.faults ?? [],
    takesMail: servers.hosts === null ? null : servers.hosts.length > 0,
    unanswered: presence(txt.status) === "unknown" ? [unansweredEvidence(txt)] : [],
  };
  return { ...stateOf(records), records, findings: tlsRptFindings(domain, records) };
}

/** Whether a report can be sent there: a `mailto:` address or an `https:` URL. */
export function isReportAddress(uri: string): boolean {
  const mailDomain = MAILTO.exec(uri)?.[1];
  if (mailDomain !== undefined) return domainToASCII(mailDomain) !== "";
  return /^https:\/\/[^\s!]{1,1000}$/i.test(uri) && URL.canParse(uri);
}

/** The addresses of `rua`, which commas separate. */
export function splitAddresses(rua: string): string[] {
  return rua
    .split(",")
    .map((uri) => uri.trim())
    .filter((uri) => uri !== "");
}

function readRecord(text: string): { addresses: string[]; faults: string[] } {
  const { fields, faults } = readVersionedRecord(text);
  const rua = fields.get("rua");
  if (rua === undefined)
    return { addresses: [], faults: [...faults, "it names no address for reports (rua)"] };
  const uris = splitAddresses(rua);
  const wrong = uris.filter((uri) => !isReportAddress(uri));
  const wrongInWords = wrong
    .slice(0, 5)
    .map((uri) => `"${uri}" is neither a mailto: address nor an https: URL`);
  return { addresses: uris.filter(isReportAddress), faults: [...faults, ...wrongInWords] };
}

function stateOf(records: TlsRptRecords): Pick<CheckResult<unknown>, "state" | "summary"> {
  const { found, meant, faults, addresses, unanswered } = records;
  if (unanswered.length > 0) return { state: "unknown", summary: "could not be checked" };
  if (found.length === 0 && meant.length === 0) return { state: "absent", summary: "" };
  if (found.length !== 1 || faults.length > 0) {
    return { state: "failed", summary: "there is a record, but senders cannot use it" };
  }
  return { state: "passed", summary: `reports to ${addresses.slice(0, 3).join(", ")}` };
}
