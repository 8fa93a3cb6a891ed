import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openJobs } from "../../src/jobs/index.ts";
import { type Backend, onStage } from "../store/contract/stage.ts";
import { type Child, startChild } from "../support/child-process.ts";

const NEVER_ENDS = join(import.meta.dirname, "support", "never-ends.ts");
const log = { info: () => {}, warn: () => {}, error: () => {} };

/** @param hurry shortens the time after which a process that is not heard of is taken for dead */
export function killedJobs(
  backend: Backend,
  hurry: (sql: (text: string) => Promise<unknown>) => Promise<void>,
): void {
  const made = Promise.withResolvers<string>();
  const told: Backend = {
    ...backend,
    async make() {
      const database = await backend.make();
      made.resolve(JSON.stringify(database.options));
      return database;
    },
  };

  onStage(told, "a job whose process is killed", ({ open }) => {
    test("is run again by another, with its data", async () => {
      const child: Child = startChild(NEVER_ENDS, [await made.promise]);
      expect(await child.message()).toEqual({ begun: true });
      const store = await open();
      const jobs = await openJobs(store.database, { log });
      const ran: unknown[] = [];
      await jobs.work("watch", async (data) => void ran.push(data));
      await child.kill();
      await hurry((text) => store.database.query(text));
      expect(ran, "not at once").toEqual([]);
      await vi.waitUntil(() => ran.length === 1, 55_000);
      expect(ran).toEqual([{ n: 1 }]);
      await jobs.stop(0);
    });
  });
}
