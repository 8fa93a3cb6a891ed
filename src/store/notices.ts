/** What watches have to say, kept until it is posted. */
import { randomUUID } from "node:crypto";
import { type Database, number, type Queries, type Row, text } from "./database.ts";
import { SealError, type Sealing } from "./sealing.ts";
import type { Owner } from "./settings.ts";
import { ofPlace, placeOf, type WatchPlace, WHERE_PLACE, wayBackContext } from "./watch-rows.ts";

/** Something that a watch has to say, until it is posted. */
export interface Notice extends WatchPlace {
  readonly id: string;
  /** How the adapter posts there: its own JSON data; null when it cannot be opened any more. */
  readonly wayBack: unknown;
  /** An answer as JSON. */
  readonly answer: string;
  /** The one before died while it posted: nobody knows whether it is there. */
  readonly maybePosted: boolean;
  /** How often it was taken on before. */
  readonly attempts: number;
  readonly createdAt: number;
}

export interface Notices {
  /**
   * Takes on notices whose time has come, so that nobody else posts them for `leaseMs`.
   * @param platforms those that this instance can post to; all where it is left out
   */
  takeNotices(leaseMs: number, limit: number, platforms?: readonly Owner["platform"][]): Promise<Notice[]>;
  /** It is posted, or will never be. */
  endNotice(id: string): Promise<void>;
  /**
   * Once more at that time, unless somebody else has taken it on meanwhile.
   * @param maybePosted whether it may have been posted after all
   */
  retryNotice(notice: Pick<Notice, "id" | "attempts">, at: number, maybePosted: boolean): Promise<void>;
  /** Puts something to say in a place that has watches. */
  addNotice(place: WatchPlace, answer: string): Promise<boolean>;
}

export function createNotices(database: Database, sealing: Sealing, now: () => number): Notices {
  function noticeOf(row: Row): Notice {
    const place = placeOf(row);
    return {
      ...place,
      id: text(row, "id"),
      wayBack: open(text(row, "way_back_sealed"), wayBackContext(place)),
      answer: text(row, "answer"),
      maybePosted: text(row, "state") === "posting",
      attempts: number(row, "attempts"),
      createdAt: number(row, "created_at"),
    };
  }

  function open(sealed: string, bound: readonly string[]): unknown {
    try {
      return JSON.parse(sealing.open(sealed, bound).text);
    } catch (error) {
      if (error instanceof SealError) return null;
      throw error;
    }
  }

  return {
    async takeNotices(leaseMs, limit, platforms = ["slack", "teams"]) {
      const at = now();
      const of = platforms.map((_, index) => `$${index + 3}`).join(", ");
      if (platforms.length === 0) return [];
      const lock = database.kind === "postgres" ? " FOR UPDATE SKIP LOCKED" : "";
      return database.transaction(async (tx) => {
        const rows = await tx.query(
          `SELECT * FROM notice WHERE next_at <= $1 AND platform IN (${of}) ORDER BY next_at LIMIT $2${lock}`,
          [at, limit, ...platforms],
        );
        for (const row of rows) {
          await tx.query(
            "UPDATE notice SET state = 'posting', attempts = attempts + 1, next_at = $2 WHERE id = $1",
            [text(row, "id"), at + leaseMs],
          );
        }
        return rows.map(noticeOf);
      });
    },
    async endNotice(id) {
      await database.query("DELETE FROM notice WHERE id = $1", [id]);
    },
    async retryNotice({ id, attempts }, at, maybePosted) {
      const state = maybePosted ? "posting" : "waiting";
      // Each who takes it on counts one more.
      await database.query("UPDATE notice SET state = $3, next_at = $2 WHERE id = $1 AND attempts = $4", [
        id,
        at,
        state,
        attempts + 1,
      ]);
    },
    addNotice: (place, answer) => addNotice(database, place, { answer, now: now() }),
  };
}

/** Puts something to say in a place that has watches, by the way back of the latest of them. */
export async function addNotice(
  queries: Queries,
  place: WatchPlace,
  { answer, now }: { answer: string; now: number },
): Promise<boolean> {
  const added = await queries.query(
    `INSERT INTO notice SELECT $4, platform, tenant, conversation, way_back_sealed, $5, 'waiting', 0, CAST($6 AS BIGINT), CAST($6 AS BIGINT)
       FROM watch WHERE ${WHERE_PLACE} ORDER BY created_at DESC LIMIT 1 RETURNING id`,
    [...ofPlace(place), randomUUID(), answer, now],
  );
  return added.length === 1;
}
