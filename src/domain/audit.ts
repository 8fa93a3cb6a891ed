/** Audits a domain: all checks at once on one caching resolver, then what follows from them together. */
import { type Resolver, recording } from "../dns/index.ts";
import { withinBudget } from "./budget.ts";
import type { CheckContext, CheckState } from "./check.ts";
import { type AuditRecords, type AuditResults, type CheckName, checkNames, checks } from "./checks.ts";
import { createFetcher, type Fetcher } from "./fetch.ts";
import { recordingFetcher } from "./fetch-snapshot.ts";
import type { Finding } from "./finding.ts";
import { combineFindings } from "./findings.ts";
import { type AuditSnapshot, SNAPSHOT_FORMAT } from "./snapshot.ts";
import { type CanReceive, canReceive, type SenderTrust, senderTrust } from "./verdicts.ts";

/** Different DNS questions that one audit may ask. */
const MAX_QUESTIONS = 400;
/** Milliseconds that one audit may take. */
const DEADLINE_MS = 8_000;

export interface AuditOptions {
  readonly resolver: Resolver;
  /** Makes the way to the web, which looks hosts up through the audit's own resolver; default the guarded HTTPS fetcher. */
  readonly makeFetcher?: (resolver: Resolver) => Fetcher;
  /** Ends the audit early: it gives what it has learned by then. */
  readonly signal?: AbortSignal;
  /** DKIM selectors to ask for besides the known ones. */
  readonly selectors?: readonly string[];
  /** A sending address that is to be checked against SPF. */
  readonly senderIp?: string | null;
  /** The time that certificates are judged by; default the present. */
  readonly now?: Date;
  /** Called when a check begins and when it ends. */
  readonly onProgress?: (name: CheckName, state: CheckState | "running") => void;
}

export interface Audit {
  readonly domain: string;
  readonly canReceive: CanReceive;
  readonly senderTrust: SenderTrust;
  /** The gravest first, then by effect. */
  readonly findings: readonly Finding[];
  readonly records: AuditRecords;
  /** Different DNS questions. */
  readonly queries: number;
  readonly elapsedMs: number;
  /** Each check with its row. */
  readonly results: AuditResults;
  /** All that DNS and the web answered, from which `replayAudit` makes the same audit again. */
  snapshot(): AuditSnapshot;
}

/**
 * Everything that DNS and the web tell about a domain's mail.
 *
 * @param domain lower case A-labels without a final dot, as `parseDomain` gives it
 * @example
 * const audit = await auditDomain("example.org", { resolver, fetch: createFetcher({ resolver }) });
 * for (const { id, evidence } of audit.findings) console.log(id, evidence);
 */
export async function auditDomain(domain: string, options: AuditOptions): Promise<Audit> {
  const {
    resolver,
    makeFetcher = ownFetcher,
    selectors = [],
    senderIp = null,
    now = new Date(),
    onProgress = () => {},
  } = options;
  const started = performance.now();
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const recorded = recording(resolver);
  const budgeted = withinBudget(recorded, { questions: MAX_QUESTIONS, signal });
  const web = recordingFetcher(makeFetcher(budgeted));
  const context: CheckContext = {
    domain,
    resolver: budgeted,
    fetch: (url, fetchOptions) => web.fetch(url, { signal, ...fetchOptions }),
    signal,
    now,
    selectors,
    senderIp,
    mx: () => run("mx"),
    dmarc: () => run("dmarc"),
  };
  const running = new Map<CheckName, Promise<AuditResults[CheckName]>>();

  function run<Name extends CheckName>(name: Name): Promise<AuditResults[Name]> {
    const result = running.get(name) ?? start(name);
    running.set(name, result);
    // The map holds under each name what that name's check gives.
    return result as Promise<AuditResults[Name]>;
  }

  async function start(name: CheckName): Promise<AuditResults[CheckName]> {
    onProgress(name, "running");
    const result = await checks[name].check(context);
    onProgress(name, result.state);
    return result;
  }

  const entries = await Promise.all(checkNames.map(async (name) => [name, await run(name)] as const));
  const results = Object.fromEntries(entries) as unknown as AuditResults;
  const records = Object.fromEntries(checkNames.map((name) => [name, results[name].records]));
  return {
    domain,
    canReceive: canReceive(results),
    senderTrust: senderTrust(results),
    findings: combineFindings(domain, results),
    records: records as unknown as AuditRecords,
    queries: recorded.questions,
    elapsedMs: Math.round(performance.now() - started),
    results,
    snapshot: () => ({
      ...SNAPSHOT_FORMAT,
      domain,
      askedAt: now.toISOString(),
      selectors: [...selectors],
      senderIp,
      dns: recorded.snapshot(),
      https: web.snapshot(),
    }),
  };
}

function ownFetcher(resolver: Resolver): Fetcher {
  return createFetcher({ resolver });
}
