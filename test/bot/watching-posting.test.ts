/** What there is to say reaches each conversation, and weekly lines come once a week. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { plainText } from "../../src/bot/answer.ts";
import { addWeeklyLines, nextWeeklyLine } from "../../src/bot/watch-weekly.ts";
import { openStore, type WatchPlace, type WatchTarget } from "../../src/store/index.ts";
import { DOMAIN, SOUND } from "../watch/support/watched.ts";
import {
  CHANNEL,
  DAY,
  DOMAIN_TARGET,
  fakePoster,
  HOUR,
  type WatchingWorld,
  watchingWorld,
} from "./support/watching-world.ts";

const OTHER: WatchPlace = { ...CHANNEL, conversation: "C2" };
const WEEK = 7 * DAY;
const moved = { ...SOUND, [DOMAIN]: { ...SOUND[DOMAIN], MX: { preference: 10, exchange: `mx2.${DOMAIN}` } } };

async function watchFrom(world: WatchingWorld, places: readonly WatchPlace[], target = DOMAIN_TARGET) {
  for (const place of places) {
    await world.watching.add({ place, wayBack: {}, target, every: null, askedBy: "U1" });
  }
}

/** A world with a notice for each place. */
async function withNotices(places: readonly WatchPlace[]): Promise<WatchingWorld> {
  const world = await watchingWorld(SOUND);
  await watchFrom(world, places);
  for (const place of places) {
    const answer = { title: "news", status: "info", summary: [], sections: [], followUps: [], sources: [] };
    await world.store.watches.addNotice(place, JSON.stringify(answer));
  }
  return world;
}

describe("a platform that cannot take it now", () => {
  test("is tried again after longer and longer pauses of a day at most, and then has it once", async () => {
    const world = await withNotices([CHANNEL]);
    world.slack.next = Array.from({ length: 9 }, () => "later" as const);
    const pauses: number[] = [];
    let last = world.now;
    for (; world.slack.posted.length === 0; world.now += 10_000) {
      if ((await world.posting().postDue()) === 0) continue;
      pauses.push(world.now - last);
      last = world.now;
    }
    expect(pauses).toHaveLength(10);
    expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(DAY);
    world.now += 2 * DAY;
    expect(await world.posting().postDue()).toBe(0);
    expect(world.slack.posted).toMatchObject([{ title: "news", maybePosted: false }]);
  });

  test("for a week is given up, as an operator can see", async () => {
    const world = await withNotices([CHANNEL]);
    world.now += 7 * DAY + 1;
    await world.posting().postDue();
    expect(world.slack.posted).toEqual([]);
    expect((await world.store.watches.count()).notices).toBe(0);
    expect(world.logged.map(({ message }) => message).join()).toMatch(/given up/);
  });

  test("and was told before that it may be there already is told so again", async () => {
    const world = await withNotices([CHANNEL]);
    await world.store.watches.takeNotices(1, 1);
    world.now += 1;
    world.slack.next = ["later"];
    await world.posting().postDue();
    world.now += HOUR;
    await world.posting().postDue();
    expect(world.slack.posted).toMatchObject([{ maybePosted: true }]);
  });

  test("or fails in the middle may have it: that is said the next time", async () => {
    const world = await withNotices([CHANNEL, OTHER]);
    world.slack.next = [() => Promise.reject(new Error("secret token xoxb"))];
    await world.posting().postDue();
    expect(world.slack.posted).toHaveLength(1);
    world.now += HOUR;
    await world.posting().postDue();
    expect(world.slack.posted.map(({ maybePosted }) => maybePosted)).toEqual([false, true]);
    expect(JSON.stringify(world.logged)).not.toContain("xoxb");
  });

  test("or takes long for one notice does not get the next ones from two instances", async () => {
    const world = await withNotices([CHANNEL, CHANNEL, CHANNEL]);
    const second = fakePoster("slack");
    world.slack.next = [
      async () => {
        world.now += 100_000;
        await world.posting([second]).postDue();
        return "posted";
      },
    ];
    await world.posting().postDue();
    expect(second.posted).toHaveLength(3);
    expect(world.slack.posted).toEqual([]);
  });

  test("or takes long for one notice gets the next ones from whoever comes first, as what nobody has posted yet", async () => {
    const world = await withNotices([CHANNEL, CHANNEL, CHANNEL]);
    world.slack.next = [
      async () => {
        world.now += 40_000;
        return "posted";
      },
    ];
    await world.posting().postDue();
    expect(world.slack.posted).toEqual([]);
    const second = fakePoster("slack");
    await world.posting([second]).postDue();
    expect(second.posted).toMatchObject([{ maybePosted: false }, { maybePosted: false }]);
  });

  test("does not hold up other conversations", async () => {
    const world = await withNotices([CHANNEL, OTHER]);
    const never = Promise.withResolvers<"later">();
    world.slack.next = [() => never.promise];
    const posting = world.posting().postDue();
    while (world.slack.posted.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    never.resolve("later");
    await posting;
    expect(world.slack.posted).toHaveLength(1);
  });
});

describe("a conversation that is gone", () => {
  test("loses its watches, what it was still to be told and its weekly line; others keep theirs", async () => {
    const world = await withNotices([CHANNEL, OTHER]);
    await world.store.watches.addNotice(CHANNEL, "{}");
    await world.watching.setWeekly(CHANNEL, true);
    world.slack.next = ["gone"];
    await world.posting().postDue();
    const left = [CHANNEL, OTHER].map(async (place) => (await world.watching.list(place)).length);
    expect(await Promise.all(left)).toEqual([0, 1]);
    expect(await world.watching.weekly(CHANNEL)).toBe(false);
    expect(await world.store.watches.count()).toMatchObject({ watches: 1, notices: 0 });
    expect(world.slack.posted.map(({ place }) => place)).toEqual(["slack T1 C2"]);
  });

  test("can be told by its adapter before anything is posted, and a whole workspace too", async () => {
    const world = await withNotices([CHANNEL, OTHER, { ...CHANNEL, tenant: "T2" }]);
    await world.watching.ended(OTHER);
    expect((await world.store.watches.count()).watches).toBe(2);
    await world.watching.ended({ platform: "slack", tenant: "T1" });
    await world.posting().postDue();
    expect(world.slack.posted.map(({ place }) => place)).toEqual(["slack T2 C1"]);
  });
});

describe("the weekly line", () => {
  const name = (index: number): WatchTarget => ({ kind: "domain", name: `d${index}.example` });
  const lines = ({ slack }: WatchingWorld) =>
    slack.posted.filter(({ title }) => title.startsWith("This week"));

  async function toNextMonday(world: WatchingWorld): Promise<void> {
    world.now = nextWeeklyLine(CHANNEL, world.now);
    await addWeeklyLines(world.store.watches, world.now);
    await world.posting().postDue();
  }

  test("comes on Monday mornings, in each conversation at a time of its own", () => {
    const now = Date.UTC(2026, 10, 3, 9);
    const times = Array.from({ length: 500 }, (_, index) =>
      nextWeeklyLine({ ...CHANNEL, conversation: `C${index}` }, now),
    );
    for (const time of times) {
      const date = new Date(time);
      expect([date.getUTCDay(), Math.floor(date.getUTCHours() / 2)]).toEqual([1, 3]);
      expect(time).toBeGreaterThan(now);
      expect(time).toBeLessThanOrEqual(now + WEEK);
      expect(nextWeeklyLine(CHANNEL, nextWeeklyLine(CHANNEL, now))).toBe(nextWeeklyLine(CHANNEL, now) + WEEK);
    }
    const minutes = new Set(times.map((time) => Math.floor(time / 60_000)));
    expect(minutes.size).toBeGreaterThan(80);
  });

  test("comes once a week, only where it was switched on, and says what changed", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL, OTHER]);
    await watchFrom(world, [CHANNEL], name(1));
    await world.watching.setWeekly(CHANNEL, true);
    await world.step();
    world.publish(moved);
    await world.step();
    await world.step();
    await toNextMonday(world);
    expect(lines(world).map(({ place, title }) => [place, title])).toEqual([
      ["slack T1 C1", "This week: 2 targets watched, 1 change"],
    ]);
    const [line] = lines(world);
    expect(line?.answer.sections).toEqual([
      { kind: "list", items: [[{ text: "partner.example: its mail servers changed" }]] },
    ]);
    await addWeeklyLines(world.store.watches, world.now + HOUR);
    await toNextMonday(world);
    await toNextMonday(world);
    expect(lines(world).map(({ title }) => title)).toEqual([
      "This week: 2 targets watched, 1 change",
      "This week: 2 targets watched, nothing changed",
      "This week: 2 targets watched, nothing changed",
    ]);
  });

  test("tells what could not be checked for three days, also in the list, and only as that", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    await world.watching.setWeekly(CHANNEL, true);
    await world.step();
    world.server.behave({ answer: "SERVFAIL" });
    for (const _day of [1, 2, 3, 4, 5]) await world.step();
    await toNextMonday(world);
    const [line] = lines(world);
    expect(line?.answer.status).toBe("unknown");
    expect(plainText(line?.answer.summary ?? [])).toBe(
      "For three days or more 1 could not be checked: partner.example.",
    );
    expect(world.slack.posted).toHaveLength(1);
  });

  test("comes once after weeks in which Postie did not run", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    await world.watching.setWeekly(CHANNEL, true);
    world.now += 5 * WEEK;
    await addWeeklyLines(world.store.watches, world.now);
    await addWeeklyLines(world.store.watches, world.now);
    await world.posting().postDue();
    expect(lines(world)).toHaveLength(1);
    expect(await world.store.watches.weeklyAt(CHANNEL)).toBeGreaterThan(world.now);
  });

  test("comes once when two instances put it there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "postie-weekly-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, "postie.db");
    const world = await watchingWorld(SOUND, { path });
    const another = await openStore({ path, now: () => world.now });
    onTestFinished(() => another.close());
    const places = Array.from({ length: 10 }, (_, index) => ({ ...CHANNEL, conversation: `C${index}` }));
    await watchFrom(world, places);
    for (const place of places) await world.watching.setWeekly(place, true);
    world.now += WEEK;
    await Promise.all(
      [world.store, another, world.store, another].map(({ watches }) => addWeeklyLines(watches, world.now)),
    );
    await Promise.all([world.posting().postDue(), world.posting([world.slack], another).postDue()]);
    expect(
      lines(world)
        .map(({ place }) => place)
        .toSorted(),
    ).toEqual(places.map(({ conversation }) => `slack T1 ${conversation}`).toSorted());
  });

  test("is not repeated when it is switched on twice, and does not come when it was switched off", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    await world.watching.setWeekly(CHANNEL, true);
    const at = await world.store.watches.weeklyAt(CHANNEL);
    world.now += 3 * DAY;
    await world.watching.setWeekly(CHANNEL, true);
    expect(await world.store.watches.weeklyAt(CHANNEL)).toBe(at);
    await world.watching.setWeekly(CHANNEL, false);
    await toNextMonday(world);
    expect(lines(world)).toEqual([]);
  });
});
