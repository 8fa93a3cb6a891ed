/** Jobs on PostgreSQL, by pg-boss. */
import { PgBoss } from "pg-boss";
import { number, type PostgresDatabase, StoreUnavailable } from "../store/index.ts";
import {
  ATTEMPTS,
  FIRST_PAUSE_S,
  type JobHandler,
  type Jobs,
  type JobsLog,
  type JobsOptions,
  LONGEST_PAUSE_S,
  LONGEST_RUN_S,
} from "./jobs.ts";

const SCHEMA = "postie_jobs";
/**
 * Connections of pg-boss's own, so that its looking for jobs and its tidying never keep somebody waiting who asked something,
 * and may take longer than the store's statements do.
 */
const CONNECTIONS = 3;
const STATEMENT_MS = 30_000;

/** A running job of which nothing was heard for so long is run again by another instance; looked for every so often. */
const HEARTBEAT_S = 20;
const SUPERVISE_S = 10;
/** How often an idle instance looks for jobs that others added. */
const LOOK_S = 2;
/** Its further workers are woken by the first one when there is something to do. */
const FURTHER_LOOK_S = 60;
/** Done jobs go after this time, and are looked for every so often. */
const DONE_KEPT_S = 60;
const CLEAN_S = 300;

const QUEUE = {
  retryLimit: ATTEMPTS - 1,
  retryDelay: FIRST_PAUSE_S,
  retryBackoff: true,
  retryDelayMax: LONGEST_PAUSE_S,
  expireInSeconds: LONGEST_RUN_S,
  heartbeatSeconds: HEARTBEAT_S,
  deleteAfterSeconds: DONE_KEPT_S,
};

/** Its tables are in a schema of their own, which pg-boss creates and migrates itself, one instance at a time. */
export async function openBossJobs(database: PostgresDatabase, { log }: JobsOptions): Promise<Jobs> {
  const connections = database.connect({ connections: CONNECTIONS, statementMs: STATEMENT_MS });
  const boss = new PgBoss({
    db: { executeSql: (sql, values) => connections.query(sql, values) },
    schema: SCHEMA,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: SUPERVISE_S,
    monitorIntervalSeconds: SUPERVISE_S,
    maintenanceIntervalSeconds: CLEAN_S,
    // Jobs that depend on others, which there are none of.
    flowIntervalSeconds: 3_600,
  });
  boss.on("error", tellFaults(log));
  boss.on("warning", ({ message }) => log.warn({ reason: message }, "the queue of jobs needs a look"));
  try {
    await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    await connections.close();
    throw error;
  }

  let stopped: Promise<void> | undefined;
  const queues = new Map<string, Promise<void>>();
  /** The worker of each queue that looks for jobs oftenest. */
  const lookouts = new Map<string, string>();

  function queueIsThere(queue: string): Promise<void> {
    let there = queues.get(queue);
    if (!there) {
      there = createQueue(queue);
      queues.set(queue, there);
      there.catch(() => queues.delete(queue));
    }
    return there;
  }

  async function createQueue(queue: string): Promise<void> {
    // One that is there already keeps the settings of an older Postie.
    await boss.createQueue(queue, { policy: "exclusive", ...QUEUE });
    await boss.updateQueue(queue, QUEUE);
  }

  return {
    async add(queue, key, data, { startAfterMs = 0 } = {}) {
      await queueIsThere(queue);
      await boss.send(queue, data, { singletonKey: key, startAfter: startAfterMs / 1_000 });
      const lookout = lookouts.get(queue);
      if (startAfterMs === 0 && lookout) boss.notifyWorker(lookout);
    },
    async work(queue, handler, { concurrency = 1 } = {}) {
      await queueIsThere(queue);
      const workers: string[] = [];
      for (let index = 0; index < concurrency; index += 1) {
        const pollingIntervalSeconds = index === 0 ? LOOK_S : FURTHER_LOOK_S;
        const worker = await boss.work<object>(queue, { pollingIntervalSeconds }, async ([job]) => {
          if (!job) return;
          // Where there was one there may be more: for the next worker now, for this one as soon as it is through.
          for (const id of [workers[index], workers[index + 1]]) if (id) boss.notifyWorker(id);
          await run(handler, job, log);
        });
        workers.push(worker);
      }
      const [lookout] = workers;
      if (lookout) lookouts.set(queue, lookout);
    },
    async backlog() {
      const [row] = await database.query(
        `SELECT COUNT(*) AS waiting,
           COALESCE(EXTRACT(EPOCH FROM now() - MIN(GREATEST(start_after, created_on))), 0)::float8 * 1000 AS lag
         FROM ${SCHEMA}.job WHERE state < 'active' AND start_after <= now()`,
      );
      return row ? { waiting: number(row, "waiting"), lagMs: number(row, "lag") } : { waiting: 0, lagMs: 0 };
    },
    stop(graceMs) {
      stopped ??= boss.stop({ graceful: true, timeout: graceMs }).finally(connections.close);
      return stopped;
    },
  };
}

/** What pg-boss keeps of a failure is the error: of that, no more than its name. */
async function run(
  handler: JobHandler,
  { name, data, signal }: { name: string; data: unknown; signal: AbortSignal },
  log: JobsLog,
): Promise<void> {
  try {
    await handler(data, { signal });
  } catch (error) {
    const kind = error instanceof Error ? error.name : typeof error;
    log.warn({ queue: name, error: kind }, "a job failed, and is run again");
    throw new Error(kind);
  }
}

/** While the database is away every look for jobs fails: told once a minute. */
function tellFaults(log: JobsLog): (error: Error) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - told < 60_000) return;
    told = performance.now();
    const reason = error instanceof StoreUnavailable ? error.message : error.name;
    log.warn({ reason }, "the queue of jobs is disturbed");
  };
}
