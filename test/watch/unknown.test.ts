/** What could not be checked is never a change, and a change is confirmed only by a check that saw it. */
import { describe, expect, test } from "vitest";
import { listing } from "../support/blocklist-zones.ts";
import type { Behaviour, DnsServer } from "../support/dns-server.ts";
import type { Zone } from "../support/dns-zone.ts";
import { aServer, asking } from "../support/resolver.ts";
import { DOMAIN, inWords, LISTS, listed, PATIENCE, SOUND, watched } from "./support/watched.ts";

const HOME = SOUND[DOMAIN] ?? {};
const DMARC = `_dmarc.${DOMAIN}`;
const FAILURES = ["SERVFAIL", "REFUSED", "silence", "garbage"] as const;

/** What a check is met with: the records as they were, other ones, or none that could be read. */
type Seen = "old" | "new" | "other" | "silence" | "SERVFAIL";

const OLD = `v=DMARC1; p=reject; rua=mailto:dmarc@${DOMAIN}`;
const POLICIES: Record<"old" | "new" | "other", string> = {
  old: OLD,
  new: "v=DMARC1; p=quarantine",
  other: "v=DMARC1; p=reject; fo=1",
};

function show(world: Awaited<ReturnType<typeof watched>>, seen: Seen): void {
  const fails = seen === "silence" || seen === "SERVFAIL";
  world.server.behaveWell();
  if (fails) world.server.behave({ answer: seen }, { name: DMARC });
  world.publish({ ...SOUND, [DMARC]: { TXT: [fails ? OLD : POLICIES[seen]] } });
}

describe("after a change was seen at one check and not told, the next one tells it", () => {
  // what the first and the second check see, and after how many further checks that see the new record it is told
  const table: [first: Seen, second: Seen, toldAt: 2 | 3 | 4][] = [
    ["new", "new", 2],
    ["new", "old", 4],
    ["new", "other", 4],
    ["new", "silence", 3],
    ["new", "SERVFAIL", 3],
    ["old", "new", 3],
    ["other", "new", 3],
    ["silence", "new", 3],
    ["SERVFAIL", "new", 3],
    ["old", "old", 4],
    ["other", "other", 2],
    ["silence", "silence", 4],
    ["old", "silence", 4],
    ["silence", "old", 4],
    ["other", "old", 4],
    ["old", "other", 4],
    ["silence", "other", 4],
    ["other", "silence", 4],
  ];

  test.each(table)("%s, then %s: at check %i", async (first, second, toldAt) => {
    const world = await watched(SOUND);
    await world.check();
    const told: string[][] = [];
    for (const seen of [first, second, "new", "new", "new"] as const) {
      show(world, seen);
      told.push((await world.check()).filter((change) => change.startsWith("dmarc ")));
    }
    expect(told.findIndex((changes) => changes.length > 0) + 1).toBe(toldAt);
    // each time what was told last is the state before
    const all = told.flat().map((change) => change.slice("dmarc ".length).split(" → "));
    expect(all.map(([before]) => before)).toEqual([OLD, ...all.slice(0, -1).map(([, after]) => after)]);
    expect(all.at(-1)?.[1]).toBe(POLICIES.new);
  });
});

describe("never told and never suspected are", () => {
  const heavy = "1.4.8.8.heavy.lists.test";
  const questions: Record<(typeof FAILURES)[number], { name?: string; type?: string }[]> = {
    SERVFAIL: [
      {},
      { name: DOMAIN },
      { name: DOMAIN, type: "MX" },
      { name: DOMAIN, type: "TXT" },
      { name: DMARC },
      { name: `google._domainkey.${DOMAIN}` },
      { name: `s3.${DOMAIN}` },
      { name: `mx1.${DOMAIN}` },
      { name: heavy },
      { name: `${DOMAIN}.names.lists.test` },
    ],
    REFUSED: [{}, { name: DMARC }, { name: heavy }],
    silence: [{}, { name: DOMAIN, type: "MX" }, { name: heavy }],
    garbage: [{ name: DOMAIN, type: "TXT" }],
  };
  const cases = FAILURES.flatMap((answer) => questions[answer].map((question) => ({ answer, question })));

  test.each(cases)("$answer to $question", async ({ answer, question }) => {
    const world = await watched({
      ...SOUND,
      ...listed(LISTS.heavy, "8.8.4.1"),
      ...listed(LISTS.names, DOMAIN),
    });
    await world.check();
    world.server.behave({ answer }, question);
    for (const round of [1, 2]) {
      expect([round, await world.check(), world.state.suspected]).toEqual([round, [], null]);
    }
    world.server.behaveWell();
    expect([await world.check(), await world.check(), world.state.suspected]).toEqual([[], [], null]);
  });

  test("what the first check could not learn", async () => {
    const world = await watched(SOUND);
    world.server.behave({ answer: "SERVFAIL" }, { name: DMARC });
    world.server.behave({ answer: "silence" }, { name: DOMAIN, type: "MX" });
    world.server.behave({ answer: "REFUSED" }, { name: "1.4.8.8.heavy.lists.test" });
    await world.check();
    world.server.behaveWell();
    expect([await world.check(), await world.check(), world.state.suspected]).toEqual([[], [], null]);
  });

  test("a change that went back before the second check", async () => {
    const world = await watched(SOUND);
    await world.check();
    for (const _round of [1, 2, 3]) {
      world.publish({ ...SOUND, [DOMAIN]: { ...HOME, MX: { preference: 10, exchange: "mx9.example" } } });
      expect(await world.check()).toEqual([]);
      expect(world.state.suspected).not.toBeNull();
      world.publish(SOUND);
      expect(await world.check()).toEqual([]);
      expect(world.state.suspected).toBeNull();
    }
  });

  test.each([DOMAIN, "8.8.4.7"])(
    "a listing of %s that is over before the second check, however long it may be kept",
    async (name) => {
      const target =
        name === DOMAIN ? ({ kind: "domain", name } as const) : ({ kind: "address", name } as const);
      const list = name === DOMAIN ? LISTS.names : LISTS.heavy;
      const world = await watched(SOUND, target);
      await world.check();
      world.publish({ ...SOUND, ...listing(list, name, { A: "127.0.0.2", ttl: 3_600 }) });
      await world.check();
      expect(world.state.suspected).not.toBeNull();
      world.publish(SOUND);
      expect([await world.check(), world.state.suspected]).toEqual([[], null]);
    },
  );

  test("one of two resolvers that is dead", async () => {
    const world = await watched(SOUND);
    await world.check();
    const dead: DnsServer = await aServer({});
    dead.behave({ answer: "silence" });
    world.resolver = asking([dead, world.server], PATIENCE);
    expect([await world.check(), await world.check(), world.state.suspected]).toEqual([[], [], null]);
  });

  test("a finding that cannot be seen since its record leads to what does not answer", async () => {
    const eleven = Array.from({ length: 11 }, (_, index) => `include:t${index}.${DOMAIN}`);
    const leaves: Zone = Object.fromEntries(
      eleven.map((_, index) => [`t${index}.${DOMAIN}`, { TXT: ["v=spf1 -all"] }]),
    );
    const record = (terms: readonly string[]): Zone => ({
      ...SOUND,
      ...leaves,
      [DOMAIN]: { ...HOME, TXT: [`v=spf1 ${terms.join(" ")} -all`] },
    });
    const world = await watched(record(eleven));
    await world.check();
    // now it leads to another name, of which nothing is known
    world.server.behave({ answer: "silence" }, { name: `new.${DOMAIN}` });
    world.publish(record([`include:new.${DOMAIN}`, ...eleven.slice(0, 4)]));
    await world.check();
    const told = await world.check();
    expect(told.map((change) => change.split(" ")[0])).toEqual(["spf"]);
    world.server.behaveWell();
    world.publish({
      ...record([`include:new.${DOMAIN}`, ...eleven.slice(0, 4)]),
      [`new.${DOMAIN}`]: { TXT: ["v=spf1 -all"] },
    });
    expect([await world.check(), await world.check()]).toEqual([[], []]);
  });
});

describe("a target that cannot be checked at all", () => {
  test.each<Behaviour["answer"][]>([["silence"], ["SERVFAIL"], ["REFUSED"]])(
    "by %s is told as that, and stays as it was",
    async (answer) => {
      const world = await watched(SOUND);
      await world.check();
      const { known } = world.state;
      world.server.behave({ answer });
      const since = world.now;
      await world.check();
      await world.check();
      expect(world.state).toMatchObject({ known, suspected: null, unknownSince: since });
      world.server.behaveWell();
      expect(await world.check()).toEqual([]);
      expect(world.state.unknownSince).toBeNull();
    },
  );

  test("keeps a suspicion for an hour, then finds the change anew", async () => {
    const world = await watched(SOUND);
    await world.check();
    world.publish({ ...SOUND, [DMARC]: {} });
    await world.check();
    world.server.behave({ answer: "REFUSED" });
    await world.check();
    expect(world.state.suspected).not.toBeNull();
    for (const _round of [1, 2, 3, 4, 5]) await world.check();
    expect(world.state.suspected).toBeNull();
    world.server.behaveWell();
    expect(await world.check()).toEqual([]);
    expect(await world.check()).toContain("+dmarc.missing");
  });

  test("an address too, when no list answers", async () => {
    const world = await watched({}, { kind: "address", name: "8.8.4.7" });
    world.server.behave({ answer: "silence" });
    expect(await world.check()).toEqual([]);
    expect(world.state).toMatchObject({ known: null, suspected: null });
    expect(world.state.unknownSince).not.toBeNull();
  });
});

describe("a record that is another one at each look", () => {
  const rotating = (round: number, mx: string): Zone => ({
    ...SOUND,
    [DOMAIN]: {
      ...HOME,
      TXT: [`v=spf1 ip4:198.51.100.${round} -all`],
      MX: { preference: 1, exchange: `${mx}.${DOMAIN}` },
    },
  });

  test("is not told by itself, and not looked at for longer than an hour each day", async () => {
    const world = await watched(rotating(0, "mx1"));
    await world.check();
    const day = 24 * 60 * 60_000;
    const begin = world.now;
    let checks = 0;
    for (; world.now - begin < 3 * day; checks++) {
      world.publish(rotating(checks + 1, "mx1"));
      expect(await world.check()).toEqual([]);
    }
    expect(checks).toBeLessThanOrEqual(4 * 7);
  });

  test("does not hide what else changes", async () => {
    const world = await watched(rotating(0, "mx1"));
    await world.check();
    const told: string[] = [];
    for (const round of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      world.publish(rotating(round, "mx2"));
      told.push(...(await world.checkInFull()).map(inWords));
    }
    expect(told.filter((change) => change.startsWith("mx "))).toHaveLength(1);
  });
});
