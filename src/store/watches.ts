import { randomUUID } from "node:crypto";
import {
  type Database,
  number,
  numberOrNull,
  type Queries,
  type Row,
  text,
  textOrNull,
  type Value,
} from "./database.ts";
import { createNotices, type Notices } from "./notices.ts";
import type { Sealing } from "./sealing.ts";
import type { Owner } from "./settings.ts";
import {
  ofPlace,
  placeOf,
  type WatchPlace,
  type WatchTarget,
  WHERE_PLACE,
  wayBackContext,
} from "./watch-rows.ts";
import { createWeeklyLines, endWeeklyLine, endWeeklyLines, type WeeklyLines } from "./weekly-lines.ts";

export type Every = "daily" | "hourly";

/** One conversation's wish to be told when a target changes. */
export interface Watch extends WatchPlace {
  readonly id: string;
  readonly target: WatchTarget;
  readonly every: Every;
  /** Who asked for it: the platform's id of a person. */
  readonly createdBy: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** What is known of a target, as `src/watch` writes it. */
export interface TargetState {
  readonly target: WatchTarget;
  /** The state that the next check is compared with: text of whoever compares; null before the first check. */
  readonly known: string | null;
  /** A change that waits for its confirmation; null when there is none. */
  readonly suspected: string | null;
  readonly checkedAt: number | null;
  /** Since when it could not be checked at all; null when the last check succeeded. */
  readonly unknownSince: number | null;
  readonly nextCheckAt: number;
}

/** `same`: it is watched already, and as often. */
export type Added =
  | { readonly kind: "added" | "changed" | "same"; readonly every: Every }
  | { readonly kind: "conversation-full" }
  | { readonly kind: "tenant-full" };

export interface Watches extends Notices, WeeklyLines {
  /**
   * Adds a watch, or changes how often; the target is created when nobody watched it before, to be checked at once.
   * @param watch.every null leaves it as it is, daily at first
   * @param limits the most watches of one conversation and of one workspace
   */
  add(
    watch: Omit<Watch, "id" | "createdAt" | "every"> & { every: Every | null; wayBack: unknown },
    limits: { conversation: number; tenant: number },
  ): Promise<Added>;
  /** Ends one watch; the target goes with its last watch. False when there was none. */
  stop(place: WatchPlace, target: WatchTarget): Promise<boolean>;
  /** Ends all watches of a conversation with what they still had to say, and its weekly line; tells how many watches. */
  stopAll(place: WatchPlace): Promise<number>;
  /** The same for a whole workspace. */
  stopTenant(owner: Owner): Promise<number>;
  /** A conversation's watches with what is known of their targets. */
  list(place: WatchPlace): Promise<{ watch: Watch; state: TargetState }[]>;
  /** Targets whose time has come, the longest overdue first. */
  due(limit: number): Promise<WatchTarget[]>;
  state(target: WatchTarget): Promise<{ state: TargetState; every: Every } | null>;
  /**
   * Keeps what a check found, with what all who watch the target are to be told, in one step. Nothing is kept when another
   * check was kept meanwhile or nobody watches it any more.
   * @param checked the time of the check before, as {@link state} gave it
   * @param answer what to tell, as JSON; null for nothing
   * @returns how many notices there are to post; null when nothing was kept
   */
  keep(state: TargetState, checked: number | null, answer: string | null): Promise<number | null>;
  /** All conversations that watch something, in parts: those after `after`. */
  places(platform: Owner["platform"], after: WatchPlace | null, limit: number): Promise<WatchPlace[]>;
  /** Puts back targets that are missing though they are watched, to be checked at once; tells how many. */
  mend(): Promise<number>;
  count(): Promise<{ watches: number; targets: number; notices: number; overdueMs: number }>;
}

export function createWatches(database: Database, sealing: Sealing, now: () => number): Watches {
  const stopWhere = (tx: Queries, where: string, values: readonly Value[]) =>
    endWatches(tx, database.kind, where, values);

  /** The watches of a workspace are counted before one is added, which SQLite does one by one anyway. */
  async function oneAtATime(tx: Queries, { platform, tenant }: Owner): Promise<void> {
    if (database.kind !== "postgres") return;
    const name = `watches of ${platform} ${tenant}`;
    await tx.query("SELECT 1 AS one FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS locked", [
      name,
    ]);
  }

  return {
    ...createNotices(database, sealing, now),
    ...createWeeklyLines(database, now),
    add: ({ target, every, wayBack, createdBy, ...place }, limits) =>
      database.transaction(async (tx) => {
        // Locks the target against its deletion by the end of its last watch.
        const keepTarget = () =>
          tx.query(
            "INSERT INTO watch_target (kind, name, next_check_at) VALUES ($1, $2, $3) ON CONFLICT (kind, name) DO UPDATE SET next_check_at = watch_target.next_check_at",
            [target.kind, target.name, now()],
          );
        await oneAtATime(tx, place);
        const sealed = sealing.seal(JSON.stringify(wayBack), wayBackContext(place));
        const ofTarget = [...ofPlace(place), target.kind, target.name] as const;
        const [there] = await tx.query(
          `SELECT every FROM watch WHERE ${WHERE_PLACE} AND kind = $4 AND name = $5`,
          ofTarget,
        );
        const before = there ? everyOf(there) : null;
        const wanted = every ?? before ?? "daily";
        if (before === null) {
          const [counts] = await tx.query(
            "SELECT COUNT(*) AS tenant, SUM(CASE WHEN conversation = $3 THEN 1 ELSE 0 END) AS conversation FROM watch WHERE platform = $1 AND tenant = $2",
            ofPlace(place),
          );
          if (counts && number(counts, "tenant") >= limits.tenant) return { kind: "tenant-full" };
          if (counts && (numberOrNull(counts, "conversation") ?? 0) >= limits.conversation)
            return { kind: "conversation-full" };
        }
        await keepTarget();
        await tx.query(
          `INSERT INTO watch (platform, tenant, conversation, kind, name, every, way_back_sealed, id, created_by, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (platform, tenant, conversation, kind, name) DO UPDATE SET every = excluded.every, way_back_sealed = excluded.way_back_sealed`,
          [...ofTarget, wanted, sealed, randomUUID(), createdBy, now()],
        );
        if (wanted === "hourly") await bringForward(tx, target, now() + HOUR_MS);
        const kind = before === null ? "added" : before === wanted ? "same" : "changed";
        return { kind, every: wanted };
      }),
    stop: (place, target) =>
      database.transaction(async (tx) => {
        const stopped = await stopWhere(tx, `${WHERE_PLACE} AND kind = $4 AND name = $5`, [
          ...ofPlace(place),
          target.kind,
          target.name,
        ]);
        return stopped > 0;
      }),
    stopAll: (place) =>
      database.transaction(async (tx) => {
        const stopped = await stopWhere(tx, WHERE_PLACE, ofPlace(place));
        await tx.query(`DELETE FROM notice WHERE ${WHERE_PLACE}`, ofPlace(place));
        await endWeeklyLine(tx, place);
        return stopped;
      }),
    stopTenant: ({ platform, tenant }) =>
      database.transaction(async (tx) => {
        const owner = [platform, tenant] as const;
        const stopped = await stopWhere(tx, "platform = $1 AND tenant = $2", owner);
        await tx.query("DELETE FROM notice WHERE platform = $1 AND tenant = $2", owner);
        await endWeeklyLines(tx, { platform, tenant });
        return stopped;
      }),
    async list(place) {
      const rows = await database.query(
        `SELECT watch.*, known, suspected, checked_at, unknown_since, next_check_at
         FROM watch JOIN watch_target ON watch_target.kind = watch.kind AND watch_target.name = watch.name
         WHERE ${WHERE_PLACE} ORDER BY watch.kind, watch.name`,
        ofPlace(place),
      );
      return rows.map((row) => ({ watch: watchOf(row), state: stateOf(row) }));
    },
    async due(limit) {
      const rows = await database.query(
        "SELECT kind, name FROM watch_target WHERE next_check_at <= $1 ORDER BY next_check_at LIMIT $2",
        [now(), limit],
      );
      return rows.map(targetOf);
    },
    async state({ kind, name }) {
      const [row] = await database.query(
        `SELECT watch_target.*, (SELECT COUNT(*) FROM watch WHERE kind = $1 AND name = $2 AND every = 'hourly') AS hourly
         FROM watch_target WHERE kind = $1 AND name = $2`,
        [kind, name],
      );
      return row ? { state: stateOf(row), every: number(row, "hourly") > 0 ? "hourly" : "daily" } : null;
    },
    keep: ({ target, known, suspected, checkedAt, unknownSince, nextCheckAt }, checked, answer) =>
      database.transaction(async (tx) => {
        const kept = await tx.query(
          `UPDATE watch_target SET known = $3, suspected = $4, checked_at = $5, unknown_since = $6, next_check_at = $7
           WHERE kind = $1 AND name = $2 AND COALESCE(checked_at, -1) = $8 RETURNING kind`,
          [target.kind, target.name, known, suspected, checkedAt, unknownSince, nextCheckAt, checked ?? -1],
        );
        if (kept.length === 0) return null;
        // Somebody may have begun to watch it more often since the check began.
        if (await isHourly(tx, target)) await bringForward(tx, target, now() + HOUR_MS);
        if (answer === null) return 0;
        const watchers = await tx.query("SELECT * FROM watch WHERE kind = $1 AND name = $2", [
          target.kind,
          target.name,
        ]);
        for (const row of watchers) {
          await tx.query("INSERT INTO notice VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $7)", [
            randomUUID(),
            ...ofPlace(placeOf(row)),
            text(row, "way_back_sealed"),
            answer,
            now(),
          ]);
        }
        return watchers.length;
      }),
    async mend() {
      const rows = await database.query(
        `INSERT INTO watch_target (kind, name, next_check_at)
         SELECT DISTINCT kind, name, CAST($1 AS BIGINT) FROM watch
         WHERE NOT EXISTS (SELECT 1 FROM watch_target WHERE watch_target.kind = watch.kind AND watch_target.name = watch.name)
         ON CONFLICT (kind, name) DO NOTHING RETURNING name`,
        [now()],
      );
      return rows.length;
    },
    async places(platform, after, limit) {
      const rows = await database.query(
        `SELECT DISTINCT platform, tenant, conversation FROM watch
         WHERE platform = $1 AND (tenant > $2 OR (tenant = $2 AND conversation > $3)) ORDER BY tenant, conversation LIMIT $4`,
        [platform, after?.tenant ?? "", after?.conversation ?? "", limit],
      );
      return rows.map(placeOf);
    },
    async count() {
      const [row] = await database.query(
        `SELECT (SELECT COUNT(*) FROM watch) AS watches, (SELECT COUNT(*) FROM watch_target) AS targets,
           (SELECT COUNT(*) FROM notice) AS notices, (SELECT MIN(next_check_at) FROM watch_target) AS next`,
      );
      if (!row) throw new TypeError("a count gave no row");
      const next = numberOrNull(row, "next");
      return {
        watches: number(row, "watches"),
        targets: number(row, "targets"),
        notices: number(row, "notices"),
        overdueMs: next === null ? 0 : Math.max(0, now() - next),
      };
    },
  };
}

const HOUR_MS = 60 * 60_000;

async function isHourly(tx: Queries, { kind, name }: WatchTarget): Promise<boolean> {
  const rows = await tx.query(
    "SELECT id FROM watch WHERE kind = $1 AND name = $2 AND every = 'hourly' LIMIT 1",
    [kind, name],
  );
  return rows.length > 0;
}

/**
 * Ends the watches that a condition names, and the targets that nobody watches then; tells how many watches. The targets are locked
 * first, as they are by whoever adds a watch: so that one that is watched again meanwhile is not deleted. In one order, so that two
 * who do this do not wait for each other.
 */
export async function endWatches(
  tx: Queries,
  kind: Database["kind"],
  where: string,
  values: readonly Value[],
): Promise<number> {
  const lock = kind === "postgres" ? " FOR UPDATE" : "";
  const targets = await tx.query(
    `SELECT kind, name FROM watch_target WHERE (kind, name) IN (SELECT kind, name FROM watch WHERE ${where}) ORDER BY kind, name${lock}`,
    values,
  );
  const ended = await tx.query(`DELETE FROM watch WHERE ${where} RETURNING id`, values);
  for (const row of targets) {
    await tx.query(
      "DELETE FROM watch_target WHERE kind = $1 AND name = $2 AND NOT EXISTS (SELECT 1 FROM watch WHERE kind = $1 AND name = $2)",
      [text(row, "kind"), text(row, "name")],
    );
  }
  return ended.length;
}

/** Who joins with a shorter interval does not wait for the end of the longer one. */
async function bringForward(tx: Queries, { kind, name }: WatchTarget, at: number): Promise<void> {
  await tx.query(
    "UPDATE watch_target SET next_check_at = $3 WHERE kind = $1 AND name = $2 AND next_check_at > $3",
    [kind, name, at],
  );
}

function targetOf(row: Row): WatchTarget {
  const kind = text(row, "kind");
  if (kind !== "domain" && kind !== "address") throw new TypeError("a watched target is of no known kind");
  return { kind, name: text(row, "name") };
}

function everyOf(row: Row): Every {
  return text(row, "every") === "hourly" ? "hourly" : "daily";
}

function watchOf(row: Row): Watch {
  return {
    ...placeOf(row),
    id: text(row, "id"),
    target: targetOf(row),
    every: everyOf(row),
    createdBy: text(row, "created_by"),
    createdAt: number(row, "created_at"),
  };
}

function stateOf(row: Row): TargetState {
  return {
    target: targetOf(row),
    known: textOrNull(row, "known"),
    suspected: textOrNull(row, "suspected"),
    checkedAt: numberOrNull(row, "checked_at"),
    unknownSince: numberOrNull(row, "unknown_since"),
    nextCheckAt: number(row, "next_check_at"),
  };
}
