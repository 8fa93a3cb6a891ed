import { expect, onTestFinished } from "vitest";
import { createWatching, type Watching, type WatchingOptions } from "../../../src/bot/watching.ts";
import { openStore, type Store } from "../../../src/store/index.ts";
import { DOMAIN, SOUND } from "../../watch/support/watched.ts";
import {
  CHANNEL,
  DOMAIN_TARGET,
  type FakePoster,
  fakePoster,
  type WatchingWorld,
  watchingWorld,
} from "./watching-world.ts";

/** The domain with another mail server, and what is said of that. */
export const MOVED = {
  ...SOUND,
  [DOMAIN]: { ...SOUND[DOMAIN], MX: { preference: 10, exchange: `mx2.${DOMAIN}` } },
};
export const TITLE = "partner.example: its mail servers changed";

export interface Instances {
  readonly world: WatchingWorld;
  /** What all instances post to. */
  readonly slack: FakePoster;
  /** Starts one more instance. */
  start(): Promise<Watching>;
}

/** Instances of one process that share a database, each with a store and jobs of its own. They end with the test. */
export async function instancesOn(
  database: { path: string } | { url: string },
  makeJobs: (store: Store) => Promise<WatchingOptions["jobs"] & { stop?(graceMs: number): Promise<void> }>,
): Promise<Instances> {
  const world = await watchingWorld(SOUND, database);
  const slack = fakePoster("slack");
  return {
    world,
    slack,
    async start() {
      const store = await openStore({
        ...database,
        secrets: ["a secret of the tests, made of many words"],
        now: () => world.now,
      });
      const jobs = await makeJobs(store);
      const watching = createWatching({
        store,
        services: world.services,
        jobs,
        log: {
          info: () => {},
          warn: (fields, message) => void world.logged.push({ fields, message }),
          error: (fields, message) => void world.logged.push({ fields, message }),
        },
        now: () => world.now,
        pace: { plan: 50, post: 20 },
      });
      watching.addPoster(slack);
      await watching.start();
      onTestFinished(async () => {
        await watching.stop(1_000);
        await jobs.stop?.(1_000);
        await store.close();
      });
      return watching;
    },
  };
}

/** Twelve conversations watch one domain, by whichever instance they reach: it is checked once a time, and each is told once. */
export async function checkAndPostOnce({
  world,
  slack,
  instances,
}: Pick<Instances, "world" | "slack"> & { instances: readonly Watching[] }): Promise<void> {
  const places = Array.from({ length: 12 }, (_, index) => ({ ...CHANNEL, conversation: `C${index}` }));
  for (const [index, place] of places.entries()) {
    const wish = { place, wayBack: {}, target: DOMAIN_TARGET, every: "hourly", askedBy: "U1" } as const;
    await instances[index % instances.length]?.add(wish);
  }
  const state = async () => (await world.store.watches.state(DOMAIN_TARGET))?.state;
  const until = async (done: () => Promise<boolean>) => {
    while (!(await done())) {
      world.now += 5_000;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await until(async () => (await state())?.known !== null);
  expect(world.looks(`TXT _dmarc.${DOMAIN}`)).toBe(1);
  world.publish(MOVED);
  await until(async () => slack.posted.length >= places.length);
  await until(async () => (await world.store.watches.count()).notices === 0);
  expect(slack.posted.map(({ title, maybePosted }) => [title, maybePosted])).toEqual(
    places.map(() => [TITLE, false]),
  );
  expect(new Set(slack.posted.map(({ place }) => place)).size).toBe(places.length);
}
