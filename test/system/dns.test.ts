import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createResolver, type RecordType, type Resolver, type ServerAddress } from "../../src/dns/index.ts";
import { type RunningServer, startKnot } from "../support/knot.ts";
import { describeWith } from "../support/real-servers.ts";
import { startUnbound } from "../support/unbound.ts";

const DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const PLAIN = `
@ A 192.0.2.1
@ A 192.0.2.2
@ AAAA 2001:db8::1
@ MX 10 MX1
@ MX 20 mx2.signed.test.
@ TXT "v=spf1 ip4:192.0.2.0/24 " "-all"
@ TXT "octets \\195\\188 \\000"
@ CAA 128 issue "ca.example; policy=ev"
@ TYPE99 \\# 12 0b763d73706631202d616c6c
_25._tcp TLSA 3 1 1 ${DIGEST}
delegated NS ns.elsewhere.test.
1.2.0.192.in-addr PTR mail
null MX 0 .
www CNAME web
web CNAME @
across CNAME www.signed.test.
away CNAME nothing.signed.test.
loop1 CNAME loop2
loop2 CNAME loop1
*.wild TXT "everywhere"
there.wild A 192.0.2.3
deep.empty A 192.0.2.4
foo\\058bar\\047baz\\03720\\032space A 192.0.2.5
${Array.from({ length: 60 }, (_, i) => `big TXT "${i} ${"x".repeat(120)}"`).join("\n")}
`;
const SIGNED = `
@ A 192.0.2.10
www A 192.0.2.11
`;

describeWith(["knotd", "unbound"], "the resolver and real DNS servers", ({ knotd, unbound }) => {
  let knot: RunningServer;
  let recursor: RunningServer;

  beforeAll(async () => {
    const zones = { "plain.test": PLAIN, "signed.test": SIGNED, "broken.test": SIGNED };
    knot = await startKnot(knotd, zones, { signed: ["signed.test", "broken.test"] });
    const keys = await keysOf("signed.test", knot.address);
    // the keys of one zone are wrong for the other
    const trustAnchors = keys
      .flatMap((key) => [`signed.test. IN ${key}`, `broken.test. IN ${key}`])
      .join("\n");
    const { address } = knot;
    recursor = await startUnbound(
      unbound,
      { "plain.test": address, "signed.test": address, "broken.test": address, "refused.test": address },
      { trustAnchors: `${trustAnchors}\n`, readyWhen: "plain.test" },
    );
  });

  afterAll(async () => {
    await recursor?.stop();
    await knot?.stop();
  });

  describe.each(["knot", "unbound"])("%s", (name) => {
    const ask = (question: string, type: RecordType) =>
      resolverOf(name === "knot" ? knot : recursor).resolve(question, type);

    test.each<[string, RecordType, unknown[]]>([
      ["plain.test", "A", ["192.0.2.1", "192.0.2.2"]],
      ["PLAIN.Test.", "AAAA", ["2001:db8::1"]],
      [
        "plain.test",
        "MX",
        [
          { preference: 10, exchange: "mx1.plain.test" },
          { preference: 20, exchange: "mx2.signed.test" },
        ],
      ],
      ["null.plain.test", "MX", [{ preference: 0, exchange: "" }]],
      ["plain.test", "TXT", [["octets \u00c3\u00bc \u0000"], ["v=spf1 ip4:192.0.2.0/24 ", "-all"]]],
      ["plain.test", "SPF", [["v=spf1 -all"]]],
      ["plain.test", "CAA", [{ critical: true, tag: "issue", value: "ca.example; policy=ev" }]],
      ["plain.test", "NS", ["ns.plain.test"]],
      ["plain.test", "SOA", [expect.objectContaining({ mname: "ns.plain.test", minimum: 60 })]],
      [
        "_25._tcp.plain.test",
        "TLSA",
        [{ usage: 3, selector: 1, matchingType: 1, data: new Uint8Array(Buffer.from(DIGEST, "hex")) }],
      ],
      ["1.2.0.192.in-addr.plain.test", "PTR", ["mail.plain.test"]],
      ["www.plain.test", "CNAME", ["web.plain.test"]],
      ["foo:bar/baz%20 space.plain.test", "A", ["192.0.2.5"]],
      ["a.b.wild.plain.test", "TXT", [["everywhere"]]],
    ])("has %s %s", async (question, type, records) => {
      const outcome = await ask(question, type);
      expect(outcome).toMatchObject({ status: "ok", reason: null });
      expect(sorted(outcome.records)).toEqual(sorted(records));
    });

    test("gives a big answer over TCP", async () => {
      expect((await ask("big.plain.test", "TXT")).records).toHaveLength(60);
    });

    test.each([
      { question: "www.plain.test", cnames: ["web.plain.test", "plain.test"], status: "ok" },
      { question: "across.plain.test", cnames: ["www.signed.test"], status: "ok" },
      { question: "away.plain.test", cnames: ["nothing.signed.test"], status: "nxdomain" },
    ])("leads from $question along CNAMEs to $status", async ({ question, cnames, status }) => {
      expect(await ask(question, "A")).toMatchObject({ status, cnames });
    });

    test.each([
      ["plain.test", "PTR", "nodata"],
      ["empty.plain.test", "A", "nodata"],
      ["there.wild.plain.test", "TXT", "nodata"],
      ["gone.plain.test", "A", "nxdomain"],
    ] as const)("says of %s %s: %s, to be kept for a minute", async (question, type, status) => {
      expect(await ask(question, type)).toMatchObject({
        status,
        ttl: expect.toSatisfy((ttl) => ttl > 50 && ttl <= 60),
      });
    });

    test("makes no record of CNAMEs in a circle", async () => {
      expect(["invalid", "servfail"]).toContain((await ask("loop1.plain.test", "A")).status);
    });

    test("answers many questions at once", async () => {
      const resolver = resolverOf(name === "knot" ? knot : recursor);
      const outcomes = await Promise.all(
        Array.from({ length: 500 }, (_, i) => resolver.resolve(`n${i}.wild.plain.test`, "TXT")),
      );
      expect(outcomes.filter(({ status }) => status !== "ok")).toEqual([]);
    });
  });

  test("a zone that knot does not serve is refused, and through unbound a failure", async () => {
    expect(await resolverOf(knot).resolve("refused.test", "A")).toMatchObject({ status: "refused" });
    expect(await resolverOf(recursor).resolve("refused.test", "A")).toMatchObject({ status: "servfail" });
  });

  test("a server that only refers to others has not said that there is nothing", async () => {
    const outcome = await resolverOf(knot).resolve("host.delegated.plain.test", "A");
    expect(outcome).toMatchObject({ status: "refused", reason: expect.stringContaining("refers") });
  });

  test("unbound validates a signed zone, its absent names too", async () => {
    const resolver = resolverOf(recursor);
    expect(await resolver.resolve("www.signed.test", "A")).toMatchObject({
      status: "ok",
      authenticated: true,
    });
    expect(await resolver.resolve("no.signed.test", "A")).toMatchObject({
      status: "nxdomain",
      authenticated: true,
    });
    expect(await resolver.resolve("plain.test", "A")).toMatchObject({ status: "ok", authenticated: false });
    expect(await resolverOf(knot).resolve("www.signed.test", "A")).toMatchObject({ authenticated: false });
  });

  test("unbound fails a zone signed with other keys and says why", async () => {
    const outcome = await resolverOf(recursor).resolve("www.broken.test", "A");
    expect(outcome).toMatchObject({
      status: "servfail",
      records: [],
      extendedError: { code: expect.any(Number) },
    });
  });

  test("a server that has ended is left for the other", async () => {
    const other = await startKnot(knotd, { "plain.test": PLAIN });
    await other.stop();
    const resolver = createResolver({ servers: [other.address, knot.address] });
    onTestFinished(() => resolver.close());
    expect(await resolver.resolve("plain.test", "A")).toMatchObject({ status: "ok" });
  });
});

/** A resolver of this test's own, which ends with it. */
function resolverOf({ address }: RunningServer): Resolver {
  const resolver = createResolver({ servers: [address] });
  onTestFinished(() => resolver.close());
  return resolver;
}

/** The key-signing keys of a zone as records in a zone file. */
async function keysOf(zone: string, server: ServerAddress): Promise<string[]> {
  const resolver = createResolver({ servers: [server] });
  const { records } = await resolver.resolve(zone, "DNSKEY");
  resolver.close();
  return records
    .filter(({ flags }) => (flags & 1) === 1)
    .map(
      ({ flags, algorithm, key }) => `DNSKEY ${flags} 3 ${algorithm} ${Buffer.from(key).toString("base64")}`,
    );
}

function sorted(records: readonly unknown[]): unknown[] {
  return records.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
