/** How many addresses an SPF policy authorises. */
import ipaddr from "ipaddr.js";
import type { SpfNode, SpfTermNode } from "./spf-walk.ts";

export interface AddressCount {
  /** IPv4 addresses, each counted once. */
  readonly ipv4: number;
  /** IPv6 addresses as a decimal number, since it may be beyond what JSON numbers hold. */
  readonly ipv6: string;
  /** `+all` is reached, so any address passes. */
  readonly any: boolean;
}

/** The ranges that pass, `address/prefix`, and whether everything does. */
export interface Authorised {
  readonly ranges: readonly string[];
  readonly any: boolean;
}

/**
 * What passes by a record: terms with the qualifier `+` before `all`, and through includes with `+`. What `-`, `~` and `?` terms take
 * away again is not subtracted.
 */
export function authorisedBy(node: SpfNode): Authorised {
  const ranges: string[] = [];
  for (const term of node.terms) {
    const { mechanism, qualifier } = term.term;
    if (mechanism === "all") return { ranges, any: qualifier === "+" };
    if (mechanism === null || qualifier !== "+") continue;
    const by = authorisedByTerm(term);
    ranges.push(...by.ranges);
    if (by.any) return { ranges, any: true };
  }
  const redirect = node.terms.find(({ term }) => term.modifier === "redirect");
  const by = redirect?.child ? authorisedBy(redirect.child) : { ranges: [], any: false };
  return { ranges: [...ranges, ...by.ranges], any: by.any };
}

export function authorisedByTerm({ child, ranges }: SpfTermNode): Authorised {
  return child ? authorisedBy(child) : { ranges, any: false };
}

export function countAddresses({ ranges, any }: Authorised): AddressCount {
  const intervals = ranges.flatMap((range) => intervalOf(range) ?? []);
  const sum = (version: 4 | 6) => sizeOf(intervals.filter((interval) => interval.version === version));
  return { ipv4: Number(sum(4)), ipv6: String(sum(6)), any };
}

interface Interval {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

function intervalOf(range: string): Interval | null {
  const [address = "", prefix = ""] = range.split("/");
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return null;
  const parsed = ipaddr.parse(address);
  const octets = parsed.toByteArray();
  const width = octets.length * 8;
  const bits = Number(prefix);
  if (!(bits >= 0 && bits <= width)) return null;
  const value = BigInt(`0x${octets.map((octet) => octet.toString(16).padStart(2, "0")).join("")}`);
  const size = 1n << BigInt(width - bits);
  const first = (value / size) * size;
  return { version: width === 32 ? 4 : 6, first, last: first + size - 1n };
}

/** Overlapping ranges count once. */
function sizeOf(intervals: readonly Interval[]): bigint {
  const sorted = intervals.toSorted((one, other) =>
    one.first < other.first ? -1 : Number(one.first > other.first),
  );
  let total = 0n;
  let end = -1n;
  for (const { first, last } of sorted) {
    if (last <= end) continue;
    total += last - (first > end ? first : end + 1n) + 1n;
    end = last;
  }
  return total;
}
