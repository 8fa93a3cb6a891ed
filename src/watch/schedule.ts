/** When a target is checked: spread evenly over the interval, however many there are and whenever they were added. */
import { createHash } from "node:crypto";
import type { Every, TargetState, WatchTarget } from "../store/index.ts";

const MINUTE = 60_000;
const INTERVAL: Record<Every, number> = { hourly: 60 * MINUTE, daily: 24 * 60 * MINUTE };
/** When a suspected change is looked at again. */
const CONFIRMATION: Record<Every, number> = { hourly: 5 * MINUTE, daily: 10 * MINUTE };

/**
 * The next regular check: at the target's own time of the hour or day, which follows from its name. Not before a quarter of the
 * interval is over, so that after an outage, when what is overdue is checked as it comes, all find back to their own times.
 *
 * @param now milliseconds since 1970
 */
export function nextRegular(target: WatchTarget, every: Every, now: number): number {
  const interval = INTERVAL[every];
  const phase = Math.floor(phaseOf(target) * interval);
  const earliest = now + interval / 4;
  return earliest + modulo(phase - earliest, interval);
}

/** When a suspected change is checked again. @param random from 0 to 1, so that what was found together is not checked together */
export function nextConfirmation(every: Every, now: number, random: number): number {
  return now + Math.round(CONFIRMATION[every] * (0.8 + 0.4 * random));
}

/** A target that could not be checked even once is not left without its first state for a whole day. */
export function nextFirst(every: Every, now: number, random: number): number {
  return now + Math.round(INTERVAL[every === "daily" ? "hourly" : every] * (0.5 + 0.5 * random));
}

/** Whether it could not be checked at all for three days or more, which is told. */
export function isLost({ unknownSince }: Pick<TargetState, "unknownSince">, now: number): boolean {
  return unknownSince !== null && now - unknownSince >= 3 * INTERVAL.daily;
}

/** From 0 to 1, always the same for a target, and even over many. */
function phaseOf({ kind, name }: WatchTarget): number {
  const digest = createHash("sha256").update(`${kind} ${name}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

function modulo(value: number, by: number): number {
  return Math.round(((value % by) + by) % by);
}
