import { describe, expect, test } from "vitest";
import type { RecordType } from "../../src/dns/index.ts";
import type { ZoneNode } from "../support/dns-zone.ts";
import { serving } from "../support/resolver.ts";

describe("records", () => {
  const bytes = Buffer.from([0, 1, 2, 0xfe, 0xff]);
  const cases: { type: RecordType; node: ZoneNode; records: unknown[] }[] = [
    { type: "A", node: { A: ["192.0.2.1", "192.0.2.2"] }, records: ["192.0.2.1", "192.0.2.2"] },
    { type: "AAAA", node: { AAAA: "2001:db8:0:0::1" }, records: ["2001:db8::1"] },
    {
      type: "CAA",
      node: { CAA: { critical: true, tag: "issue", value: "ca.example; account=1" } },
      records: [{ critical: true, tag: "issue", value: "ca.example; account=1" }],
    },
    { type: "CNAME", node: { CNAME: "Target.Example" }, records: ["target.example"] },
    {
      type: "DNSKEY",
      node: { DNSKEY: { flags: 257, algorithm: 13, key: bytes } },
      records: [{ flags: 257, algorithm: 13, key: new Uint8Array(bytes) }],
    },
    {
      type: "DS",
      node: { DS: { keyTag: 12345, algorithm: 13, digestType: 2, digest: bytes } },
      records: [{ keyTag: 12345, algorithm: 13, digestType: 2, digest: new Uint8Array(bytes) }],
    },
    {
      type: "MX",
      node: { MX: [{ preference: 10, exchange: "MX1.Example" }] },
      records: [{ preference: 10, exchange: "mx1.example" }],
    },
    {
      type: "MX",
      node: { MX: { preference: 0, exchange: "." } },
      records: [{ preference: 0, exchange: "" }],
    },
    { type: "NS", node: { NS: ["ns1.example", "ns2.example"] }, records: ["ns1.example", "ns2.example"] },
    { type: "PTR", node: { PTR: "host.example" }, records: ["host.example"] },
    {
      type: "SOA",
      node: { SOA: { mname: "ns.example", rname: "hostmaster.example", serial: 7, minimum: 60 } },
      records: [{ mname: "ns.example", rname: "hostmaster.example", serial: 7, minimum: 60 }],
    },
    { type: "SPF", node: { SPF: [["v=spf1 ", "-all"]] }, records: [["v=spf1 ", "-all"]] },
    {
      type: "TLSA",
      node: { TLSA: { usage: 3, selector: 1, matchingType: 1, data: bytes } },
      records: [{ usage: 3, selector: 1, matchingType: 1, data: new Uint8Array(bytes) }],
    },
    {
      type: "TXT",
      node: { TXT: ["one", ["two ", "pieces"], ""] },
      records: [["one"], ["two ", "pieces"], [""]],
    },
    {
      type: "TXT",
      node: { TXT: ["v=spf1 \u00c3\u00bc\u0000\u00ff"] },
      records: [["v=spf1 \u00c3\u00bc\u0000\u00ff"]],
    },
    { type: "TXT", node: { TXT: "x".repeat(300) }, records: [["x".repeat(255), "x".repeat(45)]] },
  ];
  test.each(cases)("of type $type are read: $records", async ({ type, node, records }) => {
    const { resolver } = await serving({ "records.example": node });
    const outcome = await resolver.resolve("Records.Example.", type);
    expect(outcome).toMatchObject({ name: "records.example", type, status: "ok", cnames: [], reason: null });
    expect(outcome.records).toEqual(records);
  });

  test.each(["a b%20c:d.example", '"x\\y"+z=~.example', "_spf.xn--bcher-kva.example", "_spf.bücher.example"])(
    "of a name such as %j are found",
    async (name) => {
      const { resolver } = await serving({
        "*.example": { A: "192.0.2.1" },
        "_spf.xn--bcher-kva.example": { A: "192.0.2.1" },
      });
      expect((await resolver.resolve(name, "A")).records).toEqual(["192.0.2.1"]);
    },
  );

  test("of the root are found", async () => {
    const { resolver, server } = await serving({ ".": {} });
    expect((await resolver.resolve(".", "NS")).status).not.toBe("invalid");
    expect(server.log).toMatchObject([{ type: "NS" }]);
  });

  test("of a wildcard are found, but not at names that exist", async () => {
    const { resolver } = await serving({
      "*.wild.example": { TXT: "everywhere" },
      "there.wild.example": { A: "192.0.2.1" },
      "deep.empty.wild.example": { A: "192.0.2.1" },
    });
    expect((await resolver.resolve("a.b.wild.example", "TXT")).status).toBe("ok");
    expect((await resolver.resolve("there.wild.example", "TXT")).status).toBe("nodata");
    expect((await resolver.resolve("empty.wild.example", "TXT")).status).toBe("nodata");
  });
});

describe("a name that cannot be asked", () => {
  test.each(["", "a..example", `${"a".repeat(64)}.example`])("%j is invalid and not sent", async (name) => {
    const { resolver, server } = await serving({});
    const outcome = await resolver.resolve(name, "A");
    expect(outcome).toMatchObject({
      name,
      status: "invalid",
      records: [],
      reason: expect.stringContaining("name"),
    });
    expect(server.count()).toBe(0);
  });
});

describe("absent records", () => {
  const zone = {
    "example.org": { SOA: { minimum: 60 }, A: "192.0.2.1", ttl: 900 },
    "below.empty.example.org": { A: "192.0.2.1" },
    "long.example": { SOA: { minimum: 86_400 }, ttl: 86_400 },
  };
  test.each([
    { name: "example.org", status: "nodata", ttl: 60 },
    { name: "empty.example.org", status: "nodata", ttl: 60 },
    { name: "gone.example.org", status: "nxdomain", ttl: 60 },
    { name: "long.example", status: "nodata", ttl: 300 },
    { name: "gone.long.example", status: "nxdomain", ttl: 300 },
  ])("$name: $status, kept $ttl s by the SOA record (RFC 2308)", async ({ name, status, ttl }) => {
    const { resolver } = await serving(zone);
    expect(await resolver.resolve(name, "MX")).toMatchObject({ status, ttl, records: [], reason: null });
  });
});

describe("CNAMEs", () => {
  const zone = {
    "a.example": { CNAME: "B.example", ttl: 50 },
    "b.example": { CNAME: "c.example", ttl: 40 },
    "c.example": { TXT: "found", ttl: 60 },
    "to-nothing.example": { CNAME: "nothing.example" },
    "to-nodata.example": { CNAME: "c.example" },
    "circle1.example": { CNAME: "circle2.example" },
    "circle2.example": { CNAME: "circle1.example" },
    "self.example": { CNAME: "self.example" },
    ...Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`long${i}.example`, { CNAME: `long${i + 1}.example` }]),
    ),
    "long30.example": { TXT: "too far" },
  };

  describe.each([
    { how: "in one answer", followCnames: true },
    { how: "one answer each", followCnames: false },
  ])("$how", ({ followCnames }) => {
    test.each([
      {
        name: "a.example",
        expected: { status: "ok", records: [["found"]], cnames: ["b.example", "c.example"], ttl: 40 },
      },
      { name: "to-nothing.example", expected: { status: "nxdomain", cnames: ["nothing.example"] } },
      {
        name: "circle1.example",
        expected: {
          status: "invalid",
          cnames: ["circle2.example", "circle1.example"],
          reason: expect.stringContaining("circle"),
        },
      },
      { name: "self.example", expected: { status: "invalid", reason: expect.stringContaining("circle") } },
      { name: "long0.example", expected: { status: "invalid", reason: expect.stringContaining("too far") } },
    ])("from $name are followed to their end", async ({ name, expected }) => {
      const { server, resolver } = await serving(zone);
      server.behave({ followCnames });
      expect(await resolver.resolve(name, "TXT")).toMatchObject(expected);
      expect(server.count()).toBeLessThanOrEqual(14);
    });

    test("that end at a name without the type tell nodata", async () => {
      const { server, resolver } = await serving(zone);
      server.behave({ followCnames });
      const outcome = await resolver.resolve("to-nodata.example", "MX");
      expect(outcome).toMatchObject({ status: "nodata", cnames: ["c.example"] });
    });
  });

  test("are not followed when the CNAME itself is asked", async () => {
    const { resolver } = await serving(zone);
    const outcome = await resolver.resolve("a.example", "CNAME");
    expect(outcome).toMatchObject({ status: "ok", records: ["b.example"], cnames: [] });
  });

  test("are not trusted when the answer to a part of them fails", async () => {
    const { server, resolver } = await serving(zone);
    server.behave({ followCnames: false });
    server.behave({ answer: "SERVFAIL" }, { name: "c.example" });
    const outcome = await resolver.resolve("a.example", "TXT");
    expect(outcome).toMatchObject({ status: "servfail", records: [], cnames: ["b.example", "c.example"] });
  });
});

describe("DNSSEC", () => {
  test("the AD bit is asked for and told", async () => {
    const { server, resolver } = await serving({ "a.example": { A: "192.0.2.1" } });
    server.behave({ authenticated: true }, { type: "A" });
    expect(await resolver.resolve("a.example", "A")).toMatchObject({ authenticated: true });
    expect(await resolver.resolve("a.example", "TXT")).toMatchObject({ authenticated: false });
    expect(server.log).toMatchObject([{ wantsAuthenticated: true }, { wantsAuthenticated: true }]);
  });

  test("a chain over several answers is authenticated only as a whole", async () => {
    const { server, resolver } = await serving({
      "a.example": { CNAME: "b.example" },
      "b.example": { A: "192.0.2.1" },
    });
    server.behave({ followCnames: false });
    server.behave({ authenticated: true }, { name: "b.example" });
    expect(await resolver.resolve("a.example", "A")).toMatchObject({ status: "ok", authenticated: false });
  });

  test("an extended error (RFC 8914) is told, in one clean line", async () => {
    const { server, resolver } = await serving({});
    server.behave({ answer: "SERVFAIL", extendedError: { code: 6, text: "sig\u001b[31m\nexpired\u202e" } });
    const outcome = await resolver.resolve("a.example", "A");
    expect(outcome).toMatchObject({
      status: "servfail",
      extendedError: { code: 6, text: "sig [31m expired" },
      reason: expect.stringContaining("SERVFAIL"),
    });
  });
});
