/** What is wrong with the DMARC record that applies to a name. */
import type { DmarcFault } from "./dmarc-faults.ts";
import type { DmarcFacts } from "./dmarc-findings.ts";
import { mendDmarcRecord } from "./dmarc-mending.ts";
import { type DmarcRecord, withTags } from "./dmarc-record.ts";
import type { ReportAddress } from "./dmarc-reports.ts";
import { isWeaker, type Walk, type WalkStep } from "./dmarc-walk.ts";
import type { Finding, Fix } from "./finding.ts";

/** What the record that applies could say better. */
export function dmarcRecordFindings(step: WalkStep, record: DmarcRecord, facts: DmarcFacts): Finding[] {
  const { walk, policy } = facts;
  const name = `_dmarc.${step.domain}`;
  const mended = mendDmarcRecord(record);
  const at: At = {
    evidence: `${name} TXT "${record.text}"`,
    // The mending comes first: what would then be changed, the next audit says.
    change: (changes) =>
      mended === record
        ? { record: { name, type: "TXT", before: record.text, after: withTags(record, changes) } }
        : {},
  };
  return [
    ...record.faults.map((fault) => faultFinding(fault, step, record, mended?.text ?? null)),
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
  change(changes: Readonly<Record<string, string | null>>): Pick<Fix, "record">;
}

function faultFinding(
  fault: DmarcFault,
  step: WalkStep,
  record: DmarcRecord,
  mended: string | null,
): Finding {
  const evidence = `_dmarc.${step.domain} TXT "${record.text}": ${fault.text}`;
  const fix = (text: string) =>
    repairFix(step.domain, record.text, fault.repaired === null ? null : mended, text);
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
  const invalid = record.faults.some(({ kind }) => kind === "policy");
  const reported = record.tags.some(({ name }) => name === "rua");
  return {
    id: "dmarc.policy-none",
    severity: "warning",
    evidence: at.evidence,
    reference: "RFC 9989 §4.7",
    why: "The policy only asks for reports. Mail that pretends to come from this name is delivered all the same.",
    fix: {
      text: invalid
        ? "Correct the policy that is missing or not valid first. A person must decide which is meant."
        : "When the reports show that all of your own mail passes, ask receivers to quarantine the rest, later to reject it. Until then this would hurt senders of yours that do not pass; a person must read the reports first.",
      ...(asked === "none" && !record.testing && !invalid && reported
        ? at.change({ [tag]: "quarantine" })
        : {}),
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
        ...at.change({ sp: null }),
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
      fix: { text: "Refuse mail from names that do not exist.", ...at.change({ np: "reject" }) },
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
      ...at.change({ t: null }),
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
      ...at.change({ rua: `mailto:dmarc@${domain}` }),
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

/** The record without the fault, where that is clear. */
export function repairFix(domain: string, before: string, after: string | null, text: string): Fix {
  if (after === null || after === before) return { text };
  return { text, record: { name: `_dmarc.${domain}`, type: "TXT", before, after } };
}
