/** Watching by three instances on a real PostgreSQL, with its jobs on pg-boss. */
import { afterAll, beforeAll, test } from "vitest";
import { openJobs } from "../../src/jobs/index.ts";
import { checkAndPostOnce, instancesOn } from "../bot/support/watching-instances.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { describeWith } from "../support/real-servers.ts";

describeWith(["postgres"], "watching on PostgreSQL", ({ postgres }) => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres(postgres);
  });
  afterAll(() => server.remove());

  test("checks each target once and posts each notice once, with three instances", async () => {
    const silent = { info: () => {}, warn: () => {}, error: () => {} };
    const { world, slack, start } = await instancesOn({ url: await server.newDatabase() }, (store) =>
      openJobs(store.database, { log: silent }),
    );
    await checkAndPostOnce({ world, slack, instances: [await start(), await start(), await start()] });
  });
});
