/** What the trail of a message tells beside its way: clocks that disagree, slow and unencrypted hand-overs. */

import { isPublicAddress } from "../domain/address.ts";
import type { Finding } from "../domain/finding.ts";
import type { Hop } from "./report.ts";

/** Clocks that are further apart than this are told, in seconds. */
const SKEW = 60;
const SLOW = 5 * 60;

export function trailFindings(trail: readonly Hop[]): Finding[] {
  return [...skew(trail), ...slow(trail), ...unencrypted(trail)];
}

/** The hop that took longest; null where no time is known or none took a second. */
export function slowestHop(trail: readonly Hop[]): Hop | null {
  const timed = trail.filter(({ delaySeconds }) => (delaySeconds ?? 0) > 0);
  return timed.toSorted((one, other) => (other.delaySeconds ?? 0) - (one.delaySeconds ?? 0))[0] ?? null;
}

function skew(trail: readonly Hop[]): Finding[] {
  const backwards = trail.find(({ delaySeconds }) => delaySeconds !== null && delaySeconds < -SKEW);
  if (!backwards) return [];
  return [
    {
      id: "trail.clock-skew",
      severity: "advice",
      evidence: `${nameOf(backwards)} notes a time ${Math.abs(backwards.delaySeconds ?? 0)} seconds before the server that handed it over`,
      reference: "RFC 5321 §4.4",
      why: "The clocks of these servers disagree, so the delays between them cannot be believed.",
      fix: null,
    },
  ];
}

function slow(trail: readonly Hop[]): Finding[] {
  const slowest = slowestHop(trail);
  const seconds = slowest?.delaySeconds ?? 0;
  if (!slowest || seconds < SLOW) return [];
  return [
    {
      id: "trail.slow-hop",
      severity: "advice",
      evidence: `${inWords(seconds)} from ${slowest.from ?? "the server before"} to ${nameOf(slowest)}`,
      reference: "RFC 5321 §4.5.4",
      why: "The message waited here: in a queue, for greylisting, or in a filter.",
      fix: null,
    },
  ];
}

function unencrypted(trail: readonly Hop[]): Finding[] {
  const open = trail.find(
    ({ tls, address }) => tls === false && address !== null && isPublicAddress(address),
  );
  if (!open) return [];
  return [
    {
      id: "trail.unencrypted",
      severity: "advice",
      evidence: `${open.from ?? open.address} to ${nameOf(open)} with ${open.protocol}`,
      reference: "RFC 3207, RFC 3848",
      why: "By its Received line this hand-over was not encrypted. Some servers leave that out of the line.",
      fix: null,
    },
  ];
}

/** `40 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
  return `${Math.floor(hours / 24)} d${hours % 24 === 0 ? "" : ` ${hours % 24} h`}`;
}

function nameOf({ by }: Hop): string {
  return by ?? "a server without a name";
}
