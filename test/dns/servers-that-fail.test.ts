import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createResolver } from "../../src/dns/index.ts";
import type { Behaviour, Forgery } from "../support/dns-server.ts";
import { aServer, asking, serving } from "../support/resolver.ts";

const zone = { "a.example": { A: "192.0.2.1", TXT: "true" }, "b.example": { A: "192.0.2.2" } };
const quick = { tries: [0, 50, 100], timeout: 300 };

describe("one server", () => {
  test.each<{ behaviour: Behaviour; status: string; reason: RegExp }>([
    { behaviour: { answer: "silence" }, status: "timeout", reason: /^127\.0\.0\.1:\d+: no answer/ },
    { behaviour: { answer: "SERVFAIL" }, status: "servfail", reason: /^127\.0\.0\.1:\d+: .*SERVFAIL/ },
    { behaviour: { answer: "REFUSED" }, status: "refused", reason: /REFUSED/ },
    { behaviour: { answer: "FORMERR" }, status: "servfail", reason: /FORMERR/ },
    { behaviour: { answer: "NOTIMP" }, status: "servfail", reason: /NOTIMP/ },
    { behaviour: { answer: "garbage" }, status: "invalid", reason: /broken answer/ },
    { behaviour: { truncate: true, tcp: "hang-up" }, status: "timeout", reason: /connection ended/ },
    { behaviour: { truncate: true, tcp: "silence" }, status: "timeout", reason: /no answer/ },
    { behaviour: { truncate: true, tcp: "truncate" }, status: "invalid", reason: /cut short even over TCP/ },
    { behaviour: { truncate: true, tcp: "garbage" }, status: "invalid", reason: /broken answer/ },
    { behaviour: { loss: 1 }, status: "timeout", reason: /no answer/ },
  ])("that behaves as $behaviour ends in $status", async ({ behaviour, status, reason }) => {
    const { server, resolver } = await serving(zone, quick);
    server.behave(behaviour);
    const outcome = await resolver.resolve("a.example", "A");
    expect(outcome).toMatchObject({ status, records: [], reason: expect.stringMatching(reason) });
  });

  test("that is not there is told at once", async () => {
    const resolver = createResolver({
      servers: [{ address: "127.0.0.1", port: await closedPort() }],
      timeout: 60_000,
    });
    onTestFinished(() => resolver.close());
    const outcome = await resolver.resolve("a.example", "A");
    expect(outcome).toMatchObject({ status: "timeout", reason: expect.stringContaining("ECONNREFUSED") });
  });

  test("is asked again before the first try is given up, from another port with another id", async () => {
    const { server, resolver } = await serving(zone, { tries: [0, 40, 80, 120], timeout: 400 });
    server.behave({ answer: "silence" });
    await resolver.resolve("a.example", "A");
    expect(server.count("a.example", "A")).toBe(4);
    expect(new Set(server.log.map(({ port }) => port)).size).toBe(4);
    expect(new Set(server.log.map(({ id }) => id)).size).toBeGreaterThan(1);
  });

  test("may answer the first try after the second has gone out", async () => {
    const { server, resolver } = await serving(zone, { tries: [0, 20], timeout: 2000 });
    server.behave({ latency: 100 });
    expect((await resolver.resolve("a.example", "A")).status).toBe("ok");
  });

  test("is reached over IPv6", async () => {
    const { resolver, server } = await serving(zone, { server: { address: "::1" } });
    server.behave({ truncate: true });
    expect((await resolver.resolve("a.example", "A")).records).toEqual(["192.0.2.1"]);
    expect(server.log.map(({ transport }) => transport)).toEqual(["udp", "tcp"]);
  });
});

describe("answers that are not the server's", () => {
  test.each<Forgery>(["wrong-id", "other-name", "other-type", "other-port", "not-dns", "no-response"])(
    "are passed over: %s",
    async (forgery) => {
      const { server, resolver } = await serving(zone);
      server.behave({ forge: [forgery, forgery] });
      expect((await resolver.resolve("a.example", "TXT")).records).toEqual([["true"]]);
      expect(server.count(), "the wait goes on").toBe(1);
    },
  );

  test("do not count as answers when no other comes", async () => {
    const { server, resolver } = await serving(zone, quick);
    server.behave({
      forge: ["wrong-id", "other-name", "other-type", "other-port", "no-response"],
      answer: "silence",
    });
    expect((await resolver.resolve("a.example", "TXT")).status).toBe("timeout");
  });
});

describe("TCP", () => {
  const big = { "big.example": { TXT: Array.from({ length: 40 }, (_, i) => `${i} ${"x".repeat(200)}`) } };

  test("is used when the answer does not fit into a datagram", async () => {
    const { server, resolver } = await serving(big);
    const outcome = await resolver.resolve("big.example", "TXT");
    expect(outcome.records).toHaveLength(40);
    expect(server.log.map(({ transport }) => transport)).toEqual(["udp", "tcp"]);
  });

  test("is tried at the other server when it fails at the first", async () => {
    const [first, second] = [await aServer(big), await aServer(big)];
    first.behave({ tcp: "hang-up" });
    const outcome = await asking([first, second]).resolve("big.example", "TXT");
    expect(outcome.records).toHaveLength(40);
  });

  test("does not bring more than the limit", async () => {
    const { resolver } = await serving(big, { ...quick, maxAnswerBytes: 4000 });
    const outcome = await resolver.resolve("big.example", "TXT");
    expect(outcome).toMatchObject({ status: "invalid", reason: expect.stringContaining("more than 4000") });
  });
});

describe("EDNS", () => {
  test("is left out for a server that does not know it, from then on", async () => {
    const { server, resolver } = await serving(zone);
    server.behave({ edns: false });
    expect((await resolver.resolve("a.example", "A")).status).toBe("ok");
    expect((await resolver.resolve("b.example", "A")).status).toBe("ok");
    expect(server.log.map(({ edns }) => edns)).toEqual([true, false, false]);
  });

  test("is kept when a server rejects a question with and without it", async () => {
    const { server, resolver } = await serving(zone);
    server.behave({ answer: "FORMERR" }, { name: "a.example" });
    await resolver.resolve("a.example", "A");
    await resolver.resolve("b.example", "A");
    expect(server.log.map(({ edns }) => edns)).toEqual([true, false, true]);
  });
});

describe("two servers", () => {
  test("the second is asked at once when the first fails", async () => {
    for (const answer of ["SERVFAIL", "REFUSED", "NOTIMP", "garbage"] as const) {
      const [first, second] = [await aServer(zone), await aServer(zone)];
      first.behave({ answer });
      const resolver = asking([first, second], { tries: [0, 60_000], timeout: 120_000 });
      expect((await resolver.resolve("a.example", "A")).status, answer).toBe("ok");
    }
  });

  test("a failure is the outcome only when both fail, and then at once", async () => {
    const [first, second] = [await aServer(zone), await aServer(zone)];
    first.behave({ answer: "REFUSED" });
    second.behave({ answer: "SERVFAIL" });
    const resolver = asking([first, second], { tries: [0, 60_000], timeout: 120_000 });
    expect((await resolver.resolve("a.example", "A")).status).toBe("refused");
    expect([first.count(), second.count()]).toEqual([1, 1]);
  });

  test("a failure is the outcome when the other stays silent", async () => {
    const [first, second] = [await aServer(zone), await aServer(zone)];
    first.behave({ answer: "SERVFAIL" });
    second.behave({ answer: "silence" });
    expect((await asking([first, second], quick).resolve("a.example", "A")).status).toBe("servfail");
  });

  test("a silent one is not waited for long once it is known and the other has failed", async () => {
    const [first, second] = [await aServer(zone), await aServer(zone)];
    first.behave({ answer: "silence" });
    second.behave({ answer: "SERVFAIL" }, { name: "b.example" });
    const resolver = asking([first, second], { tries: [0, 30], timeout: 120_000, secondOpinion: 50 });
    expect((await resolver.resolve("a.example", "A")).status).toBe("ok");
    expect((await resolver.resolve("b.example", "A")).status).toBe("servfail");
  });

  test("the first is asked first, the second only when the first is slow", async () => {
    const [first, second] = [await aServer(zone), await aServer(zone)];
    const resolver = asking([first, second]);
    await resolver.resolve("a.example", "A");
    await resolver.resolve("b.example", "A");
    expect([first.count(), second.count()]).toEqual([2, 0]);
  });

  test("a silent one is remembered, looked at again, and used when it lives", async () => {
    const [first, second] = [await aServer(zone), await aServer(zone)];
    first.behave({ answer: "silence" });
    let now = 0;
    const resolver = asking([first, second], { tries: [0, 40], probeInterval: 1000, clock: () => now });
    await resolver.resolve("a.example", "A");
    expect([first.count(), second.count()], "both were asked").toEqual([1, 1]);

    await resolver.resolve("b.example", "A");
    expect([first.count(), second.count()], "the silent one is left out").toEqual([1, 2]);

    first.behaveWell();
    now = 1500;
    await resolver.resolve("a.example", "TXT");
    await expect
      .poll(() => [first.count(), second.count()], { message: "it is looked at again" })
      .toEqual([2, 3]);

    // its answer to the probe may come after that of the other
    await expect
      .poll(
        async () => {
          const before = first.count();
          await resolver.resolve(`${Math.random()}.example`, "A");
          return first.count() - before;
        },
        { message: "it is the first again" },
      )
      .toBe(1);
  });

  test("one that loses half of the questions loses no outcome", async () => {
    const [first, second] = [await aServer(zone, { seed: 5 }), await aServer(zone)];
    first.behave({ loss: 0.5 });
    const resolver = asking([first, second], { tries: [0, 30, 60, 90] });
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => resolver.resolve(`n${i}.example`, "A")),
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["nxdomain"]));
  });
});

/** A port of loopback on which nobody listens: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return address.port;
}
