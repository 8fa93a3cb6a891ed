/**
 * Walks a domain's SPF policy: every record that it includes or redirects to, and every address that it names, whether or not
 * the policy is valid. All questions that do not wait for each other go out at once.
 */
import { type DnsOutcome, presence, type Resolver, reverseName } from "../dns/index.ts";
import { unansweredEvidence } from "./finding.ts";
import { expandMacros, isValidTargetName, normalizeTargetName } from "./mailauth-parts.ts";
import {
  hasMacro,
  isMeantAsSpf,
  isSpfRecord,
  parseSpfRecord,
  type SpfRecord,
  type SpfTerm,
  usesReverseName,
} from "./spf-record.ts";

/** What one domain of the policy publishes. */
export interface SpfNode {
  readonly domain: string;
  /** `loop`: one of the records that led here; `too-deep`: not followed further. */
  readonly status: "found" | "none" | "multiple" | "unknown" | "loop" | "too-deep";
  /** All SPF records there; more than one is an error. */
  readonly texts: readonly string[];
  /** TXT records that were meant as one. */
  readonly meant: readonly string[];
  readonly record: SpfRecord | null;
  readonly terms: readonly SpfTermNode[];
  readonly unanswered: string | null;
  /** The size of the DNS answer that holds the record, in octets. */
  readonly answerBytes: number;
}

/** What a term of a record leads to. */
export interface SpfTermNode {
  readonly term: SpfTerm;
  /** The name it asks about, with macros expanded for the probe; null: none, or not a name that can be asked. */
  readonly target: string | null;
  /** For terms with a domain-spec: the expanded name cannot be asked. */
  readonly badTarget: boolean;
  /** Addresses with their prefix length that the term names. */
  readonly ranges: readonly string[];
  /** A question of the term, as an IPv4 client asks it, that gave nothing. */
  readonly isVoid: boolean;
  /** The macro `p` asks for the sender's reverse name; the probe has none, as it then counts against the limit. */
  readonly reverseVoid: boolean;
  /** `mx`: how many names. */
  readonly mxNames: number;
  /** `exists`: whether there is an address. */
  readonly exists: boolean;
  /** A question of the term that was not answered: the one that an IPv4 client asks first. */
  readonly unanswered: string | null;
  readonly child: SpfNode | null;
}

/** An address that no policy names, from which the policy is evaluated to its end (class E, RFC 1112 §4). */
export const PROBE_ADDRESS = "240.0.0.1";
/** Bounds on hostile policies: real ones stay far below. */
const MAX_NODES = 60;
const MAX_DEPTH = 12;
const MAX_TERMS = 200;
const MAX_MX_NAMES = 12;

/** @param domain lower case A-labels */
export async function walkSpf(domain: string, resolver: Resolver): Promise<SpfNode> {
  const walk: SpfWalk = { resolver, sender: `postmaster@${domain}`, helo: domain, nodes: 0 };
  return isHostName(domain) ? readNode(domain, [], walk) : emptyNode(domain, "none");
}

/** Only the names of hosts can be the domain of a mail address, and so be asked first (RFC 7208 §4.3, RFC 5321 §2.3.5). */
function isHostName(domain: string): boolean {
  const labels = domain.split(".");
  return labels.length > 1 && labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

function emptyNode(domain: string, status: SpfNode["status"]): SpfNode {
  return { domain, status, texts: [], meant: [], record: null, terms: [], unanswered: null, answerBytes: 0 };
}

interface SpfWalk {
  readonly resolver: Resolver;
  readonly sender: string;
  readonly helo: string;
  nodes: number;
}

async function readNode(domain: string, path: readonly string[], walk: SpfWalk): Promise<SpfNode> {
  if (path.includes(domain)) return emptyNode(domain, "loop");
  if (path.length >= MAX_DEPTH || walk.nodes >= MAX_NODES) return emptyNode(domain, "too-deep");
  walk.nodes++;
  const outcome = await walk.resolver.resolve(domain, "TXT");
  if (presence(outcome.status) === "unknown") {
    return { ...emptyNode(domain, "unknown"), unanswered: unansweredEvidence(outcome) };
  }
  const all = outcome.records.map((strings) => strings.join(""));
  const texts = all.filter(isSpfRecord);
  const meant = all.filter(isMeantAsSpf);
  const found = { ...emptyNode(domain, "none"), texts, meant, answerBytes: answerBytes(outcome) };
  const [text] = texts;
  if (text === undefined) return found;
  const record = parseSpfRecord(text);
  const terms = await Promise.all(
    record.terms.slice(0, MAX_TERMS).map((term) => readTerm(term, domain, [...path, domain], walk)),
  );
  return { ...found, status: texts.length > 1 ? "multiple" : "found", record, terms };
}

/** RFC 1035 §4: header, question, one resource record per TXT record with a compressed name, and the OPT record. */
function answerBytes({ name, records }: DnsOutcome<"TXT">): number {
  const data = records.map((strings) => strings.reduce((sum, string) => sum + string.length + 1, 0));
  return 12 + name.length + 2 + 4 + data.reduce((sum, length) => sum + 12 + length, 0) + 11;
}

const nothing = {
  target: null,
  badTarget: false,
  ranges: [],
  isVoid: false,
  reverseVoid: false,
  mxNames: 0,
  exists: false,
  unanswered: null,
  child: null,
};

async function readTerm(
  term: SpfTerm,
  domain: string,
  path: readonly string[],
  walk: SpfWalk,
): Promise<SpfTermNode> {
  const { mechanism, modifier, value } = term;
  if (mechanism === "ip4" || mechanism === "ip6") {
    const prefix = term.prefix4 ?? term.prefix6 ?? (mechanism === "ip4" ? 32 : 128);
    return { term, ...nothing, ranges: [`${value}/${prefix}`] };
  }
  if (mechanism === null ? modifier !== "redirect" : mechanism === "all") return { term, ...nothing };
  const target = await targetOf(term, domain, walk);
  if (target === null) return { term, ...nothing, badTarget: true };
  const reverseVoid = usesReverseName(term) && (await lacksReverseName(walk));
  return { term, ...nothing, target, reverseVoid, ...(await readTarget(term, target, path, walk)) };
}

async function readTarget(
  term: SpfTerm,
  target: string,
  path: readonly string[],
  walk: SpfWalk,
): Promise<Partial<SpfTermNode>> {
  switch (term.mechanism) {
    case "a":
      return readAddresses([target], term, walk);
    case "mx":
      return readMx(target, term, walk);
    case "exists": {
      const outcome = await walk.resolver.resolve(target, "A");
      return { exists: outcome.status === "ok", isVoid: voided(outcome), unanswered: open(outcome) };
    }
    case "ptr":
      return { isVoid: await lacksReverseName(walk) };
    default: {
      const child = await readNode(target, path, walk);
      return { child, isVoid: child.status === "none" && voided(await walk.resolver.resolve(target, "TXT")) };
    }
  }
}

/** A failure to look it up only means that the term does not match (RFC 7208 §5.5). */
async function lacksReverseName({ resolver }: SpfWalk): Promise<boolean> {
  return voided(await resolver.resolve(reverseName(PROBE_ADDRESS) ?? PROBE_ADDRESS, "PTR"));
}

/** The name that a term asks about, as mailauth expands it for the probe; null when it cannot be asked. */
async function targetOf(term: SpfTerm, domain: string, walk: SpfWalk): Promise<string | null> {
  // Without a domain-spec the term is about the domain itself, but for those that must have one.
  const needsName =
    term.mechanism === "include" || term.mechanism === "exists" || term.modifier === "redirect";
  if (term.value === "") return needsName ? null : domain;
  try {
    const values = {
      sender: walk.sender,
      ip: PROBE_ADDRESS,
      helo: walk.helo,
      mta: "receiver.example",
      domain,
    };
    const expanded =
      hasMacro(term) || term.value.includes("%") ? expandMacros(term.value, values) : term.value;
    const name = normalizeTargetName(expanded.replace(/\.$/, ""));
    return isValidTargetName(name) ? name.toLowerCase() : null;
  } catch {
    // The macro has a syntax error, which the record's own check tells.
    return null;
  }
}

function voided({ status }: DnsOutcome): boolean {
  return presence(status) === "absent";
}

function open(outcome: DnsOutcome): string | null {
  return presence(outcome.status) === "unknown" ? unansweredEvidence(outcome) : null;
}

async function readAddresses(
  names: readonly string[],
  { prefix4, prefix6 }: SpfTerm,
  { resolver }: SpfWalk,
): Promise<Pick<SpfTermNode, "ranges" | "isVoid" | "unanswered">> {
  const outcomes = await Promise.all(
    names.map((name) => Promise.all([resolver.resolve(name, "A"), resolver.resolve(name, "AAAA")])),
  );
  const four = outcomes.flatMap(([a]) => a.records.map((address) => `${address}/${prefix4 ?? 32}`));
  const six = outcomes.flatMap(([, aaaa]) => aaaa.records.map((address) => `${address}/${prefix6 ?? 128}`));
  const [first] = outcomes;
  const unanswered = outcomes.map(([a]) => open(a)).find((evidence) => evidence !== null) ?? null;
  return { ranges: [...four, ...six], isVoid: first !== undefined && voided(first[0]), unanswered };
}

async function readMx(
  target: string,
  term: SpfTerm,
  walk: SpfWalk,
): Promise<Pick<SpfTermNode, "ranges" | "isVoid" | "unanswered" | "mxNames">> {
  const mx = await walk.resolver.resolve(target, "MX");
  if (mx.status !== "ok") return { ranges: [], mxNames: 0, isVoid: voided(mx), unanswered: open(mx) };
  const hosts = mx.records
    .toSorted((one, other) => one.preference - other.preference)
    .flatMap(({ exchange }) => (exchange === "" ? [] : [exchange]));
  const addresses = await readAddresses(hosts.slice(0, MAX_MX_NAMES), term, walk);
  // Names without an address do not count as void: the term's own question gave records (RFC 7208 §4.6.4).
  return { ...addresses, isVoid: false, mxNames: hosts.length };
}
