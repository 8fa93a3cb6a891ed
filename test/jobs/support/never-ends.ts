/** A process that begins a job and never ends it. */
import { openJobs } from "../../../src/jobs/index.ts";
import { openStore } from "../../../src/store/index.ts";

const options = JSON.parse(process.argv[2] ?? "{}");
const log = { info: () => {}, warn: () => {}, error: () => {} };
const store = await openStore(options);
const jobs = await openJobs(store.database, { log });
await jobs.add("watch", "domain:example.org", { n: 1 });
await jobs.work("watch", async () => {
  process.send?.({ begun: true });
  await new Promise(() => {});
});
