import { isIP } from "node:net";
import { getDomain } from "tldts";
import { specialAddress } from "./special.ts";
import type { Zone } from "./zones.ts";

/** A blocklist that a text names, with what the text says was found on it. */
export interface Mention {
  readonly zone: Zone;
  /** The first public IPv4 or IPv6 address of the text, if any. */
  readonly address: string | null;
}

/** Texts longer than this are cut: a server's reply is far shorter. */
const MAX_TEXT = 20_000;

/**
 * The blocklists that a server's reply or a bounce names, by zone (`blocked using zen.spamhaus.org`) or by a page of theirs
 * (`https://www.spamhaus.org/query/ip/…`), in the order of the text, each once.
 */
export function blocklistMentions(text: string, zones: readonly Zone[]): Mention[] {
  const words = text.slice(0, MAX_TEXT).toLowerCase();
  const address = firstPublicAddress(words);
  const found = new Set<Zone>();
  for (const [host] of words.matchAll(/[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_-]{1,63}){1,10}/g)) {
    const zone = zoneNamed(host, zones) ?? zoneOfPage(host, zones);
    if (zone) found.add(zone);
  }
  return [...found].map((zone) => ({ zone, address }));
}

/** The zone itself, or the one that the longest end of a question's name is. */
function zoneNamed(host: string, zones: readonly Zone[]): Zone | undefined {
  return zones
    .filter(({ zone }) => isBelow(host, zone.toLowerCase()))
    .sort((one, other) => other.zone.length - one.zone.length)[0];
}

/** The first zone of the operator whose pages are on that host. */
function zoneOfPage(host: string, zones: readonly Zone[]): Zone | undefined {
  const domain = getDomain(host);
  if (!domain) return undefined;
  return zones.find((zone) => pageDomain(zone) === domain || isBelow(zone.zone.toLowerCase(), domain));
}

function pageDomain({ removal }: Zone): string | null {
  return removal?.page ? getDomain(removal.page) : null;
}

function isBelow(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function firstPublicAddress(text: string): string | null {
  const candidates =
    text.match(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}/g) ?? [];
  return candidates.slice(0, 50).find(isPublicAddress) ?? null;
}

function isPublicAddress(text: string): boolean {
  return isIP(text) !== 0 && specialAddress(text) === null;
}
