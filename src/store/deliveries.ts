import { number, type Queries, type Row, text, textOrNull } from "./database.ts";
import { platformOf } from "./installations.ts";
import type { Instances } from "./instances.ts";
import type { Sealing } from "./sealing.ts";
import type { Owner } from "./settings.ts";

/**
 * What a platform delivers is worked on once, by one instance: repeats are told apart, and what an instance leaves undone when it
 * dies is taken over by another. A delivery is `taken`, then `answering` from just before its answer is posted, then `done`.
 *
 * When the database goes away in the middle of a step, nobody knows whether the step was done. Each may be tried again; what the
 * database says that this instance has, but this instance knows nothing of, is found by {@link Deliveries.takeOver}.
 */
export interface Deliveries {
  /**
   * Takes a delivery on, before it is acknowledged.
   * @param name by which repeats are known, such as an event id
   * @param note what another instance needs to go on, or to tell that it failed, if this one dies: JSON data without mail text
   * @returns null for a repeat
   * @throws {StoreUnavailable} then it may be taken all the same, see {@link AbandonedDelivery.refused}
   */
  take(owner: Owner, name: string, note: unknown): Promise<Delivery | null>;
  /**
   * Takes over what dead instances left undone on this platform, and what this one did not know that it had, a few at a time; to
   * be called after each sign of life.
   */
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
  /**
   * {@link Deliveries.take} threw when it came here, and yet it was taken: the platform got no acknowledgement, or the asker was
   * told at once that nothing was done. In that case there is nothing more to say.
   */
  readonly refused: boolean;
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
  // What this instance works on, and what it is about to.
  const held = new Set<string>();
  const taking = new Map<string, Promise<Delivery | null>>();
  const isKnown = (key: string) => held.has(key) || taking.has(key);

  function delivery(owner: Owner, name: string, attempt: number): Delivery {
    const values = [owner.platform, owner.tenant, name, instances.id, attempt] as const;
    const key = keyOf(owner, name);
    return {
      owner,
      name,
      async answering() {
        const rows = await database.query(
          `UPDATE delivery SET state = 'answering' WHERE ${MINE} RETURNING name`,
          values,
        );
        if (rows.length === 0) held.delete(key);
        return rows.length === 1;
      },
      async done() {
        await database.query(`UPDATE delivery SET state = 'done', note_sealed = NULL WHERE ${MINE}`, values);
        held.delete(key);
      },
      async giveBack() {
        await database.query(`DELETE FROM delivery WHERE ${MINE}`, values);
        held.delete(key);
      },
      async show(id) {
        await database.query(`UPDATE delivery SET shown = $6 WHERE ${MINE}`, [...values, id]);
      },
    };
  }

  async function take(owner: Owner, name: string, note: unknown): Promise<Delivery | null> {
    const at = now();
    const key = keyOf(owner, name);
    // One that is this instance's own without being worked on is taken again.
    const unknownOf = held.has(key) ? "" : instances.id;
    const taken = await database.query(
      `INSERT INTO delivery (platform, tenant, name, instance, state, attempt, note_sealed, taken_at, until)
       VALUES ($1, $2, $3, $4, 'taken', 1, $5, $6, $7)
       ON CONFLICT (platform, tenant, name) DO UPDATE SET instance = excluded.instance, state = 'taken', attempt = 1,
         note_sealed = excluded.note_sealed, shown = NULL, taken_at = excluded.taken_at, until = excluded.until
         WHERE delivery.until <= $6 OR (delivery.instance = $8 AND delivery.state = 'taken')
       RETURNING name`,
      [
        owner.platform,
        owner.tenant,
        name,
        instances.id,
        sealing.seal(JSON.stringify(note), context(owner, name)),
        at,
        at + KEPT_MS,
        unknownOf,
      ],
    );
    if (taken.length === 0) return null;
    held.add(key);
    return delivery(owner, name, 1);
  }

  /** Who comes second finds another instance in the row, and gets nothing. */
  async function leftByTheDead(platform: Owner["platform"]): Promise<AbandonedDelivery[]> {
    const dead = instances.dead();
    const isDead = dead.map((_, index) => `$${index + 4}`).join(", ");
    const left = `state <> 'done' AND (instance NOT IN (SELECT id FROM instance)${dead.length > 0 ? ` OR instance IN (${isDead})` : ""})`;
    const rows = await database.query(
      `UPDATE delivery SET instance = $1, attempt = attempt + 1
       WHERE ${left} AND (platform, tenant, name) IN
         (SELECT platform, tenant, name FROM delivery WHERE platform = $2 AND ${left} ORDER BY taken_at LIMIT $3)
       RETURNING ${ABANDONED}`,
      [instances.id, platform, BATCH, ...dead],
    );
    // What comes in again at this very moment is left to that.
    return rows.filter((row) => !isKnown(keyOf(ownerOf(row), text(row, "name")))).map((row) => adopt(row));
  }

  /** What this instance took without being told so. */
  async function unknownOwn(platform: Owner["platform"]): Promise<AbandonedDelivery[]> {
    const rows = await database.query(
      `SELECT ${ABANDONED} FROM delivery WHERE instance = $1 AND platform = $2 AND state <> 'done'`,
      [instances.id, platform],
    );
    const unknown = rows.filter((row) => !isKnown(keyOf(ownerOf(row), text(row, "name")))).slice(0, BATCH);
    const adopted: AbandonedDelivery[] = [];
    for (const row of unknown) {
      const [owner, attempt] = [ownerOf(row), number(row, "attempt")];
      // Counted, so that one that never succeeds comes to an end.
      const counted = await database
        .query(`UPDATE delivery SET attempt = attempt + 1 WHERE ${MINE} RETURNING ${ABANDONED}`, [
          owner.platform,
          owner.tenant,
          text(row, "name"),
          instances.id,
          attempt,
        ])
        .catch((error: unknown) => {
          if (adopted.length === 0) throw error;
          return []; // the next time
        });
      adopted.push(...counted.map((each) => adopt(each, { refused: attempt === 1 })));
    }
    return adopted;
  }

  function adopt(row: Row, { refused = false } = {}): AbandonedDelivery {
    const owner = ownerOf(row);
    const name = text(row, "name");
    const sealed = textOrNull(row, "note_sealed");
    held.add(keyOf(owner, name));
    return {
      ...delivery(owner, name, number(row, "attempt")),
      note: sealed === null ? null : openNote(sealed, context(owner, name)),
      shown: textOrNull(row, "shown"),
      maybeAnswered: text(row, "state") === "answering",
      attempt: number(row, "attempt"),
      refused,
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
      const key = keyOf(owner, name);
      const other = taking.get(key);
      if (other) {
        // A repeat of one that turns out not to be taken is not taken either, so that it comes again.
        await other;
        return null;
      }
      const mine = take(owner, name, note).finally(() => taking.delete(key));
      taking.set(key, mine);
      return mine;
    },
    async takeOver(platform) {
      const left = await leftByTheDead(platform);
      const unknown = await unknownOwn(platform).catch((error: unknown) => {
        if (left.length === 0) throw error;
        return []; // the next time
      });
      return [...left, ...unknown];
    },
  };
}

/** Of this instance, and not taken over since: not even by another that died and left it to this one again. */
const MINE = "platform = $1 AND tenant = $2 AND name = $3 AND instance = $4 AND attempt = $5";
const ABANDONED = "platform, tenant, name, state, attempt, note_sealed, shown";

/** What a note's ciphertext is bound to. */
const context = ({ platform, tenant }: Owner, name: string) => ["delivery", platform, tenant, name];
const keyOf = (owner: Owner, name: string) => JSON.stringify(context(owner, name));
const ownerOf = (row: Row): Owner => ({
  platform: platformOf(text(row, "platform")),
  tenant: text(row, "tenant"),
});
