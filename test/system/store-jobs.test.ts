import { afterAll, beforeAll } from "vitest";
import { jobsContract } from "../jobs/contract.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { describeWith } from "../support/real-servers.ts";

describeWith(["postgres"], "jobs on PostgreSQL", ({ postgres }) => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres(postgres);
  });
  afterAll(() => server.remove());

  jobsContract({
    name: "on PostgreSQL",
    shared: true,
    make: async () => ({ options: { url: await server.newDatabase() }, remove: async () => {} }),
  });
});
