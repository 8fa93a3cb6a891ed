import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerAddress } from "../../src/dns/index.ts";
import { type Jobs, openJobs } from "../../src/jobs/index.ts";
import { openStore, type Store, type StoreOptions } from "../../src/store/index.ts";
import { nextRegular } from "../../src/watch/index.ts";
import { type Child, startChild } from "../support/child-process.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { createPostieProcess, type PostieProcess } from "../support/postie-process.ts";
import { describeWith } from "../support/real-servers.ts";

const WATCHES = 10_000;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 60);
/** Domains with records, which are checked during the measurement; the others come later. */
const SERVED = 600;
const DNS_LATENCY = 20;
const HOUR_MS = 60 * 60_000;
const SECRET = "a-secret-of-the-measurements-made-of-words";
const log = { info: () => {}, warn: () => {}, error: () => {} };
const name = (index: number) => `d${index}.test`;

test(`${WATCHES} targets are spread evenly over the hour and the day`, () => {
  const rows = (["hourly", "daily"] as const).map((every) => {
    const minutes = every === "hourly" ? 60 : 24 * 60;
    const perMinute = new Array<number>(minutes).fill(0);
    for (let index = 0; index < WATCHES; index += 1) {
      const at = nextRegular({ kind: "domain", name: name(index) }, every, 0);
      const minute = Math.floor(at / 60_000) % minutes;
      perMinute[minute] = (perMinute[minute] ?? 0) + 1;
    }
    return { every, "mean a minute": Math.round(WATCHES / minutes), "most a minute": Math.max(...perMinute) };
  });
  console.table(rows);
  expect(rows[0]?.["most a minute"]).toBeLessThan(240);
  expect(rows[1]?.["most a minute"]).toBeLessThan(30);
});

/** What one instance does with so many watches on this backend. */
function measure(
  backend: string,
  make: () => Promise<{ options: StoreOptions; env: NodeJS.ProcessEnv }>,
): void {
  describe(`${WATCHES} watches on ${backend}`, () => {
    let dns: Child;
    let store: Store;
    let jobs: Jobs;
    let instance: PostieProcess;
    const rows: Record<string, Record<string, number | string>> = {};

    beforeAll(async () => {
      dns = startChild(join(import.meta.dirname, "support", "watched-dns.ts"), [
        `${SERVED}`,
        `${DNS_LATENCY}`,
      ]);
      const { address, port } = (await dns.message()) as ServerAddress;
      const { options, env } = await make();
      store = await openStore({ ...options, secrets: [SECRET] });
      jobs = await openJobs(store.database, { log });
      await addAll();
      instance = await createPostieProcess(backend, {
        ...env,
        POSTIE_SECRET: SECRET,
        POSTIE_DNS: `${address}:${port}`,
        TEAMS: "local",
      });
    }, 240_000);
    afterAll(async () => {
      await instance?.kill();
      await jobs?.stop(0);
      await store?.close();
      await dns?.kill();
      if (Object.keys(rows).length > 0) console.table(rows);
    });

    async function addAll(): Promise<void> {
      const limits = { conversation: WATCHES, tenant: WATCHES };
      const started = performance.now();
      let index = 0;
      const add = async () => {
        while (index < WATCHES) {
          const watched = index++;
          const place = { platform: "teams", tenant: "t", conversation: `a:${watched % 200}` } as const;
          const target = { kind: "domain", name: name(watched) } as const;
          await store.watches.add(
            { ...place, target, every: "hourly", wayBack: {}, createdBy: "29:anna" },
            limits,
          );
        }
      };
      await Promise.all(Array.from({ length: 10 }, add));
      console.log(
        `${backend}: ${WATCHES} watches added in ${((performance.now() - started) / 1_000).toFixed(1)} s`,
      );
    }

    /** Lets it work for a while, and tells what that took. */
    async function run(
      what: string,
    ): Promise<{ checks: number; questions: number; lagMs: number; memory: number }> {
      const before = { questions: await questions(), cpu: await cpuSeconds(), checks: await checked() };
      const started = performance.now();
      const lags: number[] = [];
      let memory = 0;
      let overdueMs = 0;
      while (performance.now() - started < SECONDS * 1_000) {
        await sleep(500);
        lags.push((await jobs.backlog()).lagMs);
        memory = Math.max(memory, await instance.memory());
        overdueMs = Math.max(overdueMs, (await store.watches.count()).overdueMs);
      }
      const seconds = (performance.now() - started) / 1_000;
      const checks = (await checked()) - before.checks;
      const asked = (await questions()) - before.questions;
      const lagMs = Math.max(...lags);
      rows[what] = {
        "checks a second": (checks / seconds).toFixed(2),
        "questions a check": Math.round(asked / checks),
        "% of a core": Math.round((((await cpuSeconds()) - before.cpu) / seconds) * 100),
        "ms of CPU a check": Math.round((((await cpuSeconds()) - before.cpu) / checks) * 1_000),
        "job lag, most": `${(lagMs / 1_000).toFixed(1)} s`,
        "overdue, most": `${(overdueMs / 1_000).toFixed(1)} s`,
        "memory, most": `${Math.round(memory)} MB`,
      };
      return { checks, questions: asked, lagMs, memory };
    }

    async function questions(): Promise<number> {
      dns.send({ count: true });
      return ((await dns.message()) as { questions: number }).questions;
    }
    const cpuSeconds = () => cpuOf(instance.pid);
    async function checked(): Promise<number> {
      const [row] = await store.database.query(
        "SELECT COUNT(*) AS count FROM watch_target WHERE checked_at IS NOT NULL",
      );
      return Number(row?.count);
    }
    /** When each target is next due, by its number; nothing is remembered of earlier checks. */
    async function schedule(at: (index: number) => number): Promise<void> {
      await store.database.transaction(async (tx) => {
        for (let index = 0; index < WATCHES; index += 1) {
          await tx.query("UPDATE watch_target SET next_check_at = $2, checked_at = NULL WHERE name = $1", [
            name(index),
            Math.round(at(index)),
          ]);
        }
      });
    }

    test(`all hourly, as they are spread over the hour: ${SECONDS} s of it`, async () => {
      const begins = Date.now() + 15_000;
      await schedule((index) => begins + (index / WATCHES) * HOUR_MS);
      await instance.start();
      await sleep(Math.max(0, begins - Date.now()));
      const { checks, questions: asked, lagMs, memory } = await run("all hourly");
      const perHour = (asked / checks) * WATCHES;
      rows["all hourly, extrapolated"] = { "questions an hour": Math.round(perHour) };
      rows["all daily, extrapolated"] = { "questions an hour": Math.round(perHour / 24) };
      expect(checks / SECONDS).toBeGreaterThan((WATCHES / 3_600) * 0.7);
      expect(lagMs).toBeLessThan(30_000);
      expect(memory).toBeLessThan(600);
    });

    test(`all overdue at once, as after an outage: ${SECONDS} s of it`, async () => {
      await instance.stop();
      await schedule((index) => Date.now() - 2 * HOUR_MS + index);
      await instance.start();
      const { checks, memory } = await run("all overdue");
      rows["all overdue, extrapolated"] = {
        "caught up after": `${Math.round(WATCHES / (checks / SECONDS) / 60)} min`,
      };
      expect(checks / SECONDS).toBeGreaterThan(3);
      expect(memory).toBeLessThan(600);
    });
  });
}

/** The time of processors that a process took so far, in seconds. */
async function cpuOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
  // In hundredths of a second (proc(5)).
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postie-bench-"));
});
afterAll(() => rm(folder, { recursive: true }));

measure("SQLite", async () => {
  const path = join(folder, "postie.sqlite");
  return { options: { path }, env: { POSTIE_STORE: path } };
});

describeWith(["postgres"], "with a real PostgreSQL", ({ postgres }) => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres(postgres);
  });
  afterAll(() => server.remove());

  measure("PostgreSQL", async () => {
    const url = await server.newDatabase();
    return { options: { url }, env: { DATABASE_URL: url } };
  });
});
