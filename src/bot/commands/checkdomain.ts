import type { DomainListings } from "../../blocklist/index.ts";
import type { Resolver } from "../../dns/index.ts";
import {
  type Audit,
  auditDomain,
  type CheckName,
  type CheckState,
  checkNames,
  checks,
} from "../../domain/index.ts";
import type { Step } from "../answer.ts";
import { domainAnswer } from "./checkdomain-answer.ts";
import { type CheckdomainArguments, readCheckdomainArguments } from "./checkdomain-arguments.ts";
import { listingsFor } from "./checkdomain-blocklists.ts";
import { listingReport, withListed } from "./checkdomain-listings.ts";
import type { CommandContext, CommandResult, RunCommand } from "./command.ts";

/** Audits a domain: can I mail them, can their mail be trusted, what should be fixed? */
export const checkdomain: RunCommand = async ({ request, ...surroundings }) => {
  const { audit, listings } = await checkDomain(readCheckdomainArguments(request.text), surroundings);
  return domainResult(audit, listings);
};

/** Milliseconds that the blocklists may take longer than the audit. */
const LISTS_PATIENCE = 1_500;

/** The audit that the arguments ask for, and beside it what the weighty blocklists say. */
export async function checkDomain(
  asked: CheckdomainArguments,
  { services, signal, progress }: Pick<CommandContext, "services" | "signal" | "progress">,
): Promise<{ audit: Audit; listings: DomainListings }> {
  const resolver = await services.resolver();
  const patience = new AbortController();
  const listsSignal = AbortSignal.any([signal, patience.signal]);
  let timer: NodeJS.Timeout | undefined;
  const [audit, listings] = await Promise.all([
    auditFor(asked, { resolver, signal, progress }).finally(() => {
      timer = setTimeout(() => patience.abort(), LISTS_PATIENCE);
    }),
    listingsFor(asked.domain, { services, resolver, signal: listsSignal }),
  ]);
  clearTimeout(timer);
  return { audit, listings };
}

/** What an audit works with, and where it shows its steps. */
export interface AuditSurroundings {
  readonly resolver: Resolver;
  readonly signal?: AbortSignal;
  progress?(steps: Step[]): void;
}

/** The audit that the arguments ask for. */
export function auditFor(
  { domain, selectors, ip }: CheckdomainArguments,
  { resolver, signal, progress }: AuditSurroundings,
): Promise<Audit> {
  const steps = new Map<CheckName, CheckState | "running">();
  return auditDomain(domain, {
    resolver,
    ...(signal ? { signal } : {}),
    selectors,
    senderIp: ip,
    onProgress: (name, state) => {
      steps.set(name, state);
      progress?.(showSteps(steps));
    },
  });
}

/**
 * An audit as answer and report.
 *
 * @param listings what the blocklists said; left out where they were not asked, as when an audit is replayed
 */
export function domainResult(audited: Audit, listings?: DomainListings): CommandResult {
  const exists = audited.records.domain.exists !== false;
  // no mail server and no sender stands behind a name that does not exist
  const told = exists ? listings : undefined;
  const audit = told ? { ...audited, findings: withListed(audited.findings, told) } : audited;
  const hasProblem = audit.findings.some(({ severity }) => severity === "problem");
  return {
    answer: domainAnswer(audit, told),
    report: reportOf(audit, listings),
    outcome: hasProblem ? "problem" : "answered",
  };
}

/** The audit in the shape that scripts rely on. */
function reportOf(audit: Audit, listings: DomainListings | undefined) {
  const { domain, canReceive, senderTrust, findings, queries, elapsedMs } = audit;
  const records = listings ? { ...audit.records, blocklists: listingReport(listings) } : audit.records;
  return { domain, canReceive, senderTrust, findings, records, queries, elapsedMs };
}

function showSteps(steps: ReadonlyMap<CheckName, CheckState | "running">): Step[] {
  const shown = checkNames.filter((name) => steps.has(name));
  return shown.map((name) => ({ id: name, label: checks[name].label, state: stepState(steps.get(name)) }));
}

function stepState(state: CheckState | "running" | undefined): Step["state"] {
  if (state === "running") return "running";
  return state === "unknown" ? "failed" : "done";
}
