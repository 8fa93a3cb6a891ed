/** An instance may end anywhere: no watch and no notice is lost, and none is posted twice unless nobody can know. */
import { describe, expect, test } from "vitest";
import { type Store, StoreUnavailable } from "../../src/store/index.ts";
import { SOUND } from "../watch/support/watched.ts";
import { MOVED, TITLE } from "./support/watching-instances.ts";
import { CHANNEL, DOMAIN_TARGET, HOUR, type WatchingWorld, watchingWorld } from "./support/watching-world.ts";

const signal = new AbortController().signal;

/** A world in which a change was seen by one check, and the second one is due. */
async function suspicious(zone = SOUND): Promise<WatchingWorld> {
  const world = await watchingWorld(zone);
  await world.watching.add({
    place: CHANNEL,
    wayBack: { to: "C1" },
    target: DOMAIN_TARGET,
    every: "daily",
    askedBy: "U1",
  });
  await world.step();
  world.publish(MOVED);
  await world.step();
  world.now = (await world.store.watches.state(DOMAIN_TARGET))?.state.nextCheckAt ?? 0;
  return world;
}

/** The store as an instance sees it that dies when it asks this. */
function dyingAt(store: Store, name: "keep" | "state" | "endNotice" | "takeNotices", after = false): Store {
  const die = () => Promise.reject(new Error("killed"));
  const own = store.watches[name] as (...args: unknown[]) => Promise<unknown>;
  const dying = async (...args: unknown[]) => {
    if (after) await own.apply(store.watches, args);
    return die();
  };
  return { ...store, watches: { ...store.watches, [name]: dying } };
}

const titles = ({ slack }: WatchingWorld) => slack.posted.map(({ title }) => title);

describe("an instance that ends", () => {
  test.each([
    ["before it looked what is due", "state", false],
    ["after it looked", "state", true],
    ["before it kept what it found", "keep", false],
    ["right after it kept it", "keep", true],
  ] as const)("%s: the change is told once", async (_name, step, after) => {
    const world = await suspicious();
    await expect(
      world.checks(dyingAt(world.store, step, after)).check(DOMAIN_TARGET, signal),
    ).rejects.toThrow();
    // whoever runs the job again
    await world.checks().check(DOMAIN_TARGET, signal);
    await world.posting().postDue();
    await world.step();
    await world.step();
    expect(titles(world)).toEqual([TITLE]);
  });

  test("in the middle of a check keeps nothing of it", async () => {
    const world = await suspicious();
    const before = await world.store.watches.state(DOMAIN_TARGET);
    world.server.behave({ latency: 50 });
    const ending = new AbortController();
    const check = world.checks().check(DOMAIN_TARGET, ending.signal);
    setTimeout(() => ending.abort(new Error("stopping")), 60);
    await expect(check).rejects.toThrow("stopping");
    expect(await world.store.watches.state(DOMAIN_TARGET)).toEqual(before);
    world.server.behaveWell();
    await world.step();
    expect(titles(world)).toEqual([TITLE]);
  });

  test("before it posts: another one posts", async () => {
    const world = await suspicious();
    await world.checks().check(DOMAIN_TARGET, signal);
    await expect(
      world.posting([world.slack], dyingAt(world.store, "takeNotices")).postDue(),
    ).rejects.toThrow();
    await world.posting().postDue();
    expect(world.slack.posted).toMatchObject([{ title: TITLE, maybePosted: false }]);
  });

  test("while it posts: another one is told that it may be there already, once it is surely dead", async () => {
    const world = await suspicious();
    await world.checks().check(DOMAIN_TARGET, signal);
    await world.store.watches.takeNotices(90_000, 10);
    world.now += 60_000;
    expect(await world.posting().postDue()).toBe(0);
    world.now += 60_000;
    await world.posting().postDue();
    expect(world.slack.posted).toMatchObject([{ title: TITLE, maybePosted: true }]);
    world.now += 10 * HOUR;
    expect(await world.posting().postDue()).toBe(0);
  });

  test("after it posted and before it noted that: the same", async () => {
    const world = await suspicious();
    await world.checks().check(DOMAIN_TARGET, signal);
    await world.posting([world.slack], dyingAt(world.store, "endNotice")).postDue();
    world.now += 10 * HOUR;
    await world.posting().postDue();
    expect(world.slack.posted.map(({ id, maybePosted }) => [id, maybePosted])).toEqual([
      [world.slack.posted[0]?.id, false],
      [world.slack.posted[0]?.id, true],
    ]);
  });
});

describe("what is kept once", () => {
  test("when the same check is run by two at the same time", async () => {
    const world = await suspicious();
    const both = [world.checks(), world.checks()];
    await Promise.all(both.map((checks) => checks.check(DOMAIN_TARGET, signal)));
    await Promise.all([world.posting().postDue(), world.posting().postDue()]);
    await world.step();
    expect(titles(world)).toEqual([TITLE]);
  });

  test("when a job comes late or twice", async () => {
    const world = await suspicious();
    for (const _job of [1, 2, 3]) await world.checks().check(DOMAIN_TARGET, signal);
    await world.posting().postDue();
    expect(titles(world)).toEqual([TITLE]);
  });
});

test("a store that is away for a moment while something was posted is told of it after all", async () => {
  const world = await suspicious();
  await world.checks().check(DOMAIN_TARGET, signal);
  let away = 2;
  const endNotice: Store["watches"]["endNotice"] = async (id) => {
    if (away-- > 0) throw new StoreUnavailable("test");
    return world.store.watches.endNotice(id);
  };
  await world
    .posting([world.slack], { ...world.store, watches: { ...world.store.watches, endNotice } })
    .postDue();
  world.now += HOUR;
  await world.posting().postDue();
  expect(titles(world)).toEqual([TITLE]);
});

test("a target that is missing though it is watched is put back", async () => {
  const world = await suspicious();
  await world.store.database.query("DELETE FROM watch_target");
  expect(await world.store.watches.mend()).toBe(1);
  expect(await world.store.watches.mend()).toBe(0);
  expect(await world.store.watches.due(10)).toEqual([DOMAIN_TARGET]);
});
