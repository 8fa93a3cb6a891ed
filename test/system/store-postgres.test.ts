import { afterAll, beforeAll } from "vitest";
import { storeContract } from "../store/contract/index.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { describeWith } from "../support/real-servers.ts";

/** The same contract as SQLite's, on a real PostgreSQL. */
describeWith(["postgres"], "the store on PostgreSQL", ({ postgres }) => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres(postgres);
  });
  afterAll(() => server.remove());

  storeContract({
    name: "on PostgreSQL",
    shared: true,
    make: async () => ({ options: { url: await server.newDatabase() }, remove: async () => {} }),
  });
});
