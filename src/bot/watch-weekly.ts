import { createHash } from "node:crypto";
import type { Watches, WatchPlace } from "../store/index.ts";
import { weeklyLine } from "./commands/watch-weekly-line.ts";

const DAY = 24 * 60 * 60_000;
const WEEK = 7 * DAY;
/** Monday, six o'clock (UTC), counted from the first of January 1970, which was a Thursday. */
const MONDAY_MORNING = 4 * DAY + 6 * 60 * 60_000;
/** Over so long the lines of all conversations are spread. */
const SPREAD = 2 * 60 * 60_000;
const BATCH = 100;

/** The time of a conversation's next weekly line: Monday morning (UTC), a little later for some than for others. */
export function nextWeeklyLine({ platform, tenant, conversation }: WatchPlace, now: number): number {
  const digest = createHash("sha256")
    .update(JSON.stringify([platform, tenant, conversation]))
    .digest();
  const own = MONDAY_MORNING + Math.floor((digest.readUInt32BE(0) / 2 ** 32) * SPREAD);
  return own + Math.ceil((now + 1 - own) / WEEK) * WEEK;
}

/**
 * Puts the weekly lines that are due among what is to be posted: each once, whichever instances do this at the same time. What was
 * due while Postie did not run is told late, and only once.
 */
export async function addWeeklyLines(
  watches: Pick<Watches, "dueWeekly" | "keepWeekly" | "list">,
  now: number,
): Promise<number> {
  let added = 0;
  for (const line of await watches.dueWeekly(BATCH)) {
    const watched = await watches.list(line.place);
    const answer = watched.length === 0 ? null : JSON.stringify(weeklyLine(watched, now));
    if (await watches.keepWeekly(line, nextWeeklyLine(line.place, now), answer)) added += 1;
  }
  return added;
}
