import { describe, expect, test } from "vitest";
import { type Blocklists, createBlocklists } from "../../src/blocklist/index.ts";
import type { Zone as Blocklist } from "../../src/blocklist/zones.ts";
import { aBlocklist, knownZones, listing, livingLists } from "../support/blocklist-zones.ts";
import type { DnsServer } from "../support/dns-server.ts";
import type { Zone } from "../support/dns-zone.ts";
import { serving } from "../support/resolver.ts";

const LIST = aBlocklist({ zone: "bl.test" });
const ON = { kind: "ip4", value: "8.8.4.200" } as const;
const OFF = { kind: "ip4", value: "8.8.4.201" } as const;
const LISTED = listing(LIST, ON.value, { A: "127.0.0.2" });
const QUESTION = "201.4.8.8.bl.test";
const TESTS = ["2.0.0.127.bl.test", "1.0.0.127.bl.test"] as const;

interface Setting {
  list: Blocklist;
  blocklists: Blocklists;
  server: DnsServer;
  /** Lets time pass for what is kept, in seconds. */
  pass(seconds: number): void;
}

/** One living list, with the records of `zone` beside its own. */
async function setting({
  list = LIST,
  zone = {},
  perDay = 1_000,
}: {
  list?: Blocklist;
  zone?: Zone;
  perDay?: number;
} = {}): Promise<Setting> {
  let now = 0;
  const clock = () => now;
  const { server, resolver } = await serving({ ...livingLists([list]), ...zone }, { clock });
  const known = knownZones([list], perDay);
  const blocklists = createBlocklists({ ...known, resolver, clock, now: clock, random: () => 1 });
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { list, blocklists, server, pass };
}

describe("a list that is asked anew", () => {
  test("says what it says now, whatever it said a moment ago, and shows that it lives", async () => {
    const { blocklists, server, pass } = await setting();
    expect(await blocklists.ask(LIST, ON)).toMatchObject({ verdict: "clean" });
    server.serve({ ...livingLists([LIST]), ...LISTED });
    pass(59);
    expect(await blocklists.ask(LIST, ON)).toMatchObject({ verdict: "clean" });
    expect(await blocklists.ask(LIST, ON, { fresh: true })).toMatchObject({ verdict: "listed" });
    expect(await blocklists.ask(LIST, ON)).toMatchObject({ verdict: "listed" });
    // it does not even list its test point any more
    server.serve({ "bl.test": { SOA: { minimum: 60 } } });
    pass(120);
    expect(await blocklists.ask(LIST, ON, { fresh: true })).toMatchObject({
      verdict: "unchecked",
      reason: "empty",
    });
  });
});

test("what is asked anew leaves a part of the day's questions to others", async () => {
  const { blocklists } = await setting({ perDay: 20 });
  const ask = (index: number, fresh: boolean) =>
    blocklists.ask(LIST, { kind: "ip4", value: `8.8.4.${index}` }, { fresh });
  const verdicts: string[] = [];
  for (let index = 0; index < 20; index++) verdicts.push((await ask(index, true)).verdict);
  expect(verdicts.lastIndexOf("clean")).toBeLessThan(16);
  expect((await ask(20, true)).reason).toBe("quota");
  expect((await ask(20, false)).verdict).toBe("clean");
});

describe("the self-test", () => {
  test("is asked together with the first question, and not again for half an hour", async () => {
    const { blocklists, server, pass } = await setting();
    expect(await blocklists.ask(LIST, OFF)).toMatchObject({ verdict: "clean", reason: null });
    expect(server.log.map(({ name }) => name).toSorted()).toEqual([...TESTS, QUESTION].toSorted());
    pass(29 * 60);
    await blocklists.ask(LIST, { kind: "ip4", value: "8.8.4.202" });
    expect(server.count(TESTS[0], "A")).toBe(1);
    pass(2 * 60);
    await blocklists.ask(LIST, { kind: "ip4", value: "8.8.4.203" });
    expect(server.count(TESTS[0], "A")).toBe(2);
  });

  test("is asked anew when a listing is found by an older one, so that a list that lists the world by now is not believed", async () => {
    const { blocklists, server, pass } = await setting();
    await blocklists.ask(LIST, OFF);
    pass(10 * 60);
    server.serve({ "*.bl.test": { A: "127.0.0.2" } });
    expect(await blocklists.ask(LIST, ON)).toMatchObject({
      verdict: "unchecked",
      reason: "lists-all",
      answers: ["127.0.0.2"],
    });
  });

  test("lets a listing be believed though the positive point is missing, but not that something is not listed", async () => {
    const { blocklists, server } = await setting({ zone: LISTED });
    server.serve({ "bl.test": { SOA: { minimum: 60 } }, ...LISTED });
    expect(await blocklists.ask(LIST, ON)).toMatchObject({ verdict: "listed" });
    expect(await blocklists.ask(LIST, OFF)).toMatchObject({ verdict: "unchecked", reason: "empty" });
  });

  test.each([
    { point: TESTS[0], subject: OFF, answer: "SERVFAIL", reason: "servfail" },
    { point: TESTS[0], subject: OFF, answer: "REFUSED", reason: "refused" },
    { point: TESTS[0], subject: OFF, answer: "silence", reason: "silent" },
    { point: TESTS[1], subject: ON, answer: "SERVFAIL", reason: "servfail" },
    { point: TESTS[1], subject: ON, answer: "silence", reason: "silent" },
  ] as const)(
    "that ends in $answer at $point leaves $subject.value unchecked: $reason",
    async ({ point, subject, answer, reason }) => {
      const { blocklists, server } = await setting({ zone: LISTED });
      server.behave({ answer }, { name: point });
      expect(await blocklists.ask(LIST, subject)).toMatchObject({ verdict: "unchecked", reason });
    },
  );

  test("takes a random address of 240/4 or a random label where a list has no negative point", async () => {
    const { blocklists, server } = await setting({
      list: aBlocklist({ zone: "bl.test", lists: ["ip4", "domain"], test: {} }),
    });
    const [list] = blocklists.zones as [Blocklist];
    await blocklists.ask(list, OFF);
    expect(server.log.map(({ name }) => name)).toContainEqual(
      expect.stringMatching(/^\d+\.\d+\.\d+\.2[45]\d\.bl\.test$/),
    );
    const names = await setting({ list: aBlocklist({ zone: "bl.test", lists: ["domain"], test: {} }) });
    await names.blocklists.ask(names.list, { kind: "domain", value: "example.org" });
    expect(names.server.log.map(({ name }) => name)).toContainEqual(
      expect.stringMatching(/^postie-[0-9a-f]{16}\.bl\.test$/),
    );
  });

  test("uses the points of IPv6 for IPv6, by the form of RFC 5782", async () => {
    const test6 = {
      listed: "127.0.0.2",
      unlisted: "127.0.0.1",
      listed6: "::ffff:7f00:2",
      unlisted6: "::ffff:7f00:1",
    };
    const list = aBlocklist({ zone: "bl.test", lists: ["ip4", "ip6"], test: test6 });
    const { blocklists, server } = await setting({ list });
    expect(await blocklists.ask(list, { kind: "ip6", value: "2a00:1450::77" })).toMatchObject({
      verdict: "clean",
    });
    expect(server.count(`2.0.0.0.0.0.f.7.f.f.f.f.${"0.".repeat(20)}bl.test`, "A")).toBe(1);
  });
});

describe("a list that fails", () => {
  test.each([
    { answer: "silence", reason: "silent" },
    { answer: "SERVFAIL", reason: "servfail" },
    { answer: "REFUSED", reason: "refused" },
    { answer: "garbage", reason: "servfail" },
  ] as const)(
    "with $answer is not asked again for a while, then it is, and then believed",
    async ({ answer, reason }) => {
      const { blocklists, server, pass } = await setting();
      server.behave({ answer });
      expect(await blocklists.ask(LIST, OFF)).toMatchObject({ verdict: "unchecked", reason });
      const asked = server.count();
      const started = performance.now();
      expect(await blocklists.ask(LIST, ON)).toMatchObject({ verdict: "unchecked", reason });
      expect(performance.now() - started).toBeLessThan(50);
      expect(server.count()).toBe(asked);
      server.behaveWell();
      pass(31);
      expect(await blocklists.ask(LIST, OFF)).toMatchObject({ verdict: "clean" });
    },
  );

  test.each([
    { answers: { A: "10.0.0.1" }, reason: "not-127" },
    { answers: { A: "127.0.0.1" }, reason: "blocked" },
  ])("only about one address ($reason) is asked about others as before", async ({ answers, reason }) => {
    const { blocklists, server } = await setting({ zone: listing(LIST, ON.value, answers) });
    expect(await blocklists.ask(LIST, ON)).toMatchObject({ verdict: "unchecked", reason });
    expect(await blocklists.ask(LIST, OFF)).toMatchObject({ verdict: "clean" });
    expect(server.count(TESTS[0], "A")).toBe(1);
  });

  test("for IPv6 only is asked about IPv4 as before", async () => {
    const points = {
      listed: "127.0.0.2",
      unlisted: "127.0.0.1",
      listed6: "::ffff:7f00:2",
      unlisted6: "::ffff:7f00:1",
    };
    const list = aBlocklist({ zone: "bl.test", lists: ["ip4", "ip6"], test: points });
    const only4 = { "bl.test": { SOA: { minimum: 60 } }, "2.0.0.127.bl.test": { A: "127.0.0.2" } };
    const { blocklists, server } = await setting({ list });
    server.serve(only4);
    expect(await blocklists.ask(list, { kind: "ip6", value: "2a00:1450::77" })).toMatchObject({
      reason: "empty",
    });
    expect(await blocklists.ask(list, OFF)).toMatchObject({ verdict: "clean" });
  });

  test("again and again is left alone for longer each time, half an hour at most", async () => {
    const { blocklists, server, pass } = await setting();
    server.behave({ answer: "REFUSED" });
    const waits = [30, 60, 120, 240, 480, 960, 1800, 1800];
    for (const wait of waits) {
      await blocklists.ask(LIST, OFF);
      const asked = server.count(QUESTION);
      pass(wait - 1);
      await blocklists.ask(LIST, OFF);
      expect(server.count(QUESTION), `within ${wait} s`).toBe(asked);
      pass(1);
    }
  });

  test("by refusing the resolver is remembered with what its code means", async () => {
    const codes = [{ match: "127.255.255.254", kind: "error" as const, meaning: "an open resolver" }];
    const list = aBlocklist({ zone: "bl.test", codes });
    const { blocklists } = await setting({
      list,
      zone: { "*.bl.test": { A: "127.255.255.254" }, "2.0.0.127.bl.test": { A: "127.255.255.254" } },
    });
    for (const answers of [["127.255.255.254"], []]) {
      expect(await blocklists.ask(list, OFF)).toMatchObject({
        verdict: "unchecked",
        reason: "blocked",
        answers,
        codes,
      });
    }
  });

  test("of which nothing is heard is given up, but not one that answers other questions slowly", async () => {
    const { blocklists, server } = await setting();
    server.behave({ latency: 850 });
    server.behave({ latency: 1_200 }, { name: QUESTION });
    expect(await blocklists.ask(LIST, OFF)).toMatchObject({ verdict: "clean" });
  });
});

describe("answers", () => {
  test.each([
    { ttl: 0, kept: 60 },
    { ttl: 300, kept: 300 },
    { ttl: 3_600, kept: 900 },
  ])("with a TTL of $ttl s are kept for $kept s", async ({ ttl, kept }) => {
    const { blocklists, server, pass } = await setting({
      zone: listing(LIST, ON.value, { A: "127.0.0.2", ttl }),
    });
    const question = "200.4.8.8.bl.test";
    await blocklists.ask(LIST, ON);
    server.serve(livingLists([LIST]));
    pass(kept - 1);
    expect(await blocklists.ask(LIST, ON)).toMatchObject({ verdict: "listed" });
    expect(server.count(question, "A")).toBe(1);
    pass(1);
    expect(await blocklists.ask(LIST, ON)).toMatchObject({ verdict: "clean" });
  });

  test("are asked for once when many want to know the same", async () => {
    const { blocklists, server } = await setting({ zone: LISTED });
    server.behave({ latency: 20 });
    const found = await Promise.all(Array.from({ length: 20 }, () => blocklists.ask(LIST, ON)));
    expect(found.map(({ verdict }) => verdict)).toEqual(Array(20).fill("listed"));
    expect(server.count()).toBe(3);
  });

  test("of a list are asked for no oftener than its quota of the day allows, and again the next day", async () => {
    const { blocklists, server, pass } = await setting({ perDay: 5 });
    const ask = (last: number) => blocklists.ask(LIST, { kind: "ip4", value: `8.8.4.${last}` });
    expect(await ask(1)).toMatchObject({ verdict: "clean" });
    expect(await ask(2)).toMatchObject({ verdict: "clean" });
    expect(await ask(3)).toMatchObject({ verdict: "clean" });
    expect(await ask(4)).toMatchObject({ verdict: "unchecked", reason: "quota" });
    expect(server.count()).toBe(5);
    pass(24 * 60 * 60);
    expect(await ask(5)).toMatchObject({ verdict: "clean" });
  });

  test("that the table does not know are asked for again, not kept as a failure of the list", async () => {
    const { blocklists, server } = await setting({ zone: listing(LIST, ON.value, { A: "127.0.0.77" }) });
    expect(await blocklists.ask(LIST, ON)).toMatchObject({
      verdict: "unchecked",
      reason: "unknown-code",
      answers: ["127.0.0.77"],
    });
    expect(await blocklists.ask(LIST, OFF)).toMatchObject({ verdict: "clean" });
    expect(server.count(QUESTION, "A")).toBe(1);
  });
});

describe("a list that wants a key", () => {
  const KEY = "s3cretkey";
  const keyed = aBlocklist({ zone: "<key>.bl.test", status: "keyed", key: "dqs" });

  test("is not asked without one", async () => {
    const { blocklists, server } = await setting({ list: keyed });
    expect(await blocklists.ask(keyed, OFF)).toMatchObject({ verdict: "unchecked", reason: "key" });
    expect(server.count()).toBe(0);
  });

  test("is asked by it, and it never comes back in the list's text", async () => {
    const zone = {
      ...livingLists([keyed], KEY),
      ...listing(keyed, ON.value, { A: "127.0.0.2", TXT: `see /${KEY}/ and ${KEY.toUpperCase()}` }, KEY),
    };
    const { resolver } = await serving(zone);
    const blocklists = createBlocklists({ ...knownZones([keyed]), resolver, keys: { dqs: KEY } });
    expect(await blocklists.ask(keyed, ON)).toMatchObject({ verdict: "listed" });
    expect(await blocklists.text(keyed, ON)).toBe("see /<key>/ and <key>");
  });
});
