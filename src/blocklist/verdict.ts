import type { Code, Zone } from "./zones.ts";

/**
 * What a list says of an address or a name. `policy` is a fact without an accusation (end-user ranges, countries, whole
 * networks), `allow` a recommendation. `unchecked` says nothing at all: silence is never `clean`.
 */
export type Verdict = "listed" | "clean" | "policy" | "allow" | "unchecked";

/**
 * Why a list could not be checked: no answer in time; REFUSED; SERVFAIL or a broken answer; an error code (the list refuses to
 * serve the resolver); an answer outside 127/8; it lists its negative test point; it does not list its positive one; its key
 * is missing; over the day's quota; a code that its table does not have.
 */
export type UncheckedReason =
  | "silent"
  | "refused"
  | "servfail"
  | "blocked"
  | "not-127"
  | "lists-all"
  | "empty"
  | "key"
  | "quota"
  | "unknown-code";

/** What one list says of one subject. */
export interface ZoneVerdict {
  readonly verdict: Verdict;
  /** Only where the list could not be checked. */
  readonly reason: UncheckedReason | null;
  /** The A records of the answer. */
  readonly answers: readonly string[];
  /** What they mean by the zone's table; where the zone refuses to serve, its error. */
  readonly codes: readonly Code[];
}

/** What A records of a zone mean. */
export type Judgement =
  | { verdict: "listed" | "policy" | "allow"; codes: readonly Code[] }
  | { verdict: "unchecked"; reason: UncheckedReason; codes: readonly Code[] };

type Octets = readonly [number, number, number, number];

/**
 * Reads the A records of an answer by the zone's table. What no list may answer comes first, whatever the table says: an
 * address outside 127/8 (a parked domain), 127.255.255.* (an error everywhere), and 127.0.0.1 where the table does not have
 * exactly that. One error among several records makes the whole answer one. Zones of a range or a network, and those that
 * only inform, accuse nobody: what they list is `policy`.
 *
 * @param addresses at least one IPv4 address, as DNS gave it
 */
export function judge(zone: Zone, addresses: readonly string[]): Judgement {
  const answers = addresses.map((address) => toOctets(address));
  if (answers.some((octets) => octets === null || octets[0] !== 127)) return unchecked("not-127");
  const found = answers.flatMap((octets) => (octets ? [{ octets, codes: codesFor(zone, octets) }] : []));
  const errors = found.flatMap(({ codes }) => codes.filter(({ kind }) => kind === "error"));
  if (errors.length > 0 || found.some(({ octets }) => isError(zone, octets))) {
    return unchecked("blocked", errors);
  }
  const codes = found.flatMap((one) => one.codes);
  const kinds = new Set(codes.map(({ kind }) => kind));
  const unknown = found.some((one) => one.codes.length === 0);
  if (kinds.has("listed")) return { verdict: accuses(zone) ? "listed" : "policy", codes };
  // a code nobody knows may well be a listing, so that nothing milder is concluded beside it
  if (unknown) return unchecked("unknown-code");
  return { verdict: kinds.has("allow") ? "allow" : "policy", codes };
}

function unchecked(reason: UncheckedReason, codes: readonly Code[] = []): Judgement {
  return { verdict: "unchecked", reason, codes };
}

function accuses({ role, scope }: Zone): boolean {
  return role === "block" && scope === "ip";
}

function isError(zone: Zone, octets: Octets): boolean {
  const [, second, third, last] = octets;
  if (second === 255 && third === 255) return true;
  const isOne = second === 0 && third === 0 && last === 1;
  return isOne && !zone.codes.some(({ match, kind }) => match === "127.0.0.1" && kind !== "error");
}

/** The codes of the table that an answer has: one, or several bits. An error hides the others. */
function codesFor(zone: Zone, octets: Octets): readonly Code[] {
  const matching = zone.codes.filter(({ match }) => matches(match, octets, zone.bitmask));
  const error = matching.find(({ kind }) => kind === "error");
  if (error) return [error];
  return zone.bitmask ? matching : matching.slice(0, 1);
}

function matches(pattern: string, octets: Octets, bitmask: boolean): boolean {
  if (pattern.startsWith("bit:")) {
    const [, second, third, last] = octets;
    return bitmask && second === 0 && third === 0 && (last & Number(pattern.slice(4))) !== 0;
  }
  const parts = pattern.split(".");
  // "127.*" stands for all octets that follow
  if (parts.at(-1) !== "*" && parts.length !== 4) return false;
  return parts.every((part, index) => octetMatches(part, octets[index]));
}

function octetMatches(part: string, octet: number | undefined): boolean {
  if (octet === undefined) return false;
  if (part === "*") return true;
  const [from, to] = part.startsWith("[")
    ? part.slice(1, -1).split("-").map(Number)
    : [Number(part), Number(part)];
  return from !== undefined && to !== undefined && octet >= from && octet <= to;
}

function toOctets(address: string): Octets | null {
  const [a, b, c, d] = address.split(".").map(Number);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return null;
  return [a, b, c, d].every((octet) => Number.isInteger(octet) && octet >= 0 && octet <= 255)
    ? [a, b, c, d]
    : null;
}
