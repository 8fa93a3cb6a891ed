import type { Finding } from "./finding.ts";
import { isReportAddress, splitAddresses, type TlsRptRecords } from "./tls-rpt.ts";

/** What is wrong with TLS-RPT. */
export function tlsRptFindings(domain: string, records: TlsRptRecords): Finding[] {
  return [
    ...unchecked(records),
    ...missing(domain, records),
    ...multiple(domain, records),
    ...syntax(domain, records),
  ];
}

function unchecked({ unanswered }: TlsRptRecords): Finding[] {
  return unanswered.map((evidence) => ({
    id: "tls-rpt.unchecked",
    severity: "unknown",
    evidence,
    reference: "RFC 8460 §3",
    why: "Whether the domain asks for reports about TLS could not be learned, since this was not answered.",
    fix: null,
  }));
}

function missing(domain: string, { found, meant, unanswered, takesMail }: TlsRptRecords): Finding[] {
  if (found.length + meant.length + unanswered.length > 0 || takesMail === false) return [];
  return [
    {
      id: "tls-rpt.missing",
      severity: "advice",
      evidence: `${recordName(domain)}: no TLS-RPT record`,
      reference: "RFC 8460 §3",
      why: "When other servers cannot deliver over TLS, nobody learns of it until mail is missed. With TLS-RPT they send a report a day.",
      fix: {
        text: `Publish this record, with a mailbox of yours that exists: ${suggestedAddress(domain)} is an example.`,
        record: {
          name: recordName(domain),
          type: "TXT",
          before: null,
          after: written([`mailto:${suggestedAddress(domain)}`]),
        },
      },
    },
  ];
}

function multiple(domain: string, { found }: TlsRptRecords): Finding[] {
  if (found.length < 2) return [];
  const all = found.flatMap((text) => mendedAddresses(text));
  return [
    {
      id: "tls-rpt.multiple",
      severity: "warning",
      evidence: found.map((text) => `${recordName(domain)} TXT "${text}"`).join("; "),
      reference: "RFC 8460 §3",
      why: "With more than one record senders act as if there were none, so no reports come.",
      fix: {
        text: "Put the addresses of all records into one and delete the others.",
        record: {
          name: recordName(domain),
          type: "TXT",
          before: found.join("\n"),
          after: written(all.length > 0 ? all : [`mailto:${suggestedAddress(domain)}`]),
        },
      },
    },
  ];
}

function syntax(domain: string, { found, meant, faults }: TlsRptRecords): Finding[] {
  const broken = found.length === 0 ? meant[0] : faults.length > 0 ? found[0] : undefined;
  if (broken === undefined) return [];
  const problem = found.length === 0 ? 'it does not begin with exactly "v=TLSRPTv1;"' : faults.join("; ");
  const addresses = mendedAddresses(broken);
  const isKnown = addresses.length > 0;
  return [
    {
      id: "tls-rpt.syntax",
      severity: "warning",
      evidence: `${recordName(domain)} TXT "${broken}": ${problem}`,
      reference: "RFC 8460 §3",
      why: "Senders pass over a record, or an address in it, that is not well-formed, so reports do not come.",
      fix: {
        text: isKnown
          ? "Write the record like this."
          : `Write the record like this, with a mailbox of yours that exists: ${suggestedAddress(domain)} is an example.`,
        record: {
          name: recordName(domain),
          type: "TXT",
          before: broken,
          after: written(isKnown ? addresses : [`mailto:${suggestedAddress(domain)}`]),
        },
      },
    },
  ];
}

/** The addresses that a record was meant to name: a mail address without `mailto:`, or with a size limit as DMARC has it. */
function mendedAddresses(text: string): string[] {
  const rua = /\brua\s*=\s*([^;]{1,2000})/i.exec(text)?.[1] ?? "";
  const mended = splitAddresses(rua)
    .map((uri) => uri.replace(/![0-9]{1,10}[kmgt]?$/i, ""))
    .map((uri) => (/^[^\s:@/]+@[^\s:@/]+$/.test(uri) ? `mailto:${uri}` : uri))
    .filter(isReportAddress);
  return [...new Set(mended)];
}

function written(addresses: readonly string[]): string {
  return `v=TLSRPTv1; rua=${addresses.join(",")}`;
}

function suggestedAddress(domain: string): string {
  return `tls-reports@${domain}`;
}

function recordName(domain: string): string {
  return `_smtp._tls.${domain}`;
}
