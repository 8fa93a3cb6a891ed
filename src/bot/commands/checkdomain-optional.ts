/** The folded parts of an audit's answer about the standards that a domain may have: MTA-STS, TLS-RPT, DANE, DNSSEC, BIMI. */
import type { Audit } from "../../domain/index.ts";
import { code, type Inline, type Section, say } from "../answer.ts";

export function optionalDetails(audit: Audit): Section[] {
  return [...mtaSts(audit), ...dane(audit), ...dnssec(audit), ...bimi(audit)];
}

function mtaSts({ records: { mtaSts, tlsRpt } }: Audit): Section[] {
  const { found, policy, policyUrl, hosts } = mtaSts;
  const rows = [
    ...found.slice(0, 3).map((text) => ({ label: "Record", value: say`${code(text)}` })),
    ...(policy === null
      ? []
      : [
          { label: "Policy at", value: say`${policyUrl}` },
          { label: "Mode", value: say`${policy.mode ?? "none that can be read"}` },
          { label: "Kept for", value: say`${policy.maxAge === null ? "?" : inDays(policy.maxAge)}` },
          { label: "Names", value: say`${policy.mx.slice(0, 20).join(", ")}` },
          ...(hosts ?? []).map(({ name, covered }) => ({
            label: name,
            value: say`${covered ? "in the policy" : "not in the policy"}`,
          })),
        ]),
    ...tlsRpt.addresses.slice(0, 5).map((address) => ({ label: "TLS reports to", value: say`${address}` })),
  ];
  return facts("MTA-STS and TLS-RPT", rows);
}

function inDays(seconds: number): string {
  const days = seconds / 86_400;
  return days < 1 ? `${seconds} seconds` : `${Math.round(days)} ${Math.round(days) === 1 ? "day" : "days"}`;
}

function dane({ records: { dane } }: Audit): Section[] {
  const rows = (dane.hosts ?? []).flatMap(({ name, tlsa, tlsaSigned }) =>
    (tlsa ?? []).map(({ text, fault }) => [
      say`${name}`,
      say`${code(text.length > 80 ? `${text.slice(0, 79)}…` : text)}`,
      say`${fault ?? (tlsaSigned === true ? "counts" : tlsaSigned === false ? "not signed" : "could not be checked")}`,
    ]),
  );
  if (rows.length === 0) return [];
  const header = ["Server", "TLSA record", "For senders"];
  return [{ kind: "details", title: `DANE (${rows.length})`, sections: [{ kind: "table", header, rows }] }];
}

function dnssec({ records: { dnssec } }: Audit): Section[] {
  const { status, evidence, ds, keys } = dnssec;
  const rows = [
    { label: "Status", value: say`${status ?? "could not be checked"}: ${evidence}` },
    ...(ds ?? []).map(({ keyTag, algorithm, digestType }) => ({
      label: "DS at the parent",
      value: say`key ${keyTag}, algorithm ${algorithm}, digest ${digestType}`,
    })),
    ...(keys ?? []).map(({ keyTag, algorithm, flags }) => ({
      label: "DNSKEY",
      value: say`key ${keyTag}, algorithm ${algorithm}, flags ${flags}`,
    })),
  ];
  return rows.length > 1 || status === "bogus" ? facts("DNSSEC", rows.slice(0, 20)) : [];
}

function bimi({ records: { bimi } }: Audit): Section[] {
  const { record, recordDomain, logo, certificate } = bimi;
  if (record === null) return [];
  return facts("BIMI", [
    { label: `At default._bimi.${recordDomain}`, value: say`${code(record.text)}` },
    ...(logo ? [{ label: "Logo", value: say`${logo.bytes} bytes` }] : []),
    ...(certificate?.organization
      ? [{ label: "Certificate for", value: say`${certificate.organization}` }]
      : []),
    ...(certificate?.issuer ? [{ label: "Issued by", value: say`${certificate.issuer}` }] : []),
    ...(certificate?.validTo
      ? [{ label: "Valid until", value: say`${certificate.validTo.slice(0, 10)}` }]
      : []),
  ]);
}

function facts(title: string, rows: { label: string; value: Inline[] }[]): Section[] {
  return rows.length === 0 ? [] : [{ kind: "details", title, sections: [{ kind: "facts", rows }] }];
}
