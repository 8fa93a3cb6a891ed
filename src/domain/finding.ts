import type { DnsOutcome } from "../dns/index.ts";

/** `problem`: mail suffers or anyone can abuse the domain; `warning`: it may; `advice`: better so; `unknown`: could not be checked. */
export type Severity = "problem" | "warning" | "advice" | "unknown";

/** Something that an audit found, and what to do about it. */
export interface Finding {
  /** Stable, `STANDARD.WHAT`, such as `spf.too-many-lookups`. */
  readonly id: string;
  readonly severity: Severity;
  /** What it rests on: the record, or the step that failed. Outside text. */
  readonly evidence: string;
  /** The section that says so, such as `RFC 7208 §4.6.4`. */
  readonly reference: string;
  /** Why it matters, in a plain sentence. */
  readonly why: string;
  readonly fix: Fix | null;
}

/** What to do, and the exact record where one can be written. A fix never weakens and never drops a sender that works today. */
export interface Fix {
  readonly text: string;
  readonly record?: RecordChange;
  readonly file?: PublishedFile;
}

/** A file to serve over HTTPS, with its whole text. */
export interface PublishedFile {
  readonly url: string;
  readonly text: string;
}

/** A record before and after; `before` is null where there is none yet, `after` null where it has to go. */
export interface RecordChange {
  /** The full name, such as `_dmarc.example.org`. */
  readonly name: string;
  readonly type: "A" | "AAAA" | "CNAME" | "DS" | "MX" | "PTR" | "TLSA" | "TXT";
  readonly before: string | null;
  readonly after: string | null;
}

/** The evidence of a question that could not be answered: `TXT _dmarc.example.org: no answer in time`. */
export function unansweredEvidence({ type, name, status, reason }: DnsOutcome): string {
  return `${type} ${name}: ${reason ?? status}`;
}

/** Characters of evidence that are kept; a hostile record has tens of thousands. */
const MAX_EVIDENCE = 1000;

/** The finding with evidence short enough to be shown anywhere. */
export function withShortEvidence(finding: Finding): Finding {
  const { evidence } = finding;
  return evidence.length <= MAX_EVIDENCE
    ? finding
    : { ...finding, evidence: `${evidence.slice(0, MAX_EVIDENCE - 1)}…` };
}
