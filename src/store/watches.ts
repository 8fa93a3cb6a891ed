import { randomUUID } from "node:crypto";
import { type Database, number, numberOrNull, type Queries, type Row, text, textOrNull } from "./database.ts";
import { platformOf } from "./installations.ts";
import { SealError, type Sealing } from "./sealing.ts";
import type { Owner } from "./settings.ts";

/** What is watched: a domain in lower case A-labels, or an IP address in its usual short form. */
export interface WatchTarget {
  readonly kind: "domain" | "address";
  readonly name: string;
}

/** A channel, group or chat. */
export interface WatchPlace extends Owner {
  readonly conversation: string;
}

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

/** Something that a watch has to say, until it is posted. */
export interface Notice extends WatchPlace {
  readonly id: string;
  /** How the adapter posts there: its own JSON data; null when it cannot be opened any more. */
  readonly wayBack: unknown;
  /** An answer as JSON. */
  readonly answer: string;
  /** The one before died while it posted: nobody knows whether it is there. */
  readonly maybePosted: boolean;
  readonly attempts: number;
  readonly createdAt: number;
}

export type Added = "added" | "changed" | "conversation-full" | "tenant-full";

export interface Watches {
  /**
   * Adds a watch, or changes how often; the target is created when nobody watched it before, to be checked at once.
   * @param limits the most watches of one conversation and of one workspace
   */
  add(
    watch: Omit<Watch, "id" | "createdAt"> & { wayBack: unknown },
    limits: { conversation: number; tenant: number },
  ): Promise<Added>;
  /** Ends one watch; the target goes with its last watch. False when there was none. */
  stop(place: WatchPlace, target: WatchTarget): Promise<boolean>;
  /** Ends all watches of a conversation with what they still had to say; tells how many. */
  stopAll(place: WatchPlace): Promise<number>;
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
  /** Takes on a notice whose time has come, so that nobody else posts it for `leaseMs`. */
  takeNotices(leaseMs: number, limit: number): Promise<Notice[]>;
  /** It is posted, or will never be. */
  endNotice(id: string): Promise<void>;
  /** It was surely not posted: once more at that time. */
  retryNotice(id: string, at: number): Promise<void>;
  /** Puts something to say in a place that has watches, such as the weekly line. */
  addNotice(place: WatchPlace, answer: string): Promise<boolean>;
  /** All conversations that watch something, in parts: those after `after`. */
  places(platform: Owner["platform"], after: WatchPlace | null, limit: number): Promise<WatchPlace[]>;
  count(): Promise<{ watches: number; targets: number; notices: number; overdueMs: number }>;
}

export function createWatches(database: Database, sealing: Sealing, now: () => number): Watches {
  const WHERE_PLACE = "platform = $1 AND tenant = $2 AND conversation = $3";
  const ofPlace = ({ platform, tenant, conversation }: WatchPlace) =>
    [platform, tenant, conversation] as const;

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

  async function dropUnwatched(tx: Queries): Promise<void> {
    await tx.query(
      "DELETE FROM watch_target WHERE NOT EXISTS (SELECT 1 FROM watch WHERE watch.kind = watch_target.kind AND watch.name = watch_target.name)",
    );
  }

  return {
    add: ({ target, every, wayBack, createdBy, ...place }, limits) =>
      database.transaction(async (tx) => {
        const sealed = sealing.seal(JSON.stringify(wayBack), wayBackContext(place));
        const changed = await tx.query(
          `UPDATE watch SET every = $4, way_back_sealed = $5 WHERE ${WHERE_PLACE} AND kind = $6 AND name = $7 RETURNING id`,
          [...ofPlace(place), every, sealed, target.kind, target.name],
        );
        if (changed.length > 0) {
          if (every === "hourly") await bringForward(tx, target, now() + HOUR_MS);
          return "changed";
        }
        const [counts] = await tx.query(
          "SELECT COUNT(*) AS tenant, SUM(CASE WHEN conversation = $3 THEN 1 ELSE 0 END) AS conversation FROM watch WHERE platform = $1 AND tenant = $2",
          ofPlace(place),
        );
        if (counts && number(counts, "tenant") >= limits.tenant) return "tenant-full";
        if (counts && (numberOrNull(counts, "conversation") ?? 0) >= limits.conversation)
          return "conversation-full";
        await tx.query(
          "INSERT INTO watch_target (kind, name, next_check_at) VALUES ($1, $2, $3) ON CONFLICT (kind, name) DO NOTHING",
          [target.kind, target.name, now()],
        );
        await tx.query("INSERT INTO watch VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", [
          randomUUID(),
          ...ofPlace(place),
          target.kind,
          target.name,
          every,
          sealed,
          createdBy,
          now(),
        ]);
        if (every === "hourly") await bringForward(tx, target, now() + HOUR_MS);
        return "added";
      }),
    stop: (place, target) =>
      database.transaction(async (tx) => {
        const stopped = await tx.query(
          `DELETE FROM watch WHERE ${WHERE_PLACE} AND kind = $4 AND name = $5 RETURNING id`,
          [...ofPlace(place), target.kind, target.name],
        );
        if (stopped.length > 0) await dropUnwatched(tx);
        return stopped.length > 0;
      }),
    stopAll: (place) =>
      database.transaction(async (tx) => {
        const stopped = await tx.query(`DELETE FROM watch WHERE ${WHERE_PLACE} RETURNING id`, ofPlace(place));
        await tx.query(`DELETE FROM notice WHERE ${WHERE_PLACE}`, ofPlace(place));
        if (stopped.length > 0) await dropUnwatched(tx);
        return stopped.length;
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
    async takeNotices(leaseMs, limit) {
      const at = now();
      const lock = database.kind === "postgres" ? " FOR UPDATE SKIP LOCKED" : "";
      return database.transaction(async (tx) => {
        const rows = await tx.query(
          `SELECT * FROM notice WHERE next_at <= $1 ORDER BY next_at LIMIT $2${lock}`,
          [at, limit],
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
    async retryNotice(id, at) {
      await database.query("UPDATE notice SET state = 'waiting', next_at = $2 WHERE id = $1", [id, at]);
    },
    async addNotice(place, answer) {
      const added = await database.query(
        `INSERT INTO notice SELECT $4, platform, tenant, conversation, way_back_sealed, $5, 'waiting', 0, $6, $6
         FROM watch WHERE ${WHERE_PLACE} ORDER BY created_at DESC LIMIT 1 RETURNING id`,
        [...ofPlace(place), randomUUID(), answer, now()],
      );
      return added.length === 1;
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

/** What the ciphertext of a way back is bound to. */
export function wayBackContext({ platform, tenant, conversation }: WatchPlace): string[] {
  return ["way back", platform, tenant, conversation];
}

const HOUR_MS = 60 * 60_000;

/** Who joins with a shorter interval does not wait for the end of the longer one. */
async function bringForward(tx: Queries, { kind, name }: WatchTarget, at: number): Promise<void> {
  await tx.query(
    "UPDATE watch_target SET next_check_at = $3 WHERE kind = $1 AND name = $2 AND next_check_at > $3",
    [kind, name, at],
  );
}

export function placeOf(row: Row): WatchPlace {
  return {
    platform: platformOf(text(row, "platform")),
    tenant: text(row, "tenant"),
    conversation: text(row, "conversation"),
  };
}

function targetOf(row: Row): WatchTarget {
  const kind = text(row, "kind");
  if (kind !== "domain" && kind !== "address") throw new TypeError("a watched target is of no known kind");
  return { kind, name: text(row, "name") };
}

function watchOf(row: Row): Watch {
  return {
    ...placeOf(row),
    id: text(row, "id"),
    target: targetOf(row),
    every: text(row, "every") === "hourly" ? "hourly" : "daily",
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
