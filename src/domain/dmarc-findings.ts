import type { DnsOutcome } from "../dns/index.ts";
import { mendDmarcRecord } from "./dmarc-mending.ts";
import { isDmarcRecord, isMeantAsDmarc, parseDmarcRecord } from "./dmarc-record.ts";
import { dmarcRecordFindings, repairFix } from "./dmarc-record-findings.ts";
import type { ReportAddress } from "./dmarc-reports.ts";
import type { AppliedPolicies, Walk, WalkStep } from "./dmarc-walk.ts";
import { type Finding, type Fix, unansweredEvidence } from "./finding.ts";

export interface DmarcFacts {
  readonly domain: string;
  /** The registrable domain, at which a first record belongs. */
  readonly registrable: string;
  readonly walk: Walk;
  /** A question about the name itself, by which receivers learn whether it exists. */
  readonly existence: DnsOutcome;
  readonly policy: AppliedPolicies;
  readonly reports: readonly ReportAddress[];
  readonly misplaced: readonly string[];
}

/** What is wrong with the DMARC policy that applies to a name. */
export function dmarcFindings(facts: DmarcFacts): Finding[] {
  const { walk } = facts;
  const step = walk.applies === "unknown" ? null : walk.applies;
  return [
    ...unchecked(facts),
    ...walk.steps.flatMap(multiple),
    ...walk.steps.flatMap((one) => broken(one, facts)),
    ...missing(facts),
    ...misplaced(facts),
    ...(step?.record ? dmarcRecordFindings(step, step.record, facts) : []),
  ];
}

function unchecked({ walk, existence, policy, reports }: DmarcFacts): Finding[] {
  // Whether the name exists decides between sp and np only.
  const undecided = policy.here === "unknown" && walk.applies !== "unknown";
  const evidence = new Set([
    ...(walk.unanswered === null ? [] : [walk.unanswered]),
    ...(undecided ? [unansweredEvidence(existence)] : []),
    ...reports.flatMap(({ unanswered }) => unanswered ?? []),
  ]);
  const why =
    policy.here === "unknown"
      ? "Which policy applies could not be learned; that is not the same as having none."
      : "The policy of this name is known, but a part of what belongs to it could not be checked.";
  return [...evidence].slice(0, 3).map((text) => ({
    id: "dmarc.unchecked",
    severity: "unknown",
    evidence: text,
    reference: "RFC 9989 §4.10",
    why,
    fix: null,
  }));
}

function multiple({ domain, texts }: WalkStep): Finding[] {
  if (texts.length < 2) return [];
  return [
    {
      id: "dmarc.multiple",
      severity: "problem",
      evidence: texts.map((text) => `_dmarc.${domain} TXT "${text}"`).join("; "),
      reference: "RFC 9989 §4.10",
      why: `There are ${texts.length} DMARC records at one name. Receivers then use none of them.`,
      fix: keepStrictest(domain, texts),
    },
  ];
}

/** Where all but one record can go without loss is not for us to say: the strictest that is sound is proposed. */
function keepStrictest(domain: string, texts: readonly string[]): Fix {
  const text = `Keep one record at _dmarc.${domain} and delete the others. Which policy is meant, a person must decide.`;
  const distinct = [...new Set(texts)];
  const [only] = distinct;
  if (distinct.length !== 1 || only === undefined) return { text };
  return {
    text: `The records are the same: delete all but one.`,
    record: { name: `_dmarc.${domain}`, type: "TXT", before: texts.join("\n"), after: only },
  };
}

/** Records that receivers discard, and other texts that were meant as a record. */
function broken(step: WalkStep, { walk }: DmarcFacts): Finding[] {
  const { domain, record, texts, others } = step;
  const own = domain === walk.domain;
  const findings: Finding[] = [];
  const discarded = texts.length === 1 && record === null && step.unanswered === null;
  if (discarded) {
    const text = texts[0] ?? "";
    findings.push({
      id: "dmarc.syntax",
      severity: own ? "problem" : "warning",
      evidence: `_dmarc.${domain} TXT "${text}": a tag is given twice`,
      reference: "RFC 6376 §3.2",
      why: "A record that gives a tag twice is discarded, so no policy applies.",
      fix: repairFix(domain, text, mended(text), "Remove the tag that is there twice."),
    });
  }
  const meant = others.filter(isMeantAsDmarc);
  if (texts.length === 0 && meant.length > 0) {
    const text = meant[0] ?? "";
    findings.push({
      id: "dmarc.syntax",
      severity: own ? "problem" : "warning",
      evidence: `_dmarc.${domain} TXT "${text}"`,
      reference: "RFC 9989 §4.8",
      why: "The record does not begin with exactly v=DMARC1, so receivers do not see it.",
      fix: repairFix(
        domain,
        text,
        mendedVersion(text),
        "Begin the record with v=DMARC1; (capital letters, then a semicolon).",
      ),
    });
  }
  return findings;
}

/** The text of a record with all that can be mended; null: a person must decide. */
function mended(text: string): string | null {
  return mendDmarcRecord(parseDmarcRecord(text))?.text ?? null;
}

function mendedVersion(text: string): string | null {
  const repaired = repairedVersion(text);
  return repaired !== null && isDmarcRecord(repaired) ? mended(repaired) : null;
}

function repairedVersion(text: string): string | null {
  if (text.length > 2_000) return null;
  const rest = text.replace(/^\W*v?\W*dmarc\s*1?\W*/i, "");
  if (/dmarc/i.test(rest) || !/^p\s*=\s*(none|quarantine|reject)\b/i.test(rest)) return null;
  return `v=DMARC1; ${rest.replace(/["\s;]+$/, "")}`;
}

function missing({ domain, registrable, walk, policy, misplaced: texts }: DmarcFacts): Finding[] {
  const seen = walk.steps.some(({ texts, others }) => texts.length > 0 || others.some(isMeantAsDmarc));
  if (policy.here !== "absent" || seen) return [];
  return [
    {
      id: "dmarc.missing",
      severity: "problem",
      evidence: walk.steps.map(({ domain }) => `_dmarc.${domain}: no DMARC record`).join("; "),
      reference: "RFC 9989 §4.10.1",
      why: "Without DMARC the From address proves nothing: anyone can send mail in this name, whatever SPF and DKIM say.",
      fix:
        domain === registrable && texts.length > 0
          ? moved(domain, texts)
          : {
              text: `Publish a record. Begin by watching (p=none), read the reports that come to an address of yours, then go on to quarantine and reject.`,
              record: {
                name: `_dmarc.${registrable}`,
                type: "TXT",
                before: null,
                after: `v=DMARC1; p=none; rua=mailto:dmarc@${registrable}`,
              },
            },
    },
  ];
}

function misplaced({ domain, misplaced: texts, walk }: DmarcFacts): Finding[] {
  const own = walk.steps.some(
    (step) => step.domain === domain && (step.texts.length > 0 || step.others.some(isMeantAsDmarc)),
  );
  return texts.map((text) => ({
    id: "dmarc.misplaced",
    severity: "warning",
    evidence: `${domain} TXT "${text}"`,
    reference: "RFC 9989 §4.5",
    why: "This DMARC record stands at the domain itself, where no receiver looks: it belongs at _dmarc.",
    fix: own
      ? {
          text: "Delete it: there is a record in the right place, or one that was meant to be.",
          record: { name: domain, type: "TXT", before: text, after: null },
        }
      : moved(domain, texts),
  }));
}

/** The record that stands in the wrong place, in the right one; of several, a person must choose. */
function moved(domain: string, texts: readonly string[]): Fix {
  const [only, ...others] = new Set(texts);
  const after = only === undefined || others.length > 0 ? null : mended(only);
  const text = `Publish the record at _dmarc.${domain} and delete it at ${domain}.`;
  if (after === null) return { text: `${text} What it is meant to say, a person must decide first.` };
  return { text, record: { name: `_dmarc.${domain}`, type: "TXT", before: null, after } };
}
