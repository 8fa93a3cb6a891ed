import type { BimiRecords } from "./bimi.ts";
import type { Finding } from "./finding.ts";

const DRAFT = "draft-brand-indicators-for-message-identification";
/** Bytes; the BIMI group's guide for SVG asks for no more. */
const GOOD_LOGO_SIZE = 32 * 1024;

/** What keeps receivers from showing the logo. */
export function bimiFindings(domain: string, records: BimiRecords): Finding[] {
  return [
    ...unchecked(records),
    ...missing(domain, records),
    ...syntax(records),
    ...dmarcNotEnforced(records),
    ...logoFindings(records),
    ...certificateFindings(records),
  ];
}

function unchecked({ unanswered }: BimiRecords): Finding[] {
  return unanswered.map((evidence) => ({
    id: "bimi.unchecked",
    severity: "unknown",
    evidence,
    reference: `${DRAFT} §7`,
    why: "Whether the domain's logo is shown could not be learned, since this was not answered.",
    fix: null,
  }));
}

function missing(domain: string, { found, meant, unanswered }: BimiRecords): Finding[] {
  if (found.length + meant.length + unanswered.length > 0) return [];
  return [
    {
      id: "bimi.missing",
      severity: "advice",
      evidence: `default._bimi.${domain}: no BIMI record`,
      reference: `${DRAFT} §4.3`,
      why: "Some mail programs show a domain's logo beside its mail, once DMARC is enforced. It is for recognition only; mail arrives without it.",
      fix: {
        text: `If a logo is wanted: enforce DMARC, serve the logo as SVG Tiny PS over HTTPS, get a mark certificate (Gmail and Apple want one), and publish at default._bimi.${domain} a TXT record of the form "v=BIMI1; l=URL-OF-THE-LOGO; a=URL-OF-THE-CERTIFICATE".`,
      },
    },
  ];
}

function syntax({ found, meant, record, recordDomain }: BimiRecords): Finding[] {
  const name = `default._bimi.${recordDomain}`;
  const common = { id: "bimi.syntax", severity: "warning", reference: `${DRAFT} §4.3` } as const;
  const [first, second] = found;
  if (second !== undefined) {
    return [
      {
        ...common,
        evidence: found.map((text) => `${name} TXT "${text}"`).join("; "),
        why: "With more than one record receivers show no logo.",
        fix: {
          text: "Leave the record that names the right logo and delete the others. A person must say which.",
        },
      },
    ];
  }
  if (record !== null && record.faults.length > 0) {
    return [
      {
        ...common,
        evidence: `${name} TXT "${record.text}": ${record.faults.join("; ")}`,
        why: "Receivers cannot use a record that is not well-formed, so no logo is shown.",
        fix: {
          text: 'Write it in the form "v=BIMI1; l=URL-OF-THE-LOGO; a=URL-OF-THE-CERTIFICATE", both with https.',
        },
      },
    ];
  }
  const [broken] = meant;
  if (first !== undefined || broken === undefined) return [];
  return [
    {
      ...common,
      evidence: `${name} TXT "${broken}": it does not begin with "v=BIMI1;"`,
      why: "Receivers pass over a record that does not begin with its version, so no logo is shown.",
      fix: { text: 'Let the record begin with "v=BIMI1;".' },
    },
  ];
}

function dmarcNotEnforced({ dmarcFault }: BimiRecords): Finding[] {
  if (dmarcFault === null) return [];
  return [
    {
      id: "bimi.dmarc-not-enforced",
      severity: "warning",
      evidence: dmarcFault,
      reference: `${DRAFT} §7.1`,
      why: "Receivers show a logo only where mail that pretends to be from the domain is refused or put aside.",
      fix: {
        text: "Raise the DMARC policy to quarantine or reject, for subdomains too, once the reports are clean.",
      },
    },
  ];
}

function logoFindings({ failures, logo, record }: BimiRecords): Finding[] {
  const common = { id: "bimi.logo", reference: "draft-svg-tiny-ps-abrotman §2" } as const;
  const faults = logo?.faults ?? [];
  if (failures.logo !== null || faults.length > 0) {
    return [
      {
        ...common,
        severity: "warning",
        evidence: failures.logo ?? `${record?.location}: ${faults.join("; ")}`,
        why: "Receivers refuse a logo that they cannot get or that is not SVG Tiny PS.",
        fix: {
          text:
            failures.logo === null
              ? "Convert the logo to SVG Tiny PS; the BIMI group offers tools for it."
              : "Serve the logo over HTTPS from a host with a public address and a valid certificate, with status 200 and below 64 KiB.",
        },
      },
    ];
  }
  if (logo === null || logo.bytes <= GOOD_LOGO_SIZE) return [];
  return [
    {
      ...common,
      severity: "advice",
      evidence: `${record?.location}: ${logo.bytes} bytes`,
      why: "Logos above 32 KiB are refused by some receivers.",
      fix: { text: "Make the drawing simpler until it has at most 32,768 bytes." },
    },
  ];
}

function certificateFindings({ failures, certificate, record, logo }: BimiRecords): Finding[] {
  const common = { id: "bimi.certificate", reference: `${DRAFT} §4.4` } as const;
  const faults = certificate?.faults ?? [];
  if (failures.certificate !== null || faults.length > 0) {
    return [
      {
        ...common,
        severity: "warning",
        evidence: failures.certificate ?? `${record?.authority}: ${faults.join("; ")}`,
        why: "Receivers that want a certificate for the logo do not accept this one, and show no logo.",
        fix: {
          text:
            failures.certificate === null
              ? "Get a mark certificate for this domain and logo from an authority for marks, and serve its whole chain as PEM."
              : "Serve the certificate with its whole chain as PEM at this address over HTTPS, with status 200.",
        },
      },
    ];
  }
  if (record === null || record.authority !== "" || logo === null) return [];
  return [
    {
      ...common,
      severity: "advice",
      evidence: `default._bimi: "${record.text}" names no certificate (a=)`,
      why: "Some receivers show the logo without a certificate; Gmail and Apple do not.",
      fix: {
        text: "If the logo shall be seen there too, get a mark certificate and name it with a= in the record.",
      },
    },
  ];
}
