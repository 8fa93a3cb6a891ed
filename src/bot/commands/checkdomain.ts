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
import type { CommandResult, RunCommand } from "./command.ts";

/** Audits a domain: can I mail them, can their mail be trusted, what should be fixed? */
export const checkdomain: RunCommand = async ({ request, services, signal, progress }) => {
  const asked = readCheckdomainArguments(request.text);
  return domainResult(await auditFor(asked, { resolver: await services.resolver(), signal, progress }));
};

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

/** An audit as answer and report. */
export function domainResult(audit: Audit): CommandResult {
  const hasProblem = audit.findings.some(({ severity }) => severity === "problem");
  return {
    answer: domainAnswer(audit),
    report: reportOf(audit),
    outcome: hasProblem ? "problem" : "answered",
  };
}

/** The audit in the shape that scripts rely on. */
function reportOf({ domain, canReceive, senderTrust, findings, records, queries, elapsedMs }: Audit) {
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
