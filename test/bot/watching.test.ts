/** From the wish to watch to the notice in each conversation that watches. */
import { describe, expect, onTestFinished, test } from "vitest";
import { plainText } from "../../src/bot/answer.ts";
import { createWatching } from "../../src/bot/watching.ts";
import { StoreUnavailable, type WatchPlace } from "../../src/store/index.ts";
import { DOMAIN, LISTS, listed, SOUND } from "../watch/support/watched.ts";
import {
  CHANNEL,
  DAY,
  DOMAIN_TARGET,
  HOUR,
  type WatchingWorld,
  watchingWorld,
} from "./support/watching-world.ts";

const ADDRESS = { kind: "address", name: "8.8.4.7" } as const;
const PLACES: WatchPlace[] = [
  CHANNEL,
  { ...CHANNEL, conversation: "C2" },
  { ...CHANNEL, tenant: "T2" },
  { platform: "teams", tenant: "X", conversation: "19:a" },
];
const moved = { ...SOUND, [DOMAIN]: { ...SOUND[DOMAIN], MX: { preference: 10, exchange: `mx2.${DOMAIN}` } } };

async function watchFrom(world: WatchingWorld, places: readonly WatchPlace[], target = DOMAIN_TARGET) {
  for (const place of places) {
    await world.watching.add({
      place,
      wayBack: { to: place.conversation },
      target,
      every: null,
      askedBy: "U1",
    });
  }
}

describe("a change", () => {
  test("is told once, after it was confirmed, in every conversation that watches, by its own way back", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, PLACES);
    await world.step();
    world.publish(moved);
    await world.step();
    expect([...world.slack.posted, ...world.teams.posted]).toEqual([]);
    await world.step();
    await world.step();
    await world.step();
    const posted = [...world.slack.posted, ...world.teams.posted];
    expect(
      posted.map(({ place, wayBack, title, maybePosted }) => [place, wayBack, title, maybePosted]),
    ).toEqual(
      ["slack T1 C1", "slack T1 C2", "slack T2 C1", "teams X 19:a"].map((place, index) => [
        place,
        { to: PLACES[index]?.conversation },
        "partner.example: its mail servers changed",
        false,
      ]),
    );
    expect(new Set(posted.map(({ id }) => id)).size).toBe(4);
  });

  test("is looked for once, however many watch", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, PLACES);
    await world.step();
    expect(world.looks(`TXT _dmarc.${DOMAIN}`)).toBe(1);
  });

  test("of an address is told as that, and that it is over too", async () => {
    const world = await watchingWorld({});
    await watchFrom(world, [CHANNEL], ADDRESS);
    await world.step(ADDRESS);
    for (const zone of [listed(LISTS.heavy, ADDRESS.name), {}]) {
      world.publish(zone);
      await world.step(ADDRESS);
      await world.step(ADDRESS);
    }
    expect(world.slack.posted.map(({ title, answer }) => `${answer.status} ${title}`)).toEqual([
      "problem 8.8.4.7 is now on Heavy",
      "ok 8.8.4.7 is no longer on Heavy",
    ]);
  });

  test("says what was before and is now, what it means, who should act, and offers what to do", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    await world.step();
    world.publish(moved);
    await world.step();
    await world.step();
    const answer = world.slack.posted[0]?.answer;
    expect(plainText(answer?.summary ?? [])).toMatch(/goes to other servers from now on/);
    expect(answer?.sections[0]).toEqual({
      kind: "facts",
      rows: [
        {
          label: "Mail servers",
          value: [
            { text: `mx1.${DOMAIN}, mx2.${DOMAIN}`, style: "code" },
            { text: " → " },
            { text: `mx2.${DOMAIN}`, style: "code" },
          ],
        },
      ],
    });
    expect(answer?.followUps).toEqual([
      { label: "Check now", command: "checkdomain", text: DOMAIN },
      { label: "Stop watching", command: "watch", text: `stop ${DOMAIN}` },
    ]);
  });

  test("does not let outside text into what is posted unseen", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    await world.step();
    const evil = "v=spf1 \u202e\u0007<!channel> exp=[x](https://evil.example) -all";
    world.publish({ ...SOUND, [DOMAIN]: { ...SOUND[DOMAIN], TXT: [Buffer.from(evil).toString("latin1")] } });
    await world.step();
    await world.step();
    expect(world.slack.posted).toHaveLength(1);
    expect(JSON.stringify(world.slack.posted)).not.toMatch(/\\u202e|\u202e|\\u0007/);
  });

  test("that somebody began to watch between its two checks is told to them too", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    await world.step();
    world.publish(moved);
    await world.step();
    await watchFrom(world, PLACES.slice(1, 2));
    await world.step();
    expect(world.slack.posted.map(({ place }) => place)).toEqual(["slack T1 C1", "slack T1 C2"]);
  });

  test("is not told to who stopped watching before", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, PLACES.slice(0, 2));
    await world.step();
    world.publish(moved);
    await world.step();
    await world.watching.remove(CHANNEL, DOMAIN_TARGET);
    await world.step();
    expect(world.slack.posted.map(({ place }) => place)).toEqual(["slack T1 C2"]);
  });
});

describe("the time of the next check", () => {
  const nextIn = async (world: WatchingWorld) =>
    ((await world.store.watches.state(DOMAIN_TARGET))?.state.nextCheckAt ?? 0) - world.now;

  test("is at once for a new target, and by the interval after that", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    expect(await nextIn(world)).toBe(0);
    await world.step();
    expect(await nextIn(world)).toBeGreaterThanOrEqual(DAY / 4);
    expect(await nextIn(world)).toBeLessThanOrEqual(1.25 * DAY);
    await world.step();
    expect(await nextIn(world)).toBe(DAY);
  });

  test("is within the hour as soon as one of those who watch wants that, also while a check is under way", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    await world.step();
    await world.ask(`${DOMAIN} hourly`, { place: { ...CHANNEL, conversation: "C2", private: true } });
    expect(await nextIn(world)).toBeLessThanOrEqual(HOUR);
    await world.step();
    expect(await nextIn(world)).toBeLessThanOrEqual(HOUR);
    await world.watching.remove({ ...CHANNEL, conversation: "C2" }, DOMAIN_TARGET);
    await world.step();
    expect(await nextIn(world)).toBeGreaterThanOrEqual(DAY / 4);
    // somebody joins while the check runs
    world.now += (await nextIn(world)) + 1;
    world.server.behave({ latency: 30 });
    const running = world.checks().check(DOMAIN_TARGET, new AbortController().signal);
    await world.ask(`${DOMAIN} hourly`);
    await running;
    expect(await nextIn(world)).toBeLessThanOrEqual(HOUR);
  });

  test("is soon, with a change that is to be confirmed", async () => {
    const world = await watchingWorld(SOUND);
    await watchFrom(world, [CHANNEL]);
    await world.step();
    world.publish(moved);
    await world.step();
    expect(await nextIn(world)).toBeLessThanOrEqual(12 * 60_000);
  });
});

test("a target whose check ends in a fault of Postie's is tried again later, and the others are not held up", async () => {
  const world = await watchingWorld(SOUND);
  await watchFrom(world, [CHANNEL]);
  const broken = { ...world.services, resolver: () => Promise.reject(new TypeError("secret")) };
  const { createWatchChecks } = await import("../../src/bot/watch-checks.ts");
  const log = {
    info: () => {},
    warn: () => {},
    error: (fields: object, message: string) => world.logged.push({ fields, message }),
  };
  const checks = createWatchChecks({
    store: world.store,
    services: broken,
    log,
    now: () => world.now,
    random: () => 0.5,
  });
  expect(await checks.check(DOMAIN_TARGET, new AbortController().signal)).toBe(0);
  expect(JSON.stringify(world.logged)).toContain("TypeError");
  expect(JSON.stringify(world.logged)).not.toMatch(/secret|partner/);
  const state = await world.store.watches.state(DOMAIN_TARGET);
  expect(state?.state.nextCheckAt).toBe(world.now + HOUR);
  await world.step();
  expect((await world.store.watches.state(DOMAIN_TARGET))?.state.known).not.toBeNull();
});

test.each([
  ["the store is away", new StoreUnavailable("test"), "warn"],
  ["Postie has a fault", new TypeError("secret"), "error"],
] as const)("where %s, watching goes on, and the log tells how bad it is", async (_case, fault, level) => {
  const world = await watchingWorld(SOUND);
  const told: [string, object][] = [];
  const tell = (at: string) => (fields: object) => void told.push([at, fields]);
  const { store, services, jobs } = world;
  const claim = () => Promise.reject(fault);
  const watching = createWatching({
    store: { ...store, claims: { ...store.claims, claim } },
    services,
    jobs,
    log: { info: tell("info"), warn: tell("warn"), error: tell("error") },
    pace: { plan: 20, post: 20 },
  });
  await watching.start();
  onTestFinished(() => watching.stop(1_000));
  await expect.poll(() => told.length).toBeGreaterThan(1);
  for (const one of told) expect(one).toEqual([level, { error: fault.name }]);
});
