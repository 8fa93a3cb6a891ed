/** Finds the DMARC record that applies to a name, and its organizational domain: RFC 9989 §4.10. */
import { type DnsOutcome, normalizeName, presence, type Resolver } from "../dns/index.ts";
import type { DmarcFault } from "./dmarc-faults.ts";
import { type DmarcPolicy, type DmarcRecord, isDmarcRecord, parseDmarcRecord } from "./dmarc-record.ts";
import { unansweredEvidence } from "./finding.ts";

export interface WalkStep {
  /** The domain, without `_dmarc.`. */
  readonly domain: string;
  /** The TXT records that begin as a DMARC record does. */
  readonly texts: readonly string[];
  /** All other TXT records at the name. */
  readonly others: readonly string[];
  /** The one record that counts; null where there is none, where there are several, or where it is discarded. */
  readonly record: DmarcRecord | null;
  /** Why the one record is discarded. */
  readonly fault: DmarcFault | null;
  /** Why it could not be checked. */
  readonly unanswered: string | null;
}

/** What a walk found. */
export interface Walk {
  readonly domain: string;
  /** Without those behind the end of the walk. */
  readonly steps: readonly WalkStep[];
  /** Evidence of the question that ended the walk. */
  readonly unanswered: string | null;
  /** null: could not be checked. */
  readonly organizationalDomain: string | null;
  /** The step whose record applies to the domain; null: there is none. `unknown`: could not be checked. */
  readonly applies: WalkStep | null | "unknown";
  /** The step whose record applies to names directly below that have none of their own. */
  readonly appliesBelow: WalkStep | null | "unknown";
}

/** Names of eight labels and more are walked from the seventh on (RFC 9989 §4.10, step 4). */
const LABELS_AFTER_JUMP = 7;

/** The domains that a walk asks, the name itself first: at most eight. */
export function walkDomains(domain: string): string[] {
  const labels = domain.split(".");
  const start = Math.max(1, labels.length - LABELS_AFTER_JUMP);
  return [domain, ...labels.slice(start).map((_, index) => labels.slice(start + index).join("."))];
}

/** Walks up from a name. All steps are asked at once; those behind the end of the walk then do not count. */
export async function walkTree(domain: string, resolver: Resolver): Promise<Walk> {
  const all = await Promise.all(walkDomains(domain).map((name) => readStep(name, resolver)));
  // A name below asks the same names, but for this one where it is so long that the walk jumps over it.
  const below = walkDomains(`below.${domain}`);
  const above = all.filter((step) => below.includes(step.domain));
  return { ...conclude(domain, all), appliesBelow: conclude(`below.${domain}`, above).applies };
}

/** @param all the steps of the whole walk, in order */
function conclude(domain: string, all: readonly WalkStep[]): Omit<Walk, "appliesBelow"> {
  const end = all.findIndex(({ record, unanswered }) => unanswered !== null || isBoundary(record));
  const steps = end < 0 ? all : all.slice(0, end + 1);
  const unanswered = steps.find((step) => step.unanswered !== null)?.unanswered ?? null;
  const found = steps.filter(({ record }) => record !== null);
  const own = found.find((step) => step.domain === domain);
  const organizationalDomain = unanswered === null ? selectOrganizationalDomain(domain, found) : null;
  const inherited = organizationalDomain === null ? "unknown" : recordAbove(organizationalDomain, found);
  return { domain, steps, unanswered, organizationalDomain, applies: own ?? inherited };
}

async function readStep(domain: string, resolver: Resolver): Promise<WalkStep> {
  const outcome = await resolver.resolve(`_dmarc.${domain}`, "TXT");
  const all = textsOf(outcome);
  const texts = all.filter(isDmarcRecord);
  const others = all.filter((text) => !isDmarcRecord(text));
  const [only] = texts;
  const record = texts.length === 1 && only !== undefined ? parseDmarcRecord(only) : null;
  const fault = record?.faults.find(({ kind, fatal }) => fatal && kind === "syntax") ?? null;
  // A name that is too long for DNS has no record, and nobody needs to be asked.
  const unknown =
    presence(outcome.status) === "unknown" && normalizeName(`_dmarc.${domain}`).problem === undefined;
  const unanswered = unknown ? unansweredEvidence(outcome) : null;
  return { domain, texts, others, record: fault ? null : record, fault, unanswered };
}

/** The texts of TXT records, with their character-strings joined (RFC 9989 §4.7). */
export function textsOf({ records }: DnsOutcome<"TXT">): string[] {
  return records.map((strings) => strings.join("").trim());
}

function isBoundary(record: DmarcRecord | null): boolean {
  return record?.psd === "y" || record?.psd === "n";
}

/** RFC 9989 §4.10.2. `found` is the longest name first; a boundary can only be its last. */
function selectOrganizationalDomain(domain: string, found: readonly WalkStep[]): string {
  const last = found.at(-1);
  if (!last) return domain;
  if (last.record?.psd !== "y" || last.domain === domain) return last.domain;
  const labels = last.domain.split(".").length + 1;
  return domain.split(".").slice(-labels).join(".");
}

/** The record of the organizational domain, else that of the public suffix above it (RFC 9989 §4.10.1). */
function recordAbove(organizationalDomain: string, found: readonly WalkStep[]): WalkStep | null {
  const suffix = found.at(-1);
  return (
    found.find(({ domain }) => domain === organizationalDomain) ??
    (suffix?.record?.psd === "y" ? suffix : null)
  );
}

/** The policy that receivers apply; `absent`: no record, or one that is void. */
export type AppliedPolicy = DmarcPolicy | "absent" | "unknown";

export interface AppliedPolicies {
  /** To mail that claims to be from this very name. */
  readonly here: AppliedPolicy;
  /** To names below it that exist and have no record of their own. */
  readonly subdomains: AppliedPolicy;
  /** To names below it that do not exist. */
  readonly nonexistent: AppliedPolicy;
}

/** @param exists whether the walked name exists; null: could not be checked, which matters only where `np` is another policy */
export function appliedPolicies(
  { domain, applies, appliesBelow }: Walk,
  exists: boolean | null,
): AppliedPolicies {
  return {
    here: applies === "unknown" ? "unknown" : policyOf(applies, applies?.domain === domain ? "own" : exists),
    subdomains: appliesBelow === "unknown" ? "unknown" : policyOf(appliesBelow, true),
    nonexistent: appliesBelow === "unknown" ? "unknown" : policyOf(appliesBelow, false),
  };
}

function policyOf(step: WalkStep | null, name: "own" | boolean | null): AppliedPolicy {
  const policy = step?.record?.policy;
  if (!policy) return "absent";
  const { p, sp, np } = policy;
  const weaken = (one: DmarcPolicy) => (step.record?.testing ? weaker[one] : one);
  if (name === "own") return weaken(p);
  const existing = sp ?? p;
  const missing = np ?? existing;
  if (name === null) return existing === missing ? weaken(existing) : "unknown";
  return weaken(name ? existing : missing);
}

/** RFC 9989 §4.7, `t`. */
const weaker = { reject: "quarantine", quarantine: "none", none: "none" } as const;

const strength = { none: 0, quarantine: 1, reject: 2 } as const;

export function isWeaker(one: DmarcPolicy, than: DmarcPolicy): boolean {
  return strength[one] < strength[than];
}
