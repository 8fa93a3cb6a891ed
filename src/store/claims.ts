import type { Queries } from "./database.ts";

/** Claims on what only one may do, whatever instance it is in: set if nobody holds it, with an end of their own. */
export interface Claims {
  /**
   * @param ttlMs how long it holds, in milliseconds
   * @returns false when somebody holds it
   */
  claim(name: string, ttlMs: number): Promise<boolean>;
  /** Ends a claim before its time. False when nobody held it any more: of several who release one, one is told true. */
  release(name: string): Promise<boolean>;
}

export function createClaims(database: Queries, now: () => number): Claims {
  return {
    async claim(name, ttlMs) {
      const at = now();
      const taken = await database.query(
        "INSERT INTO claim VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE claim.until <= $3 RETURNING name",
        [name, at + ttlMs, at],
      );
      return taken.length === 1;
    },
    async release(name) {
      const released = await database.query(
        "DELETE FROM claim WHERE name = $1 AND until > $2 RETURNING name",
        [name, now()],
      );
      return released.length === 1;
    },
  };
}
