/** Instances that share a file check each target once and post each notice once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openJobs } from "../../src/jobs/index.ts";
import { checkAndPostOnce, instancesOn, MOVED, TITLE } from "./support/watching-instances.ts";
import { CHANNEL, DAY, DOMAIN_TARGET, HOUR, handJobs } from "./support/watching-world.ts";

async function aFile(): Promise<{ path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "postie-watching-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { path: join(folder, "postie.db") };
}

const silent = { info: () => {}, warn: () => {}, error: () => {} };

test("two instances on one file, by real jobs", async () => {
  const { world, slack, start } = await instancesOn(await aFile(), (store) =>
    openJobs(store.database, { log: silent }),
  );
  await checkAndPostOnce({ world, slack, instances: [await start(), await start()] });
});

test("one goes on when the other one is gone", async () => {
  const hands = [handJobs(), handJobs()];
  let made = 0;
  const { world, slack, start } = await instancesOn(await aFile(), async () => hands[made++] ?? handJobs());
  const dead = await start();
  await start();
  await dead.add({ place: CHANNEL, wayBack: {}, target: DOMAIN_TARGET, every: "daily", askedBy: "U1" });
  // its job is never run, and it never plans again
  await dead.stop(0);
  const passes = async (done: () => boolean | Promise<boolean>) => {
    while (!(await done())) {
      world.now += 10_000;
      await hands[1]?.run();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await passes(async () => (await world.store.watches.state(DOMAIN_TARGET))?.state.known !== null);
  world.publish(MOVED);
  world.now += 40 * HOUR;
  await passes(() => slack.posted.length > 0);
  expect(slack.posted.map(({ title }) => title)).toEqual([TITLE]);
});

test("a clock that is put back keeps nobody from checking", async () => {
  const hand = handJobs();
  const { world, start } = await instancesOn(await aFile(), async () => hand);
  const pass = () => new Promise((resolve) => setTimeout(resolve, 20));
  world.now += DAY;
  await start();
  for (let time = 0; time < 10; time += 1) await pass();
  world.now -= DAY;
  const watch = { ...CHANNEL, target: DOMAIN_TARGET, every: "daily", createdBy: "U1", wayBack: {} } as const;
  await world.store.watches.add(watch, { tenant: 1, conversation: 1 });
  while (hand.waiting.size === 0) {
    world.now += 10_000;
    await pass();
  }
  expect([...hand.waiting.keys()]).toEqual([expect.stringContaining(DOMAIN_TARGET.name)]);
});
