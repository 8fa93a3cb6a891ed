import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { getDomain } from "tldts";
import { normalizeName } from "../dns/index.ts";
import { type Special, specialAddress } from "./special.ts";
import type { SubjectKind, Zone } from "./zones.ts";

/** What somebody wants to know about. `text` is what was given, without what stood around it. */
export type Target =
  | { kind: "ip4" | "ip6"; text: string; address: string; special: Special | null }
  | { kind: "domain"; text: string; name: string }
  | { kind: "list"; text: string; zone: Zone };

/** An address or a name that lists are asked about. */
export interface Subject {
  readonly kind: SubjectKind;
  /** The address in its usual short form, or the name in A-labels. */
  readonly value: string;
}

/** A public address in its usual short form. */
export function addressTarget(address: string): Extract<Target, { kind: "ip4" | "ip6" }> {
  return { kind: isIP(address) === 6 ? "ip6" : "ip4", text: address, address, special: null };
}

/**
 * Reads an address, a host name or a domain, also out of a web or e-mail address and in brackets, or the name of a
 * blocklist. An IPv4-mapped IPv6 address is the IPv4 address.
 *
 * @returns or what is wrong with it, in a plain sentence
 */
export function readTarget(given: string, zones: readonly Zone[]): Target | { problem: string } {
  const text = bare(given.trim());
  if (text === "") return { problem: "Give an address, a host name or a domain." };
  if (isIP(text)) {
    const parsed = ipaddr.process(text.replace(/%.*$/, ""));
    const address = parsed.toString();
    return {
      kind: parsed.kind() === "ipv4" ? "ip4" : "ip6",
      text,
      address,
      special: specialAddress(address),
    };
  }
  const zone = findBlocklist(text, zones);
  if (zone) return { kind: "list", text, zone };
  if (/^[0-9a-f:.]+\/\d{1,3}$/i.test(text)) {
    return { problem: "Blocklists are asked about one address, not about a network." };
  }
  const { name, problem } = normalizeName(text);
  if (problem !== undefined) return { problem: `This is neither an address nor a name: ${problem}.` };
  return isHostName(name)
    ? { kind: "domain", text, name }
    : { problem: "This is neither an IP address nor a host name or domain." };
}

/** Without what comes with an address in a web or e-mail address, a header or a sentence. */
function bare(text: string): string {
  const host = text
    .replace(/^[<("']+|[>)"',;]+$/g, "")
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/^[^\s@/]{1,64}@/, "")
    .replace(/^(\[[^\]]*\]).*$/, "$1")
    .replace(/^\[(?:IPv6:)?([^\]]*)\]$/i, "$1")
    .replace(/\.$/, "");
  if (isIP(host)) return host;
  if (/^[0-9a-f:.]+\/\d{1,3}$/i.test(host)) return host;
  return host.replace(/[/?#].*$/, "").replace(/:\d{1,5}$/, "");
}

/** Two labels or more of letters, digits, hyphens and underscores; the last is no number (RFC 1123 §2.1). */
function isHostName(name: string): boolean {
  const labels = name.split(".");
  return (
    labels.length >= 2 &&
    labels.every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label)) &&
    /[a-z]/.test(labels.at(-1) ?? "")
  );
}

/** The list that goes by this name: its zone or another zone of it, or its name in words with any case, blanks and hyphens. */
export function findBlocklist(text: string, zones: readonly Zone[]): Zone | null {
  const zone = text.toLowerCase().replace(/\.$/, "");
  const byZone = zones.find((one) => one.zone.toLowerCase() === zone || one.aliases.includes(zone));
  if (byZone) return byZone;
  const word = wordOf(text);
  if (word.length < 3 || text.includes(".")) return null;
  return zones.find(({ name, aliases }) => [name, ...aliases].some((each) => wordOf(each) === word)) ?? null;
}

function wordOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * A question to a list, as logs have it: `200.4.8.8.zen.spamhaus.org` is about 8.8.4.200 (RFC 5782 §2.1).
 * @returns null for what is none about an IPv4 address
 */
export function readQuestionName(
  text: string,
  zones: readonly Zone[],
): { address: string; zone: Zone } | null {
  const [, d, c, b, a, apex] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\S+)$/.exec(text) ?? [];
  const address = `${a}.${b}.${c}.${d}`;
  const zone = apex === undefined ? null : findBlocklist(apex, zones);
  return zone && isIP(address) === 4 ? { address, zone } : null;
}

/** The name as a list knows it: as it is registered, where the list knows no other. */
export function subjectFor(zone: Zone, subject: Subject): Subject {
  if (subject.kind !== "domain" || !zone.registrable) return subject;
  return { kind: "domain", value: getDomain(subject.value) ?? subject.value };
}
