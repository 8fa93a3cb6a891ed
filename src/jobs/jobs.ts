import type { Database } from "../store/index.ts";

/**
 * Jobs that wait in queues, shared by all instances on the store. A job is run at least once: one that throws, or whose instance
 * dies, is run again, so that a handler must bear to be run twice.
 */
export interface Jobs {
  /**
   * Adds a job, unless one with this key waits or runs already in the queue.
   * @param queue letters, digits and hyphens
   * @param data plain JSON data; no secrets and no mail text, for it is stored as it stands
   * @throws {StoreUnavailable}
   */
  add(queue: string, key: string, data: object, options?: { startAfterMs?: number }): Promise<void>;
  /**
   * Works on a queue in this instance, until {@link Jobs.stop}. A job that fails again and again is given up after
   * {@link ATTEMPTS} times.
   * @param options.concurrency how many jobs this instance runs at a time, one by default
   * @throws {StoreUnavailable}
   */
  work(queue: string, handler: JobHandler, options?: { concurrency?: number }): Promise<void>;
  /** @throws {StoreUnavailable} */
  backlog(): Promise<Backlog>;
  /**
   * Takes no more jobs and waits for those under way; what is not done then is aborted, and run again by whoever is there.
   * @param graceMs how long it waits, in milliseconds
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * @param data what {@link Jobs.add} was given
 * @param options.signal is aborted when the job has taken too long, belongs to another instance by now, or must end for a stop
 */
export type JobHandler = (data: unknown, options: { signal: AbortSignal }) => Promise<void>;

export interface Backlog {
  /** Jobs that could run now and do not. */
  readonly waiting: number;
  /** For how long the oldest of them could have run, in milliseconds. */
  readonly lagMs: number;
}

export interface JobsLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface JobsOptions {
  readonly log: JobsLog;
}

/** How often a job is begun, in whatever way it ends, before it is given up. */
export const ATTEMPTS = 10;
/** The pause after the first failure, which doubles with each further one, in seconds. */
export const FIRST_PAUSE_S = 5;
export const LONGEST_PAUSE_S = 300;
/** What a job may take, in seconds. */
export const LONGEST_RUN_S = 300;

/**
 * Opens the queues on a database: by pg-boss on PostgreSQL, by a timer over a table of their own on SQLite.
 * @throws {StoreUnavailable} when the database cannot be reached
 */
export async function openJobs(database: Database, options: JobsOptions): Promise<Jobs> {
  if (database.kind === "postgres") {
    const { openBossJobs } = await import("./boss.ts");
    return openBossJobs(database, options);
  }
  const { openTimerJobs } = await import("./timer.ts");
  return openTimerJobs(database, options);
}
