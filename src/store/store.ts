import { join } from "node:path";
import type { RateLimiterAbstract } from "rate-limiter-flexible";
import { type Claims, createClaims } from "./claims.ts";
import type { Database } from "./database.ts";
import { createDeliveries, type Deliveries } from "./deliveries.ts";
import { createInstallations, type Installations } from "./installations.ts";
import { createInstances, type Instances } from "./instances.ts";
import { createKeptAnswers, type KeptAnswers } from "./kept-answers.ts";
import { migrate } from "./migrate.ts";
import { createRateLimiter, type RateLimit } from "./rate-limiter.ts";
import { type Resealed, reseal } from "./reseal.ts";
import { createSealing } from "./sealing.ts";
import { secretBeside } from "./secret-file.ts";
import { createSettings, type Owner, type Settings } from "./settings.ts";
import { createWatches, endWatches, type Watches } from "./watches.ts";

/**
 * What must outlive a question, and what several instances share. No mail text is ever stored. Every part may throw
 * {@link StoreUnavailable}.
 */
export interface Store {
  readonly settings: Settings;
  readonly installations: Installations;
  readonly claims: Claims;
  readonly instances: Instances;
  readonly deliveries: Deliveries;
  readonly keptAnswers: KeptAnswers;
  readonly watches: Watches;
  /** For what keeps tables of its own, such as the queue of jobs. */
  readonly database: Database;
  rateLimiter(limit: RateLimit): RateLimiterAbstract;
  /** Whether the database answers now. */
  isReachable(): Promise<boolean>;
  /** Deletes everything of a workspace or tenant; tells how many rows that were. */
  forget(owner: Owner): Promise<number>;
  /**
   * Seals anew what older secrets sealed, so that those can be taken away.
   * @throws {SealError} when something was sealed with a secret that is not given
   */
  reseal(): Promise<Resealed>;
  /** Deletes what has expired, and what would hold people up for long because a clock was put back. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** A file for `node:sqlite`; without one, and without `url`, everything is kept in memory until the process ends. */
  readonly path?: string | undefined;
  /** A PostgreSQL database, `postgres://…`; goes before `path`. */
  readonly url?: string | undefined;
  /**
   * The secret that tokens are encrypted with, then older ones that may still decrypt. Without one a file has a secret of its own
   * beside it, and PostgreSQL one that ends with the process.
   */
  readonly secrets?: readonly string[];
  readonly now?: () => number;
  /** Milliseconds of a clock that only goes forward, by which instances see that others are dead. */
  readonly elapsed?: () => number;
  /** Told of faults of idle connections to PostgreSQL, which are replaced. */
  readonly onError?: (error: Error) => void;
}

const MIGRATIONS = join(import.meta.dirname, "migrations");

/** No claim and no limit lasts as long as that, in milliseconds: one that would is of a clock that was put back since. */
const LONGEST_MS = 2 * 60 * 60_000;

/** The tables whose rows belong to a workspace, besides that of its watches. */
const OWNED = ["setting", "installation", "delivery", "kept_answer", "notice"] as const;

/**
 * Opens the store, creating or migrating its tables.
 * @throws when the file cannot be opened or the database cannot be reached
 */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const { now = Date.now } = options;
  const database = await openDatabase(options);
  try {
    await migrate(database, MIGRATIONS, "schema_version");
  } catch (error) {
    await database.close();
    throw error;
  }
  const sealing = createSealing(await secretsOf(options));
  const instances = createInstances(database, options.elapsed);

  return {
    settings: createSettings(database),
    installations: createInstallations(database, sealing, now),
    claims: createClaims(database, now),
    instances,
    deliveries: createDeliveries(database, instances, sealing, now),
    keptAnswers: createKeptAnswers(database, now),
    watches: createWatches(database, sealing, now),
    database,
    rateLimiter: (limit) => createRateLimiter(database, limit),
    async isReachable() {
      try {
        await database.query("SELECT 1 AS one");
        return true;
      } catch {
        return false;
      }
    },
    forget: ({ platform, tenant }) =>
      database.transaction(async (tx) => {
        let rows = await endWatches(tx, database.kind, "platform = $1 AND tenant = $2", [platform, tenant]);
        for (const table of OWNED) {
          const deleted = await tx.query(
            `DELETE FROM ${table} WHERE platform = $1 AND tenant = $2 RETURNING platform`,
            [platform, tenant],
          );
          rows += deleted.length;
        }
        return rows;
      }),
    reseal: () => reseal(database, sealing),
    async tidy() {
      for (const table of ["delivery", "kept_answer"]) {
        await database.query(`DELETE FROM ${table} WHERE until <= $1`, [now()]);
      }
      const valid = [now(), now() + LONGEST_MS] as const;
      await database.query("DELETE FROM claim WHERE until <= $1 OR until > $2", valid);
      await database.query("DELETE FROM rate_limit WHERE expire <= $1 OR expire > $2", valid);
    },
    close: () => database.close(),
  };
}

async function openDatabase({ path, url, onError }: StoreOptions): Promise<Database> {
  if (url !== undefined) {
    const { openPostgres } = await import("./postgres.ts");
    return openPostgres({ url, ...(onError ? { onError } : {}) });
  }
  const { openSqlite } = await import("./sqlite.ts");
  return openSqlite(path ?? ":memory:");
}

/** A file that had a secret of its own before one was given is still opened by it. */
async function secretsOf({ secrets = [], path, url }: StoreOptions): Promise<readonly string[]> {
  if (path === undefined || url !== undefined) return secrets;
  const own = await secretBeside(path, { make: secrets.length === 0 });
  return own === null ? secrets : [...secrets, own];
}
