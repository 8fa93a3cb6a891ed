import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openJobs } from "../../src/jobs/index.ts";
import { StoreUnavailable } from "../../src/store/index.ts";
import { jobsContract } from "../jobs/contract.ts";
import { killedJobs } from "../jobs/killed.ts";
import { type Backend, onStage } from "../store/contract/stage.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { describeWith } from "../support/real-servers.ts";

const log = { info: () => {}, warn: () => {}, error: () => {} };

describeWith(["postgres"], "jobs on PostgreSQL", ({ postgres }) => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres(postgres);
  });
  afterAll(() => server.remove());

  const backend: Backend = {
    name: "on PostgreSQL",
    shared: true,
    make: async () => ({ options: { url: await server.newDatabase() }, remove: async () => {} }),
  };
  jobsContract(backend);
  killedJobs(backend, async () => {});

  onStage(backend, "jobs while PostgreSQL is restarted", ({ open }) => {
    test("go on by themselves, each is run, and adding says that the store is away meanwhile", async () => {
      const told: string[] = [];
      const tell = (_: object, message: string) => told.push(message);
      const jobs = await openJobs((await open()).database, { log: { info: tell, warn: tell, error: tell } });
      const ran = new Set<unknown>();
      await jobs.work("watch", async (data) => void ran.add((data as { n: number }).n), { concurrency: 2 });
      for (let n = 0; n < 5; n += 1) await jobs.add("watch", `job ${n}`, { n });
      await server.stop("immediate");
      await expect(jobs.add("watch", "job 5", { n: 5 })).rejects.toThrow(StoreUnavailable);
      await expect(jobs.backlog()).rejects.toThrow(StoreUnavailable);
      await sleep(3_000);
      await server.start();
      await vi.waitUntil(
        async () => (await jobs.add("watch", "job 6", { n: 6 }).catch(() => "away")) !== "away",
        10_000,
      );
      await vi.waitUntil(() => ran.has(6) && [0, 1, 2, 3, 4].every((n) => ran.has(n)), 55_000);
      expect(told).toContain("the queue of jobs is disturbed");
      await jobs.stop(1_000);
    });

    test("are stopped also while it is away", async () => {
      const jobs = await openJobs((await open()).database, { log });
      await jobs.work("watch", async () => {});
      await server.stop("immediate");
      await jobs.stop(1_000);
      await server.start();
    });

    test("cannot be opened while it is away, which is told as that", async () => {
      const { database } = await open();
      await server.stop("immediate");
      await expect(openJobs(database, { log })).rejects.toThrow(StoreUnavailable);
      await server.start();
      await (await openJobs(database, { log })).stop(0);
    });
  });
});
