import { RateLimiterMemory, RateLimiterPostgres } from "rate-limiter-flexible";
import type { Database, Value } from "./database.ts";

export interface RateLimit {
  /** Sets this limit's keys apart from those of others. */
  readonly name: string;
  readonly points: number;
  /** Seconds after which all points are there again. */
  readonly duration: number;
}

/**
 * A limit that all instances on the store count together. While the store cannot be reached, each counts by itself.
 *
 * The library's SQL for PostgreSQL is of the kind that SQLite takes as well.
 */
export function createRateLimiter(
  database: Database,
  { name, points, duration }: RateLimit,
): RateLimiterPostgres {
  const limit = { keyPrefix: name, points, duration };
  return new RateLimiterPostgres({
    ...limit,
    storeClient: {
      async query({ text, values }: { text: string; values: Value[] }) {
        const rows = await database.query(text, values);
        return { rows, rowCount: rows.length };
      },
    },
    storeType: "client",
    tableName: "rate_limit",
    tableCreated: true,
    clearExpiredByTimeout: false,
    // Who is over the limit is refused without asking the store again.
    inMemoryBlockOnConsumed: points + 1,
    insuranceLimiter: new RateLimiterMemory(limit),
  });
}
