/** Mail addresses in running text: found from the `@` outwards, so that the work is linear. */

export interface FoundAddress {
  readonly address: string;
  /** Where it begins and ends in the text, with its angle brackets. */
  readonly start: number;
  readonly end: number;
  readonly bracketed: boolean;
}

const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const DOMAIN = /[\p{L}\p{N}.-]/u;

/** Every address in the text, at most 500. */
export function findAddresses(text: string): FoundAddress[] {
  const found: FoundAddress[] = [];
  let at = text.indexOf("@");
  let floor = 0;
  while (at >= 0 && found.length < 500) {
    const one = addressAround(text, at, floor);
    if (one) {
      found.push(one);
      floor = one.end;
    }
    at = text.indexOf("@", one ? Math.max(at + 1, one.end) : at + 1);
  }
  return found;
}

function addressAround(text: string, at: number, floor: number): FoundAddress | null {
  let start = at;
  if (text[at - 1] === '"') {
    const open = text.lastIndexOf('"', at - 2);
    if (open < floor || at - open > 80) return null;
    start = open;
  } else {
    const lowest = Math.max(floor, at - 128);
    while (start > lowest && LOCAL.test(text[start - 1] as string)) start -= 1;
  }
  const bracketed = text[start - 1] === "<";
  // Outside brackets a leading quote, slash or equals sign belongs to the sentence ("to=a@b", "'a@b'").
  if (!bracketed) {
    const named = /^[a-z][a-z.]{0,19}=(?!\?)/i.exec(text.slice(start, at));
    if (named) start += named[0].length;
    if (!text.startsWith("=?", start))
      while (start < at && /['`*|/=.{}?!&^~-]/.test(text[start] as string)) start += 1;
  }
  let end = at + 1;
  if (text[end] === "[") {
    const close = text.indexOf("]", end);
    if (close < 0 || close - end > 60) return null;
    end = close + 1;
  } else {
    const highest = Math.min(text.length, at + 254);
    if (bracketed) while (end < highest && !/[<>\s,;()"|]/.test(text[end] as string)) end += 1;
    else while (end < highest && DOMAIN.test(text[end] as string)) end += 1;
    while (end > at + 1 && /[.\-:'’]/.test(text[end - 1] as string)) end -= 1;
  }
  const local = text.slice(start, at);
  const domain = text.slice(at + 1, end);
  if (!local || !domain) return null;
  if (!bracketed && !/^\[|^[^.]+(\.[^.]+)+$/.test(domain)) return null;
  if (!bracketed && /\.\d+$/.test(domain)) return null;
  const closed = bracketed && text[end] === ">";
  return {
    address: `${local}@${domain}`,
    start: bracketed ? start - 1 : start,
    end: closed ? end + 1 : end,
    bracketed,
  };
}

/** The address of a DSN recipient field or a log's `to=` (RFC 3464 §2.1.2): its type, brackets and source route removed. */
export function fieldAddress(value: string): string | null {
  let text = value.replace(/^\s*[A-Za-z][A-Za-z0-9-]{0,20}\s*;\s*/, "").trim();
  const route = /^<?@[^:\s]{1,1000}:/.exec(text);
  if (route) text = text.slice(route[0].length);
  const bracket = /<([^<>]{1,320})>/.exec(text);
  if (bracket?.[1]?.includes("@")) return cleanAddress(bracket[1]);
  const found = findAddresses(text)[0];
  if (found && found.start < 40) return cleanAddress(found.address);
  return null;
}

function cleanAddress(text: string): string | null {
  const address = text.trim().replace(/^(smtp|mailto):/i, "");
  return /^[^\s@][^\n]{0,190}@[^\s@]+$/.test(address) ? address : null;
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

export function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Addresses of the mail system itself, which a notification names without meaning a recipient. */
export function isSystemAddress(address: string): boolean {
  return /^(mailer-daemon|postmaster|post_master|abuse|no-?reply|do-?not-?reply|root|support|help(desk)?|mdaemon|double-bounce)@/i.test(
    address,
  );
}
