import { number, type Queries, type Row, text, textOrNull } from "./database.ts";
import { platformOf } from "./installations.ts";
import type { Instances } from "./instances.ts";
import type { Sealing } from "./sealing.ts";
import type { Owner } from "./settings.ts";

/**
 * What a platform delivers is worked on once, by one instance: repeats are told apart, and what an instance leaves undone when it
 * dies is taken over by another. A delivery is `taken`, then `answering` from just before its answer is posted, then `done`.
 */
export interface Deliveries {
  /**
   * Takes a delivery on, before it is acknowledged.
   * @param name by which repeats are known, such as an event id
   * @param note what another instance needs to go on, or to tell that it failed, if this one dies: JSON data without mail text
   * @returns null for a repeat
   */
  take(owner: Owner, name: string, note: unknown): Promise<Delivery | null>;
  /** Takes over what dead instances left undone on this platform, a few at a time; to be called after each sign of life. */
  takeOver(platform: Owner["platform"]): Promise<AbandonedDelivery[]>;
}

export interface Delivery {
  readonly owner: Owner;
  readonly name: string;
  /**
   * To be called just before the answer is posted.
   * @returns false when another instance has taken over: then nothing may be posted
   */
  answering(): Promise<boolean>;
  /** The answer is posted, or there is none to post. */
  done(): Promise<void>;
  /** Nothing was done: the platform's repeat will be worked on. */
  giveBack(): Promise<void>;
  /** Something is shown while the work goes on, such as a progress message: whoever takes over puts the answer in its place. */
  show(id: string): Promise<void>;
}

export interface AbandonedDelivery extends Delivery {
  /** What {@link Deliveries.take} was given; null when it cannot be opened any more. */
  readonly note: unknown;
  /** What was shown meanwhile. */
  readonly shown: string | null;
  /** The one before died while it posted: nobody knows whether the answer is there. */
  readonly maybeAnswered: boolean;
  /** How often it was taken on, this time included. */
  readonly attempt: number;
}

/** Longer than Slack's last repeat, and than the ten minutes that Slack advises. */
const KEPT_MS = 15 * 60_000;
/** What is taken over at a time. */
const BATCH = 20;

export function createDeliveries(
  database: Queries,
  instances: Instances,
  sealing: Sealing,
  now: () => number,
): Deliveries {
  const context = ({ platform, tenant }: Owner, name: string) => ["delivery", platform, tenant, name];

  function delivery(owner: Owner, name: string): Delivery {
    const key = [owner.platform, owner.tenant, name, instances.id] as const;
    const mine = "platform = $1 AND tenant = $2 AND name = $3 AND instance = $4";
    return {
      owner,
      name,
      async answering() {
        const held = await database.query(
          `UPDATE delivery SET state = 'answering' WHERE ${mine} RETURNING name`,
          key,
        );
        return held.length === 1;
      },
      async done() {
        await database.query(`UPDATE delivery SET state = 'done', note_sealed = NULL WHERE ${mine}`, key);
      },
      async giveBack() {
        await database.query(`DELETE FROM delivery WHERE ${mine}`, key);
      },
      async show(id) {
        await database.query(`UPDATE delivery SET shown = $5 WHERE ${mine}`, [...key, id]);
      },
    };
  }

  function abandoned(row: Row): AbandonedDelivery {
    const owner = { platform: platformOf(text(row, "platform")), tenant: text(row, "tenant") };
    const name = text(row, "name");
    const sealed = textOrNull(row, "note_sealed");
    return {
      ...delivery(owner, name),
      note: sealed === null ? null : openNote(sealed, context(owner, name)),
      shown: textOrNull(row, "shown"),
      maybeAnswered: text(row, "state") === "answering",
      attempt: number(row, "attempt"),
    };
  }

  function openNote(sealed: string, bound: readonly string[]): unknown {
    try {
      return JSON.parse(sealing.open(sealed, bound).text);
    } catch {
      return null;
    }
  }

  return {
    async take(owner, name, note) {
      const at = now();
      const taken = await database.query(
        `INSERT INTO delivery (platform, tenant, name, instance, state, attempt, note_sealed, taken_at, until)
         VALUES ($1, $2, $3, $4, 'taken', 1, $5, $6, $7)
         ON CONFLICT (platform, tenant, name) DO UPDATE SET instance = excluded.instance, state = 'taken', attempt = 1,
           note_sealed = excluded.note_sealed, shown = NULL, taken_at = excluded.taken_at, until = excluded.until
           WHERE delivery.until <= $6
         RETURNING name`,
        [
          owner.platform,
          owner.tenant,
          name,
          instances.id,
          sealing.seal(JSON.stringify(note), context(owner, name)),
          at,
          at + KEPT_MS,
        ],
      );
      return taken.length === 1 ? delivery(owner, name) : null;
    },
    async takeOver(platform) {
      const dead = instances.dead();
      const isDead = dead.map((_, index) => `$${index + 4}`).join(", ");
      const left = `state <> 'done' AND (instance NOT IN (SELECT id FROM instance)${dead.length > 0 ? ` OR instance IN (${isDead})` : ""})`;
      // Who comes second finds another instance in the row, and gets nothing.
      const rows = await database.query(
        `UPDATE delivery SET instance = $1, attempt = attempt + 1
         WHERE ${left} AND (platform, tenant, name) IN
           (SELECT platform, tenant, name FROM delivery WHERE platform = $2 AND ${left} ORDER BY taken_at LIMIT $3)
         RETURNING platform, tenant, name, state, attempt, note_sealed, shown`,
        [instances.id, platform, BATCH, ...dead],
      );
      return rows.map(abandoned);
    },
  };
}
