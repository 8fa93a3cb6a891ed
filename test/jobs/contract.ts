import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Jobs, openJobs } from "../../src/jobs/index.ts";
import type { Store } from "../../src/store/index.ts";
import { type Backend, onStage } from "../store/contract/stage.ts";

const QUEUE = "watch";

/** What is asked of jobs, whatever keeps them. */
export function jobsContract(backend: Backend): void {
  onStage(backend, "jobs", ({ open }) => {
    let store: Store;
    let running: Jobs[];
    let told: { fields: object; message: string }[];
    beforeEach(async () => {
      store = await open();
      running = [];
      told = [];
    });
    afterEach(async () => {
      vi.useRealTimers();
      await Promise.all(running.map((jobs) => jobs.stop(0)));
    });

    /** The jobs of one more instance. */
    async function instance(database = store.database): Promise<Jobs> {
      const tell = (fields: object, message: string) => told.push({ fields, message });
      const jobs = await openJobs(database, { log: { info: tell, warn: tell, error: tell } });
      running.push(jobs);
      return jobs;
    }

    /** Ends the pause of whatever waits to be run again, and takes it for what has failed so often. */
    async function hurry(failures = 1): Promise<void> {
      const { database } = store;
      await (database.kind === "sqlite"
        ? database.query("UPDATE job SET due_at = 1, attempts = $1 WHERE runner IS NULL", [failures])
        : database.query(
            "UPDATE postie_jobs.job SET start_after = now(), retry_count = $1 WHERE state = 'retry'",
            [failures - 1],
          ));
    }

    test("are run with their data, later ones later", async () => {
      const jobs = await instance();
      const ran: unknown[] = [];
      const both = Promise.withResolvers<void>();
      await jobs.work(QUEUE, async (data) => {
        ran.push(data);
        if (ran.length === 2) both.resolve();
      });
      const since = performance.now();
      await jobs.add(QUEUE, "later", { name: "ä😀" }, { startAfterMs: 1_000 });
      await jobs.add(QUEUE, "now", { list: [1, null, "x"] });
      await both.promise;
      expect(ran).toEqual([{ list: [1, null, "x"] }, { name: "ä😀" }]);
      expect(performance.now() - since).toBeGreaterThan(990);
    });

    test("are there once for each key in a queue while they wait or run, and again afterwards", async () => {
      const jobs = await instance();
      const ran: unknown[] = [];
      const gate = Promise.withResolvers<void>();
      await jobs.add(QUEUE, "domain:example.org", { n: 1 });
      await jobs.add(QUEUE, "domain:example.org", { n: 2 });
      await jobs.add("weekly", "domain:example.org", { n: 3 });
      expect((await jobs.backlog()).waiting).toBe(2);
      await jobs.work(QUEUE, async (data) => {
        ran.push(data);
        await gate.promise;
      });
      await vi.waitUntil(() => ran.length === 1, 5_000);
      await jobs.add(QUEUE, "domain:example.org", { n: 4 });
      gate.resolve();
      await vi.waitUntil(async () => {
        await jobs.add(QUEUE, "domain:example.org", { n: 5 });
        return ran.length >= 2;
      }, 10_000);
      expect(ran.slice(0, 2)).toEqual([{ n: 1 }, { n: 5 }]);
    });

    test("are taken with keys of any form", async () => {
      const jobs = await instance();
      const ran: unknown[] = [];
      const keys = ["address:2001:db8::1", "xn--bcher-kva.example", "a b/c'\"$1", "x".repeat(300)];
      for (const key of keys) await jobs.add(QUEUE, key, { key });
      await jobs.work(QUEUE, async (data) => void ran.push((data as { key: string }).key), {
        concurrency: 4,
      });
      await vi.waitUntil(() => ran.length === keys.length, 10_000);
      expect(ran.sort()).toEqual([...keys].sort());
    });

    test("of one instance are run so many at a time, without pauses in between", async () => {
      const jobs = await instance();
      let atOnce = 0;
      let most = 0;
      let ran = 0;
      const all = Promise.withResolvers<void>();
      for (let index = 0; index < 40; index += 1) await jobs.add(QUEUE, `job ${index}`, {});
      await jobs.work(
        QUEUE,
        async () => {
          atOnce += 1;
          most = Math.max(most, atOnce);
          await sleep(10);
          atOnce -= 1;
          ran += 1;
          if (ran === 40) all.resolve();
        },
        { concurrency: 3 },
      );
      await all.promise;
      expect(most).toBe(3);
      expect(await jobs.backlog()).toEqual({ waiting: 0, lagMs: 0 });
    });

    test("that fail are run again after a pause, and the others go on", async () => {
      const jobs = await instance();
      const ran: string[] = [];
      await jobs.work(QUEUE, async (data) => {
        const { name } = data as { name: string };
        ran.push(name);
        if (name === "bad" && ran.filter((one) => one === name).length < 3)
          throw new TypeError("token xoxb-1");
      });
      await jobs.add(QUEUE, "bad", { name: "bad" });
      await jobs.add(QUEUE, "good", { name: "good" });
      await vi.waitUntil(() => ran.includes("good"), 5_000);
      expect(ran).toEqual(["bad", "good"]);
      expect((await jobs.backlog()).waiting, "in a pause").toBe(0);
      await vi.waitUntil(async () => {
        await hurry();
        return ran.length === 3;
      }, 15_000);
      expect(ran).toEqual(["bad", "good", "bad"]);
      expect(told.map(({ message }) => message)).toContain("a job failed, and is run again");
      expect(JSON.stringify(told)).not.toMatch(/xoxb/);
      expect(await everythingKept(store)).not.toMatch(/xoxb/);
    });

    test("that fail again and again are given up, and may then be added anew", async () => {
      const jobs = await instance();
      let ran = 0;
      await jobs.work(QUEUE, async () => {
        ran += 1;
        if (ran <= 2) throw new Error("again");
      });
      await jobs.add(QUEUE, "bad", {});
      await vi.waitUntil(() => ran === 1, 5_000);
      await vi.waitUntil(async () => {
        await hurry(9);
        return ran === 2;
      }, 10_000);
      await vi.waitUntil(async () => (await left(store)).length === 0, 5_000);
      await vi.waitUntil(async () => {
        await jobs.add(QUEUE, "bad", {});
        return ran === 3;
      }, 5_000);
    });

    test("are told of as a backlog while nobody runs them", async () => {
      const jobs = await instance();
      expect(await jobs.backlog()).toEqual({ waiting: 0, lagMs: 0 });
      await jobs.add(QUEUE, "one", {});
      await sleep(60);
      await jobs.add(QUEUE, "two", {});
      await jobs.add(QUEUE, "later", {}, { startAfterMs: 60_000 });
      const { waiting, lagMs } = await jobs.backlog();
      expect(waiting).toBe(2);
      expect(lagMs).toBeGreaterThan(50);
      expect(lagMs).toBeLessThan(20_000);
    });

    test("that are under way are waited for by a stop, and no more are begun", async () => {
      const jobs = await instance();
      const ran: string[] = [];
      await jobs.add(QUEUE, "first", { name: "first" });
      await jobs.work(QUEUE, async (data) => {
        const { name } = data as { name: string };
        ran.push(`${name} begun`);
        await sleep(300);
        ran.push(`${name} done`);
      });
      await vi.waitUntil(() => ran.length === 1, 5_000);
      await jobs.add(QUEUE, "second", { name: "second" });
      await jobs.stop(5_000);
      expect(ran).toEqual(["first begun", "first done"]);
    });

    test("that do not end within a stop's grace are aborted, and run by the next instance", async () => {
      const jobs = await instance();
      const aborted = Promise.withResolvers<void>();
      await jobs.add(QUEUE, "long", { n: 1 });
      const begun = Promise.withResolvers<void>();
      await jobs.work(QUEUE, async (_, { signal }) => {
        begun.resolve();
        signal.addEventListener("abort", () => aborted.resolve());
        await aborted.promise;
      });
      await begun.promise;
      await jobs.stop(100);
      await aborted.promise;
      const ran: unknown[] = [];
      await (await instance()).work(QUEUE, async (data) => void ran.push(data));
      await vi.waitUntil(async () => {
        await hurry();
        return ran.length === 1;
      }, 10_000);
      expect(ran).toEqual([{ n: 1 }]);
    });

    test("that another runs by now are aborted here, and settled there", async () => {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
      const jobs = await instance();
      const begun = Promise.withResolvers<void>();
      const aborted = Promise.withResolvers<void>();
      await jobs.add(QUEUE, "long", {});
      await jobs.work(QUEUE, async (_, { signal }) => {
        begun.resolve();
        signal.addEventListener("abort", () => aborted.resolve());
        await aborted.promise;
      });
      await begun.promise;
      const { database } = store;
      if (database.kind === "sqlite") await database.query("UPDATE job SET runner = 'other', attempts = 2");
      else await database.query("UPDATE postie_jobs.job SET retry_count = 1 WHERE state = 'active'");
      await vi.advanceTimersByTimeAsync(15_000);
      await aborted.promise;
      await sleep(200);
      expect(await left(store)).toEqual(["running"]);
    });

    describe.runIf(backend.shared)("shared by several instances", () => {
      test("are each run by one of them", async () => {
        const stores = await Promise.all([open(), open(), open()]);
        const all = await Promise.all(stores.map(({ database }) => instance(database)));
        const ran: string[] = [];
        for (const jobs of all) {
          const work = async (data: unknown) => {
            await sleep(5);
            ran.push(`${(data as { n: number }).n}`);
          };
          await jobs.work(QUEUE, work, { concurrency: 2 });
        }
        for (let n = 0; n < 60; n += 1) await all[n % 3]?.add(QUEUE, `job ${n}`, { n });
        await vi.waitUntil(() => ran.length >= 60, 15_000);
        await sleep(200);
        expect(ran.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n));
      });

      test("that one adds are run by another that looks for them", async () => {
        const [adds, works] = [await instance(), await instance((await open()).database)];
        const ran: unknown[] = [];
        await works.work(QUEUE, async (data) => void ran.push(data));
        await adds.add(QUEUE, "one", { n: 1 });
        await vi.waitUntil(() => ran.length === 1, 10_000);
      });

      test("can be opened by eight at the same time", async () => {
        const stores = await Promise.all(Array.from({ length: 8 }, () => open()));
        const all = await Promise.all(stores.map(({ database }) => instance(database)));
        await Promise.all(all.map((jobs) => jobs.add(QUEUE, "same", {})));
        expect((await all[0]?.backlog())?.waiting).toBe(1);
      });
    });

    test("are looked for seldom when there are none", async () => {
      const jobs = await instance();
      await jobs.work(QUEUE, async () => {}, { concurrency: 8 });
      await sleep(3_000);
      const asked = vi.spyOn(store.database, "query");
      const before = await transactions(store);
      await sleep(5_000);
      const looks = asked.mock.calls.length + (await transactions(store)) - before;
      expect(looks).toBeLessThanOrEqual(15);
    });
  });
}

/** What PostgreSQL counted of them in this database, which it tells a second late. */
async function transactions({ database }: Store): Promise<number> {
  if (database.kind === "sqlite") return 0;
  const [row] = await database.query(
    "SELECT xact_commit AS count FROM pg_stat_database WHERE datname = current_database()",
  );
  return Number(row?.count);
}

/** What the jobs do that are neither done nor given up. */
async function left({ database }: Store): Promise<unknown[]> {
  const rows = await (database.kind === "sqlite"
    ? database.query("SELECT CASE WHEN runner IS NULL THEN 'waiting' ELSE 'running' END AS does FROM job")
    : database.query(
        "SELECT CASE WHEN state < 'active' THEN 'waiting' ELSE 'running' END AS does FROM postie_jobs.job WHERE state <= 'active'",
      ));
  return rows.map(({ does }) => does);
}

/** All that is kept of jobs, as text. */
async function everythingKept({ database }: Store): Promise<string> {
  const table = database.kind === "sqlite" ? "job" : "postie_jobs.job";
  return JSON.stringify(await database.query(`SELECT * FROM ${table}`));
}
