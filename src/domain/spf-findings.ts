import type { Finding } from "./finding.ts";
import type { MailServices } from "./mail-services.ts";
import type { MxRecords } from "./mx.ts";
import { spfErrorFinding } from "./spf-errors.ts";
import { proposeSpf, repairVersion } from "./spf-fix.ts";
import { spfRecordFindings } from "./spf-record-findings.ts";
import type { SpfEvaluation } from "./spf-verdict.ts";
import type { SpfNode } from "./spf-walk.ts";

export interface SpfFacts {
  readonly domain: string;
  readonly root: SpfNode;
  readonly evaluation: SpfEvaluation;
  /** mailauth's. */
  readonly verdict: SpfEvaluation["verdict"];
  readonly reason: string;
  readonly services: MailServices;
  readonly mx: MxRecords;
}

/** What is wrong with an SPF policy. */
export function spfFindings(facts: SpfFacts): Finding[] {
  const { root, evaluation, verdict } = facts;
  const unreadable = new Set(
    evaluation.errors.filter(({ kind }) => kind === "syntax").map(({ domain }) => domain),
  );
  const errors = evaluation.errors
    .filter(({ kind, domain }) => kind !== "bad-target" || !unreadable.has(domain))
    .map((error) => spfErrorFinding(error, facts));
  return [
    ...distinct(errors),
    ...(verdict === "permerror" && evaluation.verdict === "valid" ? [unexplained(facts)] : []),
    ...(root.status === "none" ? [missing(facts)] : []),
    ...(root.record && root.status === "found" ? spfRecordFindings(facts, root.record) : []),
  ];
}

/** The same fault in a record that is included twice is told once. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ id, evidence }) => {
    const key = `${id} ${evidence}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function unexplained({ domain, root, reason }: SpfFacts): Finding {
  return {
    id: "spf.syntax",
    severity: "problem",
    evidence: `${domain} TXT "${root.texts[0] ?? ""}": ${reason}`,
    reference: "RFC 7208 §4.6",
    why: "Receivers that follow the standard stop with an error, so the policy authorises nobody.",
    fix: null,
  };
}

function missing({ domain, root, services, mx }: SpfFacts): Finding {
  const [meant] = root.meant;
  if (meant !== undefined) {
    const repaired = repairVersion(meant);
    return {
      id: "spf.syntax",
      severity: "problem",
      evidence: `${domain} TXT "${meant}"`,
      reference: "RFC 7208 §4.5",
      why: "The record does not begin with exactly v=spf1 and a space, so receivers do not see it.",
      fix: {
        text: "Begin the record with v=spf1 and a space.",
        ...(repaired === null
          ? {}
          : { record: { name: domain, type: "TXT", before: meant, after: repaired } }),
      },
    };
  }
  const after = proposeSpf(mx, services);
  const parked = after === "v=spf1 -all";
  return {
    id: "spf.missing",
    severity: "problem",
    evidence: `${domain}: no TXT record that begins with v=spf1`,
    reference: "RFC 7208 §4.5",
    why: "Nobody can tell which servers may send for this domain; some receivers refuse its mail or sort it out as spam.",
    fix: {
      text: parked
        ? "The domain takes no mail. If it sends none either, say so; if it does, a person must name its senders instead."
        : "Publish which servers send for the domain. This proposal holds what DNS shows of it; add every other service that sends for you before it ends in -all. A person must know them.",
      record: { name: domain, type: "TXT", before: null, after },
    },
  };
}
