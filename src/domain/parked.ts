/** Domains that are not used for mail, and should say so: null MX (RFC 7505), `v=spf1 -all`, a DMARC policy of reject. */
import type { AuditResults } from "./checks.ts";
import type { Finding } from "./finding.ts";

/** The beginnings of the ids of standards that a domain without mail does not need. */
const OPTIONAL = ["mta-sts.", "tls-rpt.", "dane.", "dnssec.", "bimi."];
/** Advice that is for domains with mail. */
const NOT_NEEDED = ["dkim.none-found", "dmarc.no-rua"];
const SENDS_NOTHING = /^v=spf1 +-all *$/i;

/**
 * Whether the domain is not used for mail: a null MX, neither MX nor address, or no MX and an SPF policy that lets nobody send. A
 * domain with a working mail server is never parked, nor one of which too little is known.
 */
export function isParked({ domain, mx, spf }: AuditResults): boolean {
  if (domain.records.exists !== true) return false;
  const { source } = mx.records;
  return (
    source === "null" ||
    source === "none" ||
    (source === "implicit" && SENDS_NOTHING.test(spf.records.record ?? ""))
  );
}

/** The findings of a parked domain: without what only domains with mail need, and with what it lacks to be safe from forgers. */
export function parkedFindings(
  domain: string,
  results: AuditResults,
  findings: readonly Finding[],
): Finding[] {
  const { spf, dmarc } = results;
  const sealedSpf = spf.state === "unknown" || isSealed(spf.records.record, spf.records.verdict);
  const { here } = dmarc.records.policy;
  const sealedDmarc = here === "unknown" || here === "reject";
  const needed = findings.filter(
    ({ id, severity }) =>
      !NOT_NEEDED.includes(id) &&
      !(severity === "advice" && OPTIONAL.some((prefix) => id.startsWith(prefix))),
  );
  const adapted = needed.map((finding) => adapt(finding, sealedSpf && sealedDmarc));
  return sealedSpf && sealedDmarc ? adapted : [unprotected(domain, results, sealedDmarc), ...adapted];
}

function isSealed(record: string | null, verdict: string): boolean {
  return record !== null && verdict === "valid" && /(?:^| )-all(?: |$)/i.test(record);
}

/** Receiving nothing is what such a domain wants, and one proposal about DMARC is enough. */
function adapt(finding: Finding, isProtected: boolean): Finding {
  const { id } = finding;
  if (id === "domain.no-mail" || id === "mx.implicit")
    return isProtected ? { ...finding, severity: "advice" } : finding;
  return id === "dmarc.missing" || id === "dmarc.policy-none" ? { ...finding, fix: null } : finding;
}

function unprotected(domain: string, { spf, dmarc }: AuditResults, sealedDmarc: boolean): Finding {
  const { record, recordDomain, policy } = dmarc.records;
  const own = recordDomain === domain ? record : null;
  const open = policy.here === "absent" || policy.here === "none";
  const evidence = [
    `SPF: ${spf.records.record === null ? "no record" : `"${spf.records.record}"`}`,
    `DMARC: ${record === null ? "no record" : `"${record}", which means ${policy.here}`}`,
  ];
  const why =
    "The domain takes no mail and seems to send none, but does not say so, so forgers can use its name.";
  if (sealedDmarc) {
    return {
      id: "parked.unprotected",
      severity: "warning",
      evidence: evidence.join("; "),
      reference: "RFC 7208 §10.1.2",
      why,
      fix: sealSpf(domain, spf.records.record),
    };
  }
  return {
    id: "parked.unprotected",
    severity: open ? "problem" : "warning",
    evidence: evidence.join("; "),
    reference: "RFC 9989 §4.7",
    why,
    fix: {
      text: "If no mail is sent in this name, tell receivers to refuse all that claims to be. If some is, a person must name its senders first.",
      record: { name: `_dmarc.${domain}`, type: "TXT", before: own, after: "v=DMARC1; p=reject" },
    },
  };
}

function sealSpf(domain: string, before: string | null): NonNullable<Finding["fix"]> {
  const text = "If no mail is sent in this name, say that nobody may send.";
  if (before === null) return { text, record: { name: domain, type: "TXT", before, after: "v=spf1 -all" } };
  return /^v=spf1 +[~?]all *$/i.test(before)
    ? { text, record: { name: domain, type: "TXT", before, after: "v=spf1 -all" } }
    : { text: `${text} Its SPF record names senders, so a person must say whether they still send.` };
}
