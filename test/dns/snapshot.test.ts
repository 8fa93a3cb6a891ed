import { describe, expect, test } from "vitest";
import { recording, replaying } from "../../src/dns/index.ts";
import { serving } from "../support/resolver.ts";

const octets = Buffer.from([0, 1, 0x80, 0xff]);
const zone = {
  "a.example": {
    A: "192.0.2.1",
    CAA: { tag: "issue" as const, value: "ca.example" },
    DNSKEY: { flags: 257, algorithm: 13, key: octets },
    DS: { keyTag: 1, algorithm: 13, digestType: 2, digest: octets },
    MX: { preference: 10, exchange: "mx.example" },
    SOA: { minimum: 60 },
    TLSA: { usage: 3, selector: 1, matchingType: 1, data: octets },
    TXT: [["v=spf1 ", "\u00ff -all"]],
  },
  "www.example": { CNAME: "a.example" },
};
const questions = [
  ...(["A", "AAAA", "CAA", "DNSKEY", "DS", "MX", "SOA", "TLSA", "TXT"] as const).map(
    (type) => ["a.example", type] as const,
  ),
  ["www.example", "A"],
  ["gone.example", "A"],
  ["failing.example", "A"],
  ["a..example", "A"],
] as const;

describe("a snapshot", () => {
  test("answers after a way through JSON as the servers did, octets included", async () => {
    const { server, resolver } = await serving(zone);
    server.behave(
      { answer: "SERVFAIL", extendedError: { code: 9, text: "no key" } },
      { name: "failing.example" },
    );
    const recorded = recording(resolver);
    const live = await Promise.all(questions.map(([name, type]) => recorded.resolve(name, type)));
    expect(new Set(live.map(({ status }) => status))).toEqual(
      new Set(["ok", "nodata", "nxdomain", "servfail", "invalid"]),
    );

    const replayed = replaying(JSON.parse(JSON.stringify(recorded.snapshot())));
    for (const [i, [name, type]] of questions.entries()) {
      expect(await replayed.resolve(name, type)).toEqual(live[i]);
    }
  });

  test("counts different questions", async () => {
    const { resolver } = await serving(zone);
    const recorded = recording(resolver);
    for (const name of ["a.example", "A.EXAMPLE.", "b.example"]) await recorded.resolve(name, "A");
    await recorded.resolve("a.example", "TXT");
    expect(recorded.questions).toBe(3);
    expect(recorded.snapshot().outcomes).toHaveLength(3);
  });

  test("does not lose what was known to a later question that was given up", async () => {
    const { resolver } = await serving(zone);
    const recorded = recording(resolver);
    await recorded.resolve("a.example", "A");
    await recorded.resolve("a.example", "A", { signal: AbortSignal.abort() });
    expect(recorded.snapshot().outcomes).toMatchObject([{ status: "ok" }]);
  });

  test("says of other questions that they are unknown, not absent", async () => {
    const { resolver } = await serving(zone);
    const recorded = recording(resolver);
    await recorded.resolve("a.example", "A");
    const outcome = await replaying(recorded.snapshot()).resolve("a.example", "MX");
    expect(outcome).toMatchObject({ status: "timeout", reason: expect.stringContaining("snapshot") });
  });

  test.each([null, [], {}, { outcomes: [{ name: "a.example", type: "A", status: "fine" }] }, "text"])(
    "of another form is refused: %j",
    (value) => {
      expect(() => replaying(value)).toThrow();
    },
  );
});
