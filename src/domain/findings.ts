/** What follows from all checks together: which findings stand, and in which order. */
import { type AuditResults, checkNames } from "./checks.ts";
import { type Finding, type Severity, withShortEvidence } from "./finding.ts";
import { isParked, parkedFindings } from "./parked.ts";

const BY_SEVERITY: readonly Severity[] = ["problem", "warning", "unknown", "advice"];

/** By effect: a policy that refuses nothing, whether mail arrives, whether own mail is accepted, whether forged mail is refused. */
const BY_EFFECT = [
  "domain.",
  "parked.",
  "dmarc.policy-none",
  "dmarc.testing",
  "mx.",
  "spf.",
  "dmarc.",
  "dkim.",
  "mta-sts.",
  "dane.",
  "dnssec.",
  "tls-rpt.",
  "bimi.",
];

/** What can still be said of a name that does not exist. */
const OF_NOTHING = ["domain.nxdomain", "domain.confusable", "dmarc.inherited", "dmarc.unchecked"];

/** All findings that stand, the gravest first, those of the same gravity by effect. */
export function combineFindings(domain: string, results: AuditResults): Finding[] {
  const all = checkNames.flatMap((name): readonly Finding[] => results[name].findings).map(shortened);
  const sorted = standing(domain, results, all)
    .map(withShortEvidence)
    .toSorted((one, other) => rank(one) - rank(other) || effect(one) - effect(other));
  return withoutContradictions(sorted);
}

/** One record is rewritten in one way: by the gravest finding; those after it that would write it otherwise keep their text. */
export function withoutContradictions(findings: readonly Finding[]): Finding[] {
  const written = new Map<string, { id: string; after: string | null }>();
  return findings.map((finding) => {
    const record = finding.fix?.record;
    if (!finding.fix || !record) return finding;
    const { name, type, before, after } = record;
    // Below an underscore a TXT record stands alone; elsewhere it is one of several.
    const alone = type === "TXT" && name.startsWith("_");
    const key = JSON.stringify([name.toLowerCase(), type, alone ? null : before]);
    const first = written.get(key);
    if (first === undefined) written.set(key, { id: finding.id, after });
    if (first === undefined || first.after === after) return finding;
    const { record: _, ...fix } = finding.fix;
    const text = `${fix.text} This changes the same record as ${first.id}: make that change first, then look again.`;
    return { ...finding, fix: { ...fix, text } };
  });
}

/** Longer evidence, which only hostile records give, tells nobody more. */
const MAX_EVIDENCE = 2_000;

function shortened(finding: Finding): Finding {
  const { evidence } = finding;
  return evidence.length > MAX_EVIDENCE
    ? { ...finding, evidence: `${evidence.slice(0, MAX_EVIDENCE)}…` }
    : finding;
}

function standing(domain: string, results: AuditResults, all: readonly Finding[]): readonly Finding[] {
  if (results.domain.records.exists === false) return all.filter(({ id }) => OF_NOTHING.includes(id));
  return isParked(results) ? parkedFindings(domain, results, all) : all;
}

function rank({ severity }: Finding): number {
  return BY_SEVERITY.indexOf(severity);
}

function effect({ id }: Finding): number {
  const place = BY_EFFECT.findIndex((prefix) => id.startsWith(prefix));
  return place < 0 ? BY_EFFECT.length : place;
}
