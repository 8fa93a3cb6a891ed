/** Jobs on SQLite: a table, and in each process a timer that looks for the jobs whose time has come. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { migrate, number, numberOrNull, type Row, type SqliteDatabase, text } from "../store/index.ts";
import {
  ATTEMPTS,
  FIRST_PAUSE_S,
  type JobHandler,
  type Jobs,
  type JobsOptions,
  LONGEST_PAUSE_S,
  LONGEST_RUN_S,
} from "./jobs.ts";

const MIGRATIONS = join(import.meta.dirname, "migrations");

/** What a process takes on is run again by another when it has not renewed its lease for so long. */
const LEASE_MS = 30_000;
const RENEWAL_MS = LEASE_MS / 3;
/** An idle process looks about so often for what another process of the same file added. */
const LOOK_MS = 5_000;

interface Job {
  readonly key: string;
  readonly data: string;
  /** With the runner it tells this run apart from every other one. */
  readonly attempts: number;
}

interface Queue {
  readonly name: string;
  readonly handler: JobHandler;
  readonly concurrency: number;
  readonly running: Map<Job, { controller: AbortController; ended: Promise<void> }>;
  timer: NodeJS.Timeout | undefined;
  looking: boolean;
  /** Something was added while it looked. */
  lookAgain: boolean;
}

export async function openTimerJobs(database: SqliteDatabase, { log }: JobsOptions): Promise<Jobs> {
  await migrate(database, MIGRATIONS, "job_schema_version");
  const runner = randomUUID();
  const queues = new Map<string, Queue>();
  let stopped = false;

  const MINE = "queue = $1 AND key = $2 AND runner = $3 AND attempts = $4";
  const mine = ({ name }: Queue, { key, attempts }: Job) => [name, key, runner, attempts] as const;

  /** Takes on what may be run now, as far as there is room for it. */
  async function take({ name, concurrency, running }: Queue): Promise<Job[]> {
    const now = Date.now();
    const rows = await database.query(
      `UPDATE job SET runner = $1, attempts = attempts + 1, due_at = $2 WHERE queue = $3 AND key IN
         (SELECT key FROM job WHERE queue = $3 AND due_at <= $4 ORDER BY due_at LIMIT $5)
       RETURNING key, data, attempts`,
      [runner, now + LEASE_MS, name, now, concurrency - running.size],
    );
    return rows.map(jobOf);
  }

  async function look(queue: Queue): Promise<void> {
    queue.lookAgain = true;
    if (queue.looking) return;
    clearTimeout(queue.timer);
    queue.looking = true;
    let pause = LOOK_MS;
    try {
      while (queue.lookAgain && hasRoom(queue)) {
        queue.lookAgain = false;
        for (const job of await take(queue)) begin(queue, job);
        pause = await untilNext(queue);
      }
    } catch (error) {
      tell(queue, error, "the queue of jobs is disturbed");
    } finally {
      queue.looking = false;
    }
    // A full queue looks again when a job ends. The jitter keeps several processes from looking in step.
    if (hasRoom(queue)) queue.timer = setTimeout(() => look(queue), pause * (0.8 + 0.4 * Math.random()));
  }

  function hasRoom({ running, concurrency }: Queue): boolean {
    return !stopped && running.size < concurrency;
  }

  async function untilNext({ name }: Queue): Promise<number> {
    const [row] = await database.query("SELECT MIN(due_at) AS next FROM job WHERE queue = $1", [name]);
    const next = row ? numberOrNull(row, "next") : null;
    return next === null ? LOOK_MS : Math.min(LOOK_MS, Math.max(1, next - Date.now()));
  }

  function begin(queue: Queue, job: Job): void {
    const controller = new AbortController();
    const ended = run(queue, job, controller).finally(() => {
      queue.running.delete(job);
      if (!stopped) void look(queue);
    });
    queue.running.set(job, { controller, ended });
  }

  async function run(queue: Queue, job: Job, controller: AbortController): Promise<void> {
    const tooLong = setTimeout(() => controller.abort(new Error("it took too long")), LONGEST_RUN_S * 1_000);
    const renewal = setInterval(() => renew(queue, job, controller), RENEWAL_MS);
    try {
      await queue.handler(JSON.parse(job.data), { signal: controller.signal });
      await database.query(`DELETE FROM job WHERE ${MINE}`, mine(queue, job));
    } catch (error) {
      if (stopped && controller.signal.aborted) return;
      tell(queue, error, job.attempts < ATTEMPTS ? "a job failed, and is run again" : "a job is given up");
      await failed(queue, job).catch((reason) => tell(queue, reason, "the queue of jobs is disturbed"));
    } finally {
      clearTimeout(tooLong);
      clearInterval(renewal);
    }
  }

  async function renew(queue: Queue, job: Job, controller: AbortController): Promise<void> {
    try {
      const held = await database.query(`UPDATE job SET due_at = $5 WHERE ${MINE} RETURNING key`, [
        ...mine(queue, job),
        Date.now() + LEASE_MS,
      ]);
      if (held.length === 0) controller.abort(new Error("another process runs it"));
    } catch (error) {
      tell(queue, error, "the queue of jobs is disturbed");
    }
  }

  async function failed(queue: Queue, job: Job): Promise<void> {
    if (job.attempts >= ATTEMPTS) {
      await database.query(`DELETE FROM job WHERE ${MINE}`, mine(queue, job));
      return;
    }
    const pause = Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (job.attempts - 1)) * 1_000;
    await handBack(queue, job, Date.now() + pause * (0.5 + Math.random()));
  }

  async function handBack(queue: Queue, job: Job, dueAt: number): Promise<void> {
    await database.query(`UPDATE job SET runner = NULL, due_at = $5 WHERE ${MINE}`, [
      ...mine(queue, job),
      Math.round(dueAt),
    ]);
  }

  function tell(queue: Queue, error: unknown, message: string): void {
    const kind = error instanceof Error ? error.name : typeof error;
    log.warn({ queue: queue.name, error: kind }, message);
  }

  return {
    async add(queue, key, data, { startAfterMs = 0 } = {}) {
      await database.query("INSERT INTO job VALUES ($1, $2, $3, $4, NULL, 0) ON CONFLICT DO NOTHING", [
        queue,
        key,
        JSON.stringify(data),
        Date.now() + startAfterMs,
      ]);
      const worked = queues.get(queue);
      if (worked && !stopped) void look(worked);
    },
    async work(name, handler, { concurrency = 1 } = {}) {
      if (queues.has(name)) throw new TypeError(`the queue ${name} is worked on already`);
      const running: Queue["running"] = new Map();
      const queue = {
        name,
        handler,
        concurrency,
        running,
        timer: undefined,
        looking: false,
        lookAgain: false,
      };
      queues.set(name, queue);
      await look(queue);
    },
    async backlog() {
      const now = Date.now();
      const [row] = await database.query(
        "SELECT COUNT(*) AS waiting, MIN(due_at) AS oldest FROM job WHERE due_at <= $1",
        [now],
      );
      if (!row) return { waiting: 0, lagMs: 0 };
      return { waiting: number(row, "waiting"), lagMs: now - (numberOrNull(row, "oldest") ?? now) };
    },
    async stop(graceMs) {
      stopped = true;
      const all = [...queues.values()];
      for (const { timer } of all) clearTimeout(timer);
      const underWay = () =>
        all.flatMap((queue) => [...queue.running].map(([job, run]) => ({ queue, job, run })));
      const timeUp = new AbortController();
      await Promise.race([
        Promise.allSettled(underWay().map(({ run }) => run.ended)),
        sleep(graceMs, undefined, { signal: timeUp.signal }).catch(() => {}),
      ]);
      timeUp.abort();
      for (const { queue, job, run } of underWay()) {
        run.controller.abort(new Error("Postie stops"));
        await handBack(queue, job, Date.now()).catch((error) =>
          tell(queue, error, "a job is run again later"),
        );
      }
    },
  };
}

function jobOf(row: Row): Job {
  return { key: text(row, "key"), data: text(row, "data"), attempts: number(row, "attempts") };
}
