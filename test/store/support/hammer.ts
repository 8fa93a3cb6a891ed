/** One of several processes that do all they can to one SQLite file at the same time, and tell what they won. */
import { openJobs } from "../../../src/jobs/index.ts";
import { openStore, StoreUnavailable } from "../../../src/store/index.ts";

const [path = "", rounds = "0"] = process.argv.slice(2);
const log = { info: () => {}, warn: () => {}, error: () => {} };
const owner = { platform: "slack", tenant: "T1" } as const;
const won = { claims: [] as number[], deliveries: [] as number[], jobs: [] as number[] };
let away = 0;

const store = await openStore({ path });
const jobs = await openJobs(store.database, { log });
await store.instances.beat();
const work = async (data: unknown) => void won.jobs.push((data as { round: number }).round);
await jobs.work("hammer", work, { concurrency: 4 });

/** Whoever is told that the store is away asks again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      away += 1;
    }
  }
}

process.send?.({ ready: true });
process.once("message", async () => {
  for (let round = 0; round < Number(rounds); round += 1) {
    await Promise.all([
      patiently(() => store.claims.claim(`claim ${round}`, 60_000)).then(
        (mine) => mine && won.claims.push(round),
      ),
      patiently(() => store.deliveries.take(owner, `event ${round}`, { round })).then(async (delivery) => {
        if (!delivery) return;
        if (await patiently(() => delivery.answering())) won.deliveries.push(round);
        await patiently(() => delivery.done());
      }),
      patiently(() => store.settings.set(owner, `setting ${round % 10}`, "x".repeat(2_000))),
      patiently(() => jobs.add("hammer", `job ${round}`, { round })),
      patiently(() =>
        store.database.transaction(async (tx) => {
          const [row] = await tx.query("SELECT value FROM setting WHERE name = 'sum'");
          const sum = Number(row?.value ?? 0) + 1;
          await tx.query(
            "INSERT INTO setting VALUES ('slack', 'T1', 'sum', $1) ON CONFLICT (platform, tenant, name) DO UPDATE SET value = excluded.value",
            [String(sum)],
          );
        }),
      ),
      patiently(() => store.tidy()),
    ]);
    if (round % 50 === 0) await store.instances.beat();
  }
  process.send?.({ won, away });
  process.once("message", async () => {
    await jobs.stop(1_000);
    await store.close();
    process.send?.({ won });
    process.disconnect();
  });
});
