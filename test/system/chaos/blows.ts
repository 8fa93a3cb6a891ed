/** What happens to instances and to PostgreSQL while people ask. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Storm } from "./storm.ts";

export interface BlowsOptions {
  /** Asks what takes a while, so that an instance that is killed then has something under way. */
  readonly askMuch: () => Promise<void>;
  /** The domain that is watched changes. */
  readonly change: () => Promise<void>;
  /** The time of all checks of watches has come. */
  readonly checkNow: () => Promise<void>;
}

/** So many seconds together, and some for the starts. */
export const BLOWS_S = 50;

export async function blow(storm: Storm, { askMuch, change, checkNow }: BlowsOptions): Promise<void> {
  const { instances, server, proxy, strike } = storm;
  const [a, b, c] = instances;

  await sleep(5_000);
  await askMuch();
  await storm.kill(0);
  await sleep(3_000);
  await strike("A is started again", () => a?.start());

  await strike("the watched domain changes", change);
  await sleep(3_000);

  await strike("PostgreSQL is restarted", async () => {
    await server.stop("fast");
    await sleep(1_000);
    await server.start();
  });
  await sleep(3_000);

  await askMuch();
  await storm.kill(1);
  await checkNow();
  await sleep(2_000);
  await strike("B is started again", () => b?.start());
  await sleep(6_000);

  await strike("PostgreSQL is slow (400 ms more each way)", () => proxy.slow(400));
  await sleep(5_000);
  await strike("PostgreSQL is as before", () => proxy.mend());
  await checkNow();
  await sleep(3_000);

  await strike("PostgreSQL does not answer at all", () => proxy.stall());
  await sleep(4_000);
  await strike("PostgreSQL answers again", () => proxy.mend());
  await sleep(3_000);

  await askMuch();
  await strike("PostgreSQL crashes", async () => {
    await Promise.all([storm.kill(2), server.stop("immediate")]);
    await server.start();
  });
  await strike("C is started again", () => c?.start());
  await checkNow();
  await sleep(2_000);

  await strike("A is asked to end, and started again", async () => {
    await a?.stop();
    await a?.start();
  });
  await checkNow();
}
