/** One check of what is watched. */
import {
  addressTarget,
  type Blocklists,
  checkBlocklists,
  domainListings,
  type ZoneFinding,
} from "../blocklist/index.ts";
import { askingAnew, type Resolver } from "../dns/index.ts";
import {
  type Audit,
  type AuditOptions,
  type AuditSnapshot,
  auditDomain,
  failedValidation,
} from "../domain/index.ts";
import type { WatchTarget } from "../store/index.ts";
import type { Brief, KeptState } from "./kept-state.ts";
import { answersOf } from "./list-answers.ts";

export interface ObserveOptions {
  readonly resolver: Resolver;
  readonly blocklists: Blocklists;
  /** Ends the check early; what is not known by then counts as not checked. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** For tests: the way to the web. */
  readonly makeFetcher?: AuditOptions["makeFetcher"];
}

/** What was found, or null when nothing could be checked at all. */
export type Observation = KeptState | null;

/** Longer than an audit takes at most, with some time for the lists after it. */
const DEADLINE_MS = 10_000;

/**
 * Checks a target anew: nothing that an earlier check was told is used again, so that two checks in a row are independent of each
 * other as far as that lies with us.
 */
export function observe(target: WatchTarget, options: ObserveOptions): Promise<Observation> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(DEADLINE_MS)]);
  return target.kind === "domain"
    ? observeDomain(target.name, { ...options, signal })
    : observeAddress(target.name, { ...options, signal });
}

async function observeDomain(domain: string, options: ObserveOptions): Promise<Observation> {
  const { blocklists, signal, now, makeFetcher } = options;
  const resolver = askingAnew(options.resolver, signal);
  const [audit, listings] = await Promise.all([
    auditDomain(domain, { resolver, signal, now: new Date(now), ...(makeFetcher && { makeFetcher }) }),
    domainListings(domain, { blocklists, resolver, signal, fresh: true }),
  ]);
  const snapshot = audit.snapshot();
  const signatures = signaturesOf(audit, snapshot);
  if (audit.records.domain.exists === null && signatures === null) return null;
  return {
    at: now,
    audit: snapshot,
    lists: answersOf(listings.verdicts),
    signatures,
    brief: briefOf(audit, listings.verdicts),
    told: [],
    rounds: 0,
  };
}

/** Whether the resolver says itself that signatures are wrong. That an answer failed says nothing of them. */
function signaturesOf({ domain, records }: Audit, { dns }: AuditSnapshot): KeptState["signatures"] {
  const { status, evidence } = records.dnssec;
  if (status === "signed" || status === "unsigned") return { bogus: null };
  const failed = dns.outcomes.some((one) => one.name === domain && failedValidation(one));
  return status === "bogus" && failed ? { bogus: evidence } : null;
}

function briefOf(
  { canReceive, senderTrust, findings, records }: Audit,
  verdicts: readonly ZoneFinding[],
): Brief {
  const count = (wanted: string) => findings.filter(({ severity }) => severity === wanted).length;
  return {
    exists: records.domain.exists,
    receives: canReceive,
    trust: senderTrust,
    problems: count("problem"),
    warnings: count("warning"),
    listed: listedOn(verdicts),
  };
}

async function observeAddress(address: string, options: ObserveOptions): Promise<Observation> {
  const { blocklists, signal, now } = options;
  const { findings } = await checkBlocklists(addressTarget(address), { blocklists, signal, fresh: true });
  const answered = findings.filter(({ verdict }) => verdict !== "unchecked").length;
  if (answered === 0) return null;
  return {
    at: now,
    audit: null,
    lists: answersOf(findings),
    signatures: null,
    brief: { listed: listedOn(findings), answered },
    told: [],
    rounds: 0,
  };
}

function listedOn(findings: readonly ZoneFinding[]): string[] {
  const listed = findings.filter(({ verdict, zone }) => verdict === "listed" && zone.weight !== "low");
  return [...new Set(listed.map(({ zone }) => zone.name))];
}
