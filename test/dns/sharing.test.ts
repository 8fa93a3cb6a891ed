import { describe, expect, test } from "vitest";
import { aServer, asking, serving } from "../support/resolver.ts";

const zone = { "a.example": { A: "192.0.2.1", ttl: 100 }, "zero.example": { A: "192.0.2.1", ttl: 0 } };

describe("the cache", () => {
  test("is left out where the asker keeps answers itself", async () => {
    const { server, resolver } = await serving(zone);
    await resolver.resolve("a.example", "A", { uncached: true });
    await resolver.resolve("a.example", "A");
    await resolver.resolve("a.example", "A", { uncached: true });
    expect(server.count()).toBe(3);
    await resolver.resolve("a.example", "A");
    expect(server.count()).toBe(3);
  });

  test("keeps an answer as long as its TTL says and tells what is left of it", async () => {
    let now = 0;
    const { server, resolver } = await serving(zone, { clock: () => now });
    expect(await resolver.resolve("a.example", "A")).toMatchObject({ ttl: 100 });
    now = 40_000;
    expect(await resolver.resolve("A.Example.", "A")).toMatchObject({ ttl: 60, records: ["192.0.2.1"] });
    expect(server.count()).toBe(1);
    now = 100_000;
    expect(await resolver.resolve("a.example", "A")).toMatchObject({ ttl: 100 });
    expect(server.count()).toBe(2);
  });

  test.each([
    { ttl: 0, kept: 0 },
    { ttl: 10, kept: 10 },
    { ttl: 86_400, kept: 3600 },
    { ttl: 0x8000_0001, kept: 0 },
  ])("keeps what has a TTL of $ttl s for $kept s", async ({ ttl, kept }) => {
    let now = 0;
    const { server, resolver } = await serving(
      { "a.example": { A: "192.0.2.1", ttl } },
      { clock: () => now },
    );
    expect(await resolver.resolve("a.example", "A")).toMatchObject({ ttl: kept });
    now = kept * 1000 - 1;
    await resolver.resolve("a.example", "A");
    expect(server.count()).toBe(kept === 0 ? 2 : 1);
    now = kept * 1000;
    await resolver.resolve("a.example", "A");
    expect(server.count()).toBe(kept === 0 ? 3 : 2);
  });

  test("keeps that a name does not exist, but not for long", async () => {
    let now = 0;
    const { server, resolver } = await serving(
      { example: { SOA: { minimum: 9999 }, ttl: 9999 } },
      { clock: () => now },
    );
    await resolver.resolve("gone.example", "A");
    now = 299_999;
    expect(await resolver.resolve("gone.example", "A")).toMatchObject({ status: "nxdomain" });
    expect(server.count()).toBe(1);
    now = 300_000;
    await resolver.resolve("gone.example", "A");
    expect(server.count()).toBe(2);
  });

  test("keeps a failure for a second only (RFC 9520)", async () => {
    let now = 0;
    const { server, resolver } = await serving(zone, { clock: () => now });
    server.behave({ answer: "SERVFAIL" });
    await resolver.resolve("a.example", "A");
    now = 999;
    expect(await resolver.resolve("a.example", "A")).toMatchObject({ status: "servfail" });
    expect(server.count()).toBe(1);
    server.behaveWell();
    now = 1000;
    expect(await resolver.resolve("a.example", "A")).toMatchObject({ status: "ok" });
  });

  test("keeps apart what differs in name or type", async () => {
    const { resolver } = await serving({ "a.example": { A: "192.0.2.1", TXT: "text" } });
    expect((await resolver.resolve("a.example", "A")).records).toEqual(["192.0.2.1"]);
    expect((await resolver.resolve("a.example", "TXT")).records).toEqual([["text"]]);
    expect((await resolver.resolve("b.example", "A")).status).toBe("nxdomain");
  });

  test("holds no more entries than it may and drops the one not used for longest", async () => {
    const { server, resolver } = await serving({}, { cacheEntries: 2 });
    for (const name of ["a", "b", "a", "c"]) await resolver.resolve(name, "A");
    expect(server.count()).toBe(3);
    await resolver.resolve("a", "A");
    expect(server.count("a")).toBe(1);
    await resolver.resolve("b", "A");
    expect(server.count("b")).toBe(2);
  });
});

describe("the patience of one question", () => {
  test("may be shorter than the resolver's own, and counts from when it is sent", async () => {
    const { server, resolver } = await serving(zone, { maxQuestions: 1 });
    server.behave({ answer: "silence" }, { name: "a.example" });
    server.behave({ latency: 60 }, { name: "zero.example" });
    const [first, second] = await Promise.all([
      resolver.resolve("a.example", "A", { patience: 50 }),
      resolver.resolve("zero.example", "A", { patience: 90 }),
    ]);
    expect(first).toMatchObject({ status: "timeout" });
    expect(second).toMatchObject({ status: "ok" });
  });

  test("may grow while it waits", async () => {
    const { server, resolver } = await serving(zone);
    server.behave({ latency: 150 });
    let patience = 50;
    const waiting = resolver.resolve("a.example", "A", { patience: () => patience });
    patience = 1_000;
    expect(await waiting).toMatchObject({ status: "ok" });
  });
});

describe("several who ask the same", () => {
  test("share one question, also when nothing may be kept", async () => {
    const { server, resolver } = await serving(zone);
    server.behave({ latency: 20 });
    const names = ["zero.example", "ZERO.example", "zero.example."];
    const outcomes = await Promise.all(names.map((name) => resolver.resolve(name, "A")));
    expect(outcomes.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
    expect(server.count()).toBe(1);
  });

  test("wait on when one of them gives up", async () => {
    const { server, resolver } = await serving(zone);
    server.behave({ latency: 100 });
    const first = resolver.resolve("a.example", "A", { signal: AbortSignal.timeout(20) });
    const second = resolver.resolve("a.example", "A");
    const third = resolver.resolve("a.example", "A", { signal: AbortSignal.timeout(10_000) });
    expect(await first).toMatchObject({ status: "timeout", reason: expect.stringContaining("given up") });
    expect(await second).toMatchObject({ status: "ok" });
    expect(await third).toMatchObject({ status: "ok" });
    expect(server.count()).toBe(1);
  });

  test("end the question when all of them have given up, and the next one asks anew", async () => {
    const { server, resolver } = await serving(zone, { tries: [0], timeout: 120_000, maxQuestions: 1 });
    server.behave({ answer: "silence" });
    const signal = AbortSignal.timeout(20);
    const both = [
      resolver.resolve("a.example", "A", { signal }),
      resolver.resolve("a.example", "A", { signal }),
    ];
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual(["timeout", "timeout"]);
    server.behaveWell();
    expect(await resolver.resolve("a.example", "A"), "nothing of it was kept").toMatchObject({
      status: "ok",
    });
    expect(server.count(), "the second try was not sent").toBe(2);
  });

  test("are not asked for when they have given up before", async () => {
    const { server, resolver } = await serving(zone);
    const outcome = await resolver.resolve("a.example", "A", { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ status: "timeout" });
    expect(server.count()).toBe(0);
  });
});

describe("many questions at once", () => {
  test("wait for their turn", async () => {
    const { server, resolver } = await serving({}, { maxQuestions: 3 });
    server.behave({ answer: "silence" });
    const signal = AbortSignal.timeout(100);
    const asked = Array.from({ length: 10 }, (_, i) => resolver.resolve(`n${i}.example`, "A", { signal }));
    await Promise.all(asked);
    expect(server.count()).toBe(3);
    server.behaveWell();
    const again = Array.from({ length: 10 }, (_, i) => resolver.resolve(`n${i}.example`, "A"));
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual(Array(10).fill("nxdomain"));
  });
});

describe("source ports", () => {
  test("are shared by a few questions at most, and only by those of one moment", async () => {
    const { server, resolver } = await serving({}, { maxQuestions: 1_000 });
    server.behave({ latency: 20 });
    await Promise.all(Array.from({ length: 100 }, (_, i) => resolver.resolve(`n${i}.example`, "A")));
    const byPort = Map.groupBy(server.log, ({ port }) => port);
    expect(Math.max(...[...byPort.values()].map((those) => those.length))).toBeLessThanOrEqual(32);
    for (const those of byPort.values()) expect(new Set(those.map(({ id }) => id)).size).toBe(those.length);
    const before = new Set(byPort.keys());
    await resolver.resolve("a.example", "A");
    await resolver.resolve("b.example", "A");
    const [first, second] = server.log.slice(-2).map(({ port }) => port);
    expect(first).not.toBe(second);
    expect(before.size).toBeGreaterThan(2);
  });
});

describe("a closed resolver", () => {
  test("ends what is on its way and asks nothing more", async () => {
    const server = await aServer(zone);
    server.behave({ answer: "silence" });
    const resolver = asking([server], { timeout: 60_000 });
    const waiting = resolver.resolve("a.example", "A");
    resolver.close();
    expect(await waiting).toMatchObject({ status: "timeout" });
    expect(await resolver.resolve("b.example", "A")).toMatchObject({
      status: "timeout",
      reason: "the resolver is closed",
    });
    expect(server.count("b.example")).toBe(0);
  });
});
