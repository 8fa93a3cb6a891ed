import { randomUUID } from "node:crypto";
import { number, type Queries, text } from "./database.ts";

/**
 * The instances that share the store. Each gives a sign of life; one whose sign has not changed for a while, as another saw that
 * itself reached the store all the time, is dead. No clocks are compared, and a store that was away kills nobody.
 */
export interface Instances {
  /** This instance's own name, new with every start. */
  readonly id: string;
  /** Gives a sign of life and looks at those of the others; to be called every {@link BEAT_MS}, and once before any work. */
  beat(): Promise<void>;
  /** Instances that ended without leaving, as far as this one has seen. */
  dead(): string[];
  /** Ends this instance's life in good order: what it has not done is taken over at once. */
  leave(): Promise<void>;
}

export const BEAT_MS = 1_000;
/** Four signs of life that did not come. */
const DEAD_AFTER_MS = 4_500;
/** An observer that itself saw nothing for longer than that has not seen enough. */
const GAP_MS = 3_500;
/** When the row of a dead instance goes. */
const FORGOTTEN_MS = 60_000;

/** @param elapsed milliseconds of a clock that only goes forward */
export function createInstances(
  database: Queries,
  elapsed: () => number = () => performance.now(),
): Instances {
  const id = randomUUID();
  let beats = 0;
  let lastLook = Number.NEGATIVE_INFINITY;
  // What was seen of each instance, and since when it has not changed.
  let seen = new Map<string, { beat: number; since: number }>();
  const staleFor = (ms: number) =>
    [...seen].filter(([name, { since }]) => name !== id && lastLook - since >= ms).map(([name]) => name);

  return {
    id,
    async beat() {
      beats += 1;
      const [rows] = await Promise.all([
        database.query("SELECT id, beat FROM instance"),
        database.query(
          "INSERT INTO instance VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET beat = excluded.beat",
          [id, beats],
        ),
      ]);
      const at = elapsed();
      const before = at - lastLook <= GAP_MS ? seen : new Map<string, { beat: number; since: number }>();
      lastLook = at;
      seen = new Map();
      for (const row of rows) {
        const [name, beat] = [text(row, "id"), number(row, "beat")];
        const known = before.get(name);
        seen.set(name, known?.beat === beat ? known : { beat, since: at });
      }
      for (const name of staleFor(FORGOTTEN_MS)) {
        await database.query("DELETE FROM instance WHERE id = $1", [name]);
      }
    },
    dead: () => (elapsed() - lastLook <= GAP_MS ? staleFor(DEAD_AFTER_MS) : []),
    async leave() {
      await database.query("DELETE FROM instance WHERE id = $1", [id]);
    },
  };
}
