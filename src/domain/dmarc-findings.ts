import type { DnsOutcome } from "../dns/index.ts";
import { type DmarcFault, type DmarcRecord, isMeantAsDmarc, withTags } from "./dmarc-record.ts";
import type { ReportAddress } from "./dmarc-reports.ts";
import { type AppliedPolicies, isWeaker, type Walk, type WalkStep } from "./dmarc-walk.ts";
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
    ...(step?.record ? recordFindings(step, step.record, facts) : []),
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
      fix: repairFix(domain, text, step.fault?.repaired ?? null, "Remove the tag that is there twice."),
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
        repairedVersion(text),
        "Begin the record with v=DMARC1; (capital letters, then a semicolon).",
      ),
    });
  }
  return findings;
}

function repairedVersion(text: string): string | null {
  const rest = text.replace(/^\W*v?\W*dmarc\s*1?\W*/i, "");
  if (/dmarc/i.test(rest) || !/^p\s*=\s*(none|quarantine|reject)\b/i.test(rest)) return null;
  return `v=DMARC1; ${rest.replace(/["\s;]+$/, "")}`;
}

function repairFix(domain: string, before: string, after: string | null, text: string): Fix {
  if (after === null || after === before) return { text };
  return { text, record: { name: `_dmarc.${domain}`, type: "TXT", before, after } };
}

function missing({ registrable, walk, policy }: DmarcFacts): Finding[] {
  const seen = walk.steps.some(({ texts, others }) => texts.length > 0 || others.some(isMeantAsDmarc));
  if (policy.here !== "absent" || seen) return [];
  return [
    {
      id: "dmarc.missing",
      severity: "problem",
      evidence: walk.steps.map(({ domain }) => `_dmarc.${domain}: no DMARC record`).join("; "),
      reference: "RFC 9989 §4.10.1",
      why: "Without DMARC the From address proves nothing: anyone can send mail in this name, whatever SPF and DKIM say.",
      fix: {
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
  const own = walk.steps.some((step) => step.domain === domain && step.texts.length > 0);
  return texts.map((text) => ({
    id: "dmarc.misplaced",
    severity: "warning",
    evidence: `${domain} TXT "${text}"`,
    reference: "RFC 9989 §4.5",
    why: "This DMARC record stands at the domain itself, where no receiver looks: it belongs at _dmarc.",
    fix: own
      ? {
          text: "Delete it: there is a record in the right place.",
          record: { name: domain, type: "TXT", before: text, after: null },
        }
      : {
          text: `Publish it at _dmarc.${domain} and delete it here.`,
          record: { name: `_dmarc.${domain}`, type: "TXT", before: null, after: text },
        },
  }));
}

function recordFindings(step: WalkStep, record: DmarcRecord, facts: DmarcFacts): Finding[] {
  const { walk, policy } = facts;
  const name = `_dmarc.${step.domain}`;
  const at: At = {
    evidence: `${name} TXT "${record.text}"`,
    change: (changes) => ({ name, type: "TXT", before: record.text, after: withTags(record, changes) }),
  };
  return [
    ...record.faults.map((fault) => faultFinding(fault, step, record)),
    ...(policy.here === "none" && record.policy ? [policyNone(record, at, walk.domain === step.domain)] : []),
    ...weakerBelow(step, record, walk, at),
    ...(record.testing ? [testing(at)] : []),
    ...(record.policy && !record.tags.some(({ name: tag }) => tag === "rua") ? [noRua(step.domain, at)] : []),
    ...facts.reports.filter(({ external, authorised }) => external && authorised === false).map(unauthorised),
    ...(step.domain === walk.domain ? [] : [inherited(step, facts)]),
  ];
}

interface At {
  evidence: string;
  change(changes: Readonly<Record<string, string | null>>): NonNullable<Fix["record"]>;
}

function faultFinding(fault: DmarcFault, step: WalkStep, record: DmarcRecord): Finding {
  const evidence = `_dmarc.${step.domain} TXT "${record.text}": ${fault.text}`;
  const fix = (text: string) => repairFix(step.domain, record.text, fault.repaired, text);
  switch (fault.kind) {
    case "policy":
      return {
        id: "dmarc.policy-missing",
        severity: fault.fatal ? "problem" : "warning",
        evidence,
        reference: "RFC 9989 §4.10.1",
        why: fault.fatal
          ? "Without a valid policy and without a report address, receivers treat the domain as if it had no DMARC."
          : "Without a valid policy receivers only send reports and refuse nothing (as with p=none).",
        fix: fix("Write the policy that is meant: none, quarantine or reject. A person must decide which."),
      };
    case "removed-tag":
      return {
        id: "dmarc.removed-tag",
        severity: "advice",
        evidence,
        reference: "RFC 9989 §4.7",
        why: "RFC 9989 took this out of DMARC; receivers that follow it ignore it, so the policy applies to all mail.",
        fix: fix("Remove it."),
      };
    case "report-uri":
      return {
        id: "dmarc.rua-invalid",
        severity: "warning",
        evidence,
        reference: "RFC 9989 §4.8",
        why: "Reports cannot be sent there, so nobody learns who sends in this name.",
        fix: fix("Write each address as mailto:name@domain, separated by commas."),
      };
    case "syntax":
      return {
        id: "dmarc.syntax",
        severity: "warning",
        evidence,
        reference: "RFC 9989 §4.8",
        why: "This part of the record is not what it seems: receivers ignore it or read it otherwise.",
        fix: fix("Correct this part of the record."),
      };
  }
}

function policyNone(record: DmarcRecord, at: At, own: boolean): Finding {
  const asked = own ? record.policy?.p : (record.policy?.sp ?? record.policy?.p);
  const tag = own || record.policy?.sp === null ? "p" : "sp";
  return {
    id: "dmarc.policy-none",
    severity: "warning",
    evidence: at.evidence,
    reference: "RFC 9989 §4.7",
    why: "The policy only asks for reports. Mail that pretends to come from this name is delivered all the same.",
    fix: {
      text: "When the reports show that all of your own mail passes, ask receivers to quarantine the rest, later to reject it. Until then this would hurt senders of yours that do not pass; a person must read the reports first.",
      ...(asked === "none" && !record.testing ? { record: at.change({ [tag]: "quarantine" }) } : {}),
    },
  };
}

function weakerBelow(step: WalkStep, record: DmarcRecord, walk: Walk, at: At): Finding[] {
  const policy = record.policy;
  // Subdomains take the record of the organizational domain, so elsewhere sp and np mean nothing.
  if (!policy || step.domain !== walk.organizationalDomain || step.domain !== walk.domain) return [];
  const { p, sp, np } = policy;
  const findings: Finding[] = [];
  if (sp !== null && isWeaker(sp, p)) {
    findings.push({
      id: "dmarc.subdomain-weaker",
      severity: "warning",
      evidence: at.evidence,
      reference: "RFC 9989 §4.7",
      why: `Names below the domain get only ${sp} (sp), while the domain itself gets ${p}: a forger takes a subdomain.`,
      fix: {
        text: "Give subdomains the same policy by removing sp. Look into the reports first for subdomains that send mail which does not pass yet.",
        record: at.change({ sp: null }),
      },
    });
  }
  if (np !== null && isWeaker(np, sp ?? p)) {
    findings.push({
      id: "dmarc.np-weaker",
      severity: "warning",
      evidence: at.evidence,
      reference: "RFC 9989 §4.7",
      why: `Names that do not exist get only ${np} (np), less than those that do. Nobody sends from them but forgers.`,
      fix: { text: "Refuse mail from names that do not exist.", record: at.change({ np: "reject" }) },
    });
  }
  return findings;
}

function testing(at: At): Finding {
  return {
    id: "dmarc.testing",
    severity: "warning",
    evidence: at.evidence,
    reference: "RFC 9989 §4.7",
    why: "With t=y receivers apply each policy one level weaker: reject acts as quarantine, quarantine as none.",
    fix: {
      text: "When the reports show that all of your own mail passes, remove t=y.",
      record: at.change({ t: null }),
    },
  };
}

function noRua(domain: string, at: At): Finding {
  return {
    id: "dmarc.no-rua",
    severity: "advice",
    evidence: at.evidence,
    reference: "RFC 9989 §4.7",
    why: "No reports are asked for, so nobody sees who sends in this name, nor own mail that fails.",
    fix: {
      text: `Name a mailbox for the reports; dmarc@${domain} is only a proposal.`,
      record: at.change({ rua: `mailto:dmarc@${domain}` }),
    },
  };
}

function unauthorised({ tag, address, authorisation }: ReportAddress): Finding {
  return {
    id: "dmarc.rua-unauthorised",
    severity: "warning",
    evidence: `${tag}=mailto:${address}, but there is no DMARC record at ${authorisation}`,
    reference: "RFC 9990 §4",
    why: "Reports to another organisation are sent only if it has agreed by a record of its own, so these are not sent.",
    fix: {
      text: "Whoever runs the report address must publish this record, or another address must be named.",
      record: { name: authorisation, type: "TXT", before: null, after: "v=DMARC1;" },
    },
  };
}

function inherited({ domain, record }: WalkStep, { walk, policy }: DmarcFacts): Finding {
  const kind = record?.psd === "y" ? "public suffix" : "organizational domain";
  return {
    id: "dmarc.inherited",
    severity: "advice",
    evidence: `_dmarc.${domain} TXT "${record?.text ?? ""}"`,
    reference: "RFC 9989 §4.10.1",
    why: `${walk.domain} has no DMARC record of its own; that of its ${kind} ${domain} applies to it: ${policy.here}.`,
    fix: null,
  };
}
