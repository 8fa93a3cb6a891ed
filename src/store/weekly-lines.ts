/** Who gets a weekly line, and when next: a setting of the conversation that goes with its workspace. */
import { type Database, type Queries, text } from "./database.ts";
import { platformOf } from "./installations.ts";
import { addNotice } from "./notices.ts";
import { createSettings, type Owner } from "./settings.ts";
import type { WatchPlace } from "./watch-rows.ts";

/** A conversation that is to get its weekly line. */
export interface WeeklyLine {
  readonly place: WatchPlace;
  /** The time that it is due for, in milliseconds since 1970. */
  readonly dueAt: number;
}

export interface WeeklyLines {
  /** When the conversation gets its next weekly line; null when it wants none. */
  weeklyAt(place: WatchPlace): Promise<number | null>;
  setWeekly(place: WatchPlace, at: number | null): Promise<void>;
  /** Conversations whose weekly line is due, the longest overdue first. */
  dueWeekly(limit: number): Promise<WeeklyLine[]>;
  /**
   * Puts a weekly line among what is to be said, and its next time, in one step; only once for each `dueAt`, whoever tries.
   * @param answer as JSON; null for nothing
   */
  keepWeekly(line: WeeklyLine, nextAt: number, answer: string | null): Promise<boolean>;
}

export function createWeeklyLines(database: Database, now: () => number): WeeklyLines {
  const settings = createSettings(database);

  return {
    async weeklyAt(place) {
      const at = await settings.get(place, settingOf(place));
      return at === null ? null : Number(at);
    },
    async setWeekly(place, at) {
      if (at === null) await settings.delete(place, settingOf(place));
      else await settings.set(place, settingOf(place), timeText(at));
    },
    async dueWeekly(limit) {
      const rows = await database.query(
        `SELECT platform, tenant, name, value FROM setting WHERE name LIKE '${WEEKLY}%' AND value <= $1 ORDER BY value LIMIT $2`,
        [timeText(now()), limit],
      );
      return rows.map((row) => ({
        place: {
          platform: platformOf(text(row, "platform")),
          tenant: text(row, "tenant"),
          conversation: text(row, "name").slice(WEEKLY.length),
        },
        dueAt: Number(text(row, "value")),
      }));
    },
    keepWeekly: ({ place, dueAt }, nextAt, answer) =>
      database.transaction(async (tx) => {
        const mine = await tx.query(
          "UPDATE setting SET value = $5 WHERE platform = $1 AND tenant = $2 AND name = $3 AND value = $4 RETURNING name",
          [place.platform, place.tenant, settingOf(place), timeText(dueAt), timeText(nextAt)],
        );
        if (mine.length === 0) return false;
        return answer !== null && (await addNotice(tx, place, { answer, now: now() }));
      }),
  };
}

export async function endWeeklyLine(queries: Queries, place: WatchPlace): Promise<void> {
  await createSettings(queries).delete(place, settingOf(place));
}

/** Those of a whole workspace. */
export async function endWeeklyLines(queries: Queries, { platform, tenant }: Owner): Promise<void> {
  await queries.query(`DELETE FROM setting WHERE platform = $1 AND tenant = $2 AND name LIKE '${WEEKLY}%'`, [
    platform,
    tenant,
  ]);
}

/** What a conversation's setting is called that holds when its next weekly line is due. */
const WEEKLY = "watch-weekly:";

function settingOf({ conversation }: WatchPlace): string {
  return `${WEEKLY}${conversation}`;
}

/** A time as text that sorts as the number does. */
function timeText(at: number): string {
  return String(at).padStart(15, "0");
}
