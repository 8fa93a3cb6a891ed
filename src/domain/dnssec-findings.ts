import type { DnssecRecords } from "./dnssec.ts";
import type { Finding } from "./finding.ts";

/** What is wrong with DNSSEC. */
export function dnssecFindings(domain: string, records: DnssecRecords): Finding[] {
  if (records.status === null) return [unchecked(domain, records)];
  if (records.status === "bogus") return [bogusFinding(domain, records)];
  return records.status === "unsigned" ? [unsigned(domain, records)] : [];
}

function unchecked(domain: string, { evidence }: DnssecRecords): Finding {
  return {
    id: "dnssec.unchecked",
    severity: "unknown",
    evidence,
    reference: "RFC 6840 §5.8",
    why: `Whether ${domain} is signed could not be learned: that needs a resolver that validates and answers.`,
    fix: null,
  };
}

/** The finding that the domain is signed wrongly. */
export function bogusFinding(domain: string, { evidence }: Pick<DnssecRecords, "evidence">): Finding {
  return {
    id: "dnssec.bogus",
    severity: "problem",
    evidence,
    reference: "RFC 4035 §4.3",
    why: "For everybody whose resolver validates, records of this domain do not exist: mail to it and from it fails there.",
    fix: {
      text: `Have whoever runs the DNS of ${domain} sign the zone anew, and see to it that the DS record at the registrar names a key that the zone has. Until then, deleting the DS record makes the domain visible again, unsigned. A person must decide.`,
    },
  };
}

function unsigned(domain: string, { evidence, wantedDs, ds }: DnssecRecords): Finding {
  const [wanted] = wantedDs;
  const found = { id: "dnssec.unsigned", severity: "advice" } as const;
  if (wanted !== undefined) {
    return {
      ...found,
      evidence: `${domain}: DNSKEY records, but no DS record at the parent zone`,
      reference: "RFC 4034 §5",
      why: "The zone has keys, but nothing leads to them from above, so its signatures count for nobody.",
      fix: {
        text: "Give this DS record to the registrar, once whoever runs the DNS confirms that the zone is signed with this key. A DS record for a wrong key makes the domain vanish.",
        record: { name: domain, type: "DS", before: null, after: wanted },
      },
    };
  }
  if (ds !== null && ds.length > 0) {
    const algorithms = [...new Set(ds.map(({ algorithm }) => algorithm))].join(", ");
    return {
      ...found,
      evidence: `${evidence}, in spite of DS records (algorithm ${algorithms})`,
      reference: "RFC 4035 §5.2",
      why: "The resolver does not know the algorithm that the zone is signed with, and takes the zone for unsigned; others may do so too.",
      fix: { text: "Sign the zone with algorithm 13 (ECDSA P-256), which every resolver knows (RFC 9904)." },
    };
  }
  return {
    ...found,
    evidence,
    reference: "RFC 9364 §1",
    why: "Without signatures, forged answers can lead mail elsewhere and change SPF, DKIM and DMARC; DANE needs them.",
    fix: {
      text: "Switch DNSSEC on where the DNS of the domain is run, and give the DS record to the registrar.",
    },
  };
}
