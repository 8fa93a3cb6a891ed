import { describe, expect, test } from "vitest";
import { checkSpf } from "../../src/domain/spf.ts";
import type { AddressCount } from "../../src/domain/spf-addresses.ts";
import type { Zone } from "../support/dns-zone.ts";
import { serving } from "../support/resolver.ts";
import { contextFor } from "./support/context.ts";
import { fixed, told } from "./support/findings.ts";

const DOMAIN = "example.test";

async function audit(zone: Zone, senderIp: string | null = null) {
  const { resolver } = await serving(zone, { tries: [0, 80], timeout: 250 });
  return checkSpf(contextFor(DOMAIN, resolver, { senderIp }));
}

const includes = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`s${i}.test`, { TXT: [`v=spf1 ip4:192.0.2.${i} -all`] }]),
  );
const naming = (count: number) => Array.from({ length: count }, (_, i) => `include:s${i}.test`).join(" ");

interface Case {
  name: string;
  record: string | string[];
  more?: Zone;
  findings: string[];
  /** The record that the first finding proposes. */
  after?: string;
}

const cases: Case[] = [
  { name: "a sound policy", record: "v=spf1 ip4:192.0.2.1 -all", findings: [] },
  {
    name: "only another TXT record",
    record: "verification=1",
    findings: ["spf.missing problem"],
    after: "v=spf1 -all",
  },
  {
    name: "two records",
    record: ["v=spf1 ip4:192.0.2.1 ~all", "v=spf1 ip4:192.0.2.2 ip4:192.0.2.1 ~all"],
    findings: ["spf.multiple problem"],
    after: "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ~all",
  },
  {
    name: "two records that end differently, of which a person must choose the end",
    record: ["v=spf1 ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.2 ~all"],
    findings: ["spf.multiple problem"],
  },
  {
    name: "an mx term where an MX record names an address",
    record: "v=spf1 mx -all",
    more: { "example.test": { TXT: ["v=spf1 mx -all"], MX: [{ preference: 10, exchange: "8.8.22.1" }] } },
    findings: [],
  },
  {
    name: "an mx term where an MX record names a single label",
    record: "v=spf1 mx -all",
    more: { "example.test": { TXT: ["v=spf1 mx -all"], MX: [{ preference: 10, exchange: "localhost" }] } },
    findings: [],
  },
  {
    name: "two records that contradict each other",
    record: ["v=spf1 ip4:192.0.2.1 +all", "v=spf1 ip4:192.0.2.2 -all"],
    findings: ["spf.multiple problem"],
  },
  {
    name: "an unknown mechanism with a known repair",
    record: "v=spf1 ipv4:192.0.2.1 -all",
    findings: ["spf.syntax problem"],
    after: "v=spf1 ip4:192.0.2.1 -all",
  },
  {
    name: "an equals sign for a colon",
    record: "v=spf1 include=s0.test ip4=192.0.2.9 -all",
    more: includes(1),
    findings: ["spf.syntax warning"],
    after: "v=spf1 include:s0.test ip4:192.0.2.9 -all",
  },
  {
    name: "commas and a space behind the colon",
    record: "v=spf1 include: s0.test, ip4:192.0.2.9; - all",
    more: includes(1),
    findings: ["spf.syntax problem"],
    after: "v=spf1 include:s0.test ip4:192.0.2.9 -all",
  },
  { name: "nonsense", record: "v=spf1 foo:bar(baz -all", findings: ["spf.syntax problem"] },
  {
    name: "a version that is none",
    record: "v=spf1; ip4:192.0.2.1 -all",
    findings: ["spf.syntax problem"],
    after: "v=spf1 ip4:192.0.2.1 -all",
  },
  {
    name: "eleven look-ups, one of them twice",
    record: `v=spf1 ${naming(10)} include:s0.test -all`,
    more: includes(10),
    findings: ["spf.duplicate advice", "spf.too-many-lookups problem"],
    after: `v=spf1 ${naming(10)} -all`,
  },
  {
    name: "eleven look-ups, one of them an address that can be written out",
    record: `v=spf1 ${naming(10)} a:mail.test -all`,
    more: { ...includes(10), "mail.test": { A: "192.0.2.77", AAAA: "2001:db8::77" } },
    findings: ["spf.too-many-lookups problem"],
    after: `v=spf1 ${naming(10)} ip4:192.0.2.77 ip6:2001:db8::77 -all`,
  },
  {
    name: "eleven services, of which a person must choose",
    record: `v=spf1 ${naming(11)} -all`,
    more: includes(11),
    findings: ["spf.too-many-lookups problem"],
  },
  {
    name: "exactly ten look-ups",
    record: `v=spf1 ${naming(10)} -all`,
    more: includes(10),
    findings: [],
  },
  {
    name: "three look-ups that find nothing",
    record: "v=spf1 a:x1.test a:x2.test a:x3.test -all",
    findings: ["spf.too-many-void-lookups problem"],
  },
  { name: "two look-ups that find nothing", record: "v=spf1 a:x1.test a:x2.test -all", findings: [] },
  {
    name: "an include of a name without a record",
    record: "v=spf1 include:gone.test ip4:192.0.2.1 -all",
    more: { "gone.test": { TXT: ["hello"] } },
    findings: ["spf.include-missing problem"],
    after: "v=spf1 ip4:192.0.2.1 -all",
  },
  {
    name: "a fault in an included record, which is not ours to rewrite",
    record: "v=spf1 include:s0.test -all",
    more: { "s0.test": { TXT: ["v=spf1 include:gone.test -all"] } },
    findings: ["spf.include-missing problem"],
  },
  {
    name: "a redirect to nothing",
    record: "v=spf1 redirect=gone.test",
    findings: ["spf.redirect-missing problem"],
  },
  {
    name: "eleven mail servers behind mx",
    record: "v=spf1 mx -all",
    more: {
      "example.test": {
        MX: Array.from({ length: 11 }, (_, i) => ({ preference: i, exchange: `m${i}.example.test` })),
      },
      ...Object.fromEntries(
        Array.from({ length: 11 }, (_, i) => [`m${i}.example.test`, { A: `192.0.2.${i}` }]),
      ),
    },
    findings: ["spf.too-many-mx problem"],
  },
  {
    name: "a loop",
    record: "v=spf1 include:s0.test ip4:192.0.2.1 -all",
    more: { "s0.test": { TXT: ["v=spf1 include:example.test -all"] } },
    findings: ["spf.loop problem"],
  },
  {
    name: "a record that includes itself",
    record: "v=spf1 include:example.test ip4:192.0.2.1 -all",
    findings: ["spf.loop problem"],
    after: "v=spf1 ip4:192.0.2.1 -all",
  },
  {
    name: "+all",
    record: "v=spf1 mx:m.test +all",
    more: { "m.test": { A: "192.0.2.1" } },
    findings: ["spf.all-pass problem"],
    after: "v=spf1 mx:m.test ~all",
  },
  {
    name: "+all in an included record",
    record: "v=spf1 include:s0.test -all",
    more: { "s0.test": { TXT: ["v=spf1 all"] } },
    findings: ["spf.all-pass problem"],
  },
  {
    name: "?all",
    record: "v=spf1 ip4:192.0.2.1 ?all",
    findings: ["spf.all-neutral warning"],
    after: "v=spf1 ip4:192.0.2.1 ~all",
  },
  {
    name: "no all",
    record: "v=spf1 ip4:192.0.2.1",
    findings: ["spf.no-all warning"],
    after: "v=spf1 ip4:192.0.2.1 ~all",
  },
  {
    name: "a redirect in place of all",
    record: "v=spf1 ip4:192.0.2.1 redirect=s0.test",
    more: includes(1),
    findings: [],
  },
  {
    name: "a term after all",
    record: "v=spf1 ip4:192.0.2.1 -all ip4:192.0.2.2 exp=why.test",
    findings: ["spf.after-all warning"],
    after: "v=spf1 ip4:192.0.2.1 -all exp=why.test",
  },
  {
    name: "a redirect beside all",
    record: "v=spf1 redirect=s0.test ip4:192.0.2.1 -all",
    more: includes(1),
    findings: ["spf.redirect-with-all warning"],
    after: "v=spf1 ip4:192.0.2.1 -all",
  },
  { name: "ptr", record: "v=spf1 ptr ip4:192.0.2.1 -all", findings: ["spf.ptr warning"] },
  { name: "more than a /8", record: "v=spf1 ip4:8.0.0.0/7 -all", findings: ["spf.too-broad warning"] },
  { name: "a /8", record: "v=spf1 ip4:8.0.0.0/8 -all", findings: [] },
  {
    name: "more than a /8 in parts",
    record: "v=spf1 ip4:8.0.0.0/9 ip4:9.0.0.0/9 ip4:11.0.0.0/24 ip4:12.0.0.0/8 -all",
    findings: ["spf.too-broad warning"],
  },
  { name: "every address", record: "v=spf1 ip4:0.0.0.0/0 -all", findings: ["spf.too-broad problem"] },
  {
    name: "as many addresses of a known provider",
    record: "v=spf1 include:_spf.google.com -all",
    more: { "_spf.google.com": { TXT: ["v=spf1 ip4:8.0.0.0/8 ip4:9.0.0.0/8 -all"] } },
    findings: [],
  },
  {
    name: "the same address twice, once with a plus",
    record: "v=spf1 ip4:192.0.2.1 +ip4:192.0.2.1 -all",
    findings: ["spf.duplicate advice"],
    after: "v=spf1 ip4:192.0.2.1 -all",
  },
  {
    name: "a record of more than 450 octets",
    record: `v=spf1 ${Array.from({ length: 25 }, (_, i) => `ip4:192.0.2.${100 + i}/32`).join(" ")} -all`,
    findings: ["spf.record-too-long advice"],
  },
  {
    name: "an answer that does not fit 1,232 bytes",
    record: ["v=spf1 ip4:192.0.2.1 -all", "x".repeat(1200)],
    findings: ["spf.record-too-long warning"],
  },
];

describe("SPF findings", () => {
  test.each(cases)("$name", async ({ record, more = {}, findings, after }) => {
    const zone = { ...more, [DOMAIN]: { TXT: [record].flat(), ...more[DOMAIN] } };
    const result = await audit(zone);
    expect(told(result)).toEqual(findings);
    const first = result.findings.find(({ fix }) => fix?.record);
    expect(first?.fix?.record?.after).toBe(after);
    if (after === undefined) return;
    expect(await mended(zone, first?.id ?? "", after)).toBe(true);
    await losesNobody(zone, result.records.authorised, after);
  });

  /** Every address that may send by the record as it is may still send, and the mended record does not let everybody send. */
  async function losesNobody(zone: Zone, before: AddressCount | null, after: string): Promise<void> {
    const { records } = await audit({ ...zone, [DOMAIN]: { ...zone[DOMAIN], TXT: [after] } });
    expect(records.verdict).toBe("valid");
    expect(records.authorised?.any).toBe(false);
    expect(records.authorised?.ipv4).toBeGreaterThanOrEqual(before?.ipv4 ?? 0);
    expect(BigInt(records.authorised?.ipv6 ?? 0)).toBeGreaterThanOrEqual(BigInt(before?.ipv6 ?? 0));
  }

  /** Whether the finding is gone once its fix is published. */
  async function mended(zone: Zone, id: string, after: string): Promise<boolean> {
    const again = await audit({ ...zone, [DOMAIN]: { ...zone[DOMAIN], TXT: [after] } });
    return !again.findings.some((finding) => finding.id === id);
  }
});

describe("an SPF question that nobody answers", () => {
  test.each(["example.test", "s0.test"])("for %s leaves the policy unchecked, not absent", async (name) => {
    const zone = { [DOMAIN]: { TXT: ["v=spf1 include:s0.test -all"] }, ...includes(1) };
    const { server, resolver } = await serving(zone, { tries: [0, 50], timeout: 150 });
    server.behave({ answer: "silence" }, { name, type: "TXT" });
    const result = await checkSpf(contextFor(DOMAIN, resolver));
    expect(result.state).toBe("unknown");
    expect(told(result)).toEqual(["spf.unchecked unknown"]);
    expect(result.findings[0]?.evidence).toContain(`TXT ${name}`);
  });
});

describe("the tree of an SPF policy", () => {
  const zone: Zone = {
    [DOMAIN]: {
      TXT: ["v=spf1 mx include:spf.protection.outlook.com include:team.test ~all"],
      MX: { preference: 10, exchange: "mx.example.test" },
    },
    "mx.example.test": { A: ["192.0.2.1", "192.0.2.2"], AAAA: "2001:db8::1" },
    "spf.protection.outlook.com": { TXT: ["v=spf1 ip4:40.92.0.0/15 ip6:2a01:111:f400::/48 -all"] },
    "team.test": {
      TXT: ["v=spf1 ip4:192.0.2.0/24 ?ip4:203.0.113.0/24 exists:%{i}.sender.test -all ip4:198.51.100.0/24"],
    },
  };

  test("has each term's look-ups, service and addresses, and counts each authorised address once", async () => {
    const { records, state, summary } = await audit(zone);
    expect({ state, summary }).toEqual({ state: "passed", summary: "4 of 10 look-ups" });
    expect(records).toMatchObject({
      verdict: "valid",
      lookups: 4,
      voidLookups: 1,
      services: ["Microsoft 365"],
    });
    // 40.92.0.0/15 and 192.0.2.0/24, which holds the two mail servers; not what ? or all leaves out
    expect(records.authorised).toEqual({ ipv4: 2 ** 17 + 256, ipv6: String(2n ** 80n + 1n), any: false });
    const terms = records.tree?.terms.map(({ term, lookups, service }) => ({ term, lookups, service }));
    expect(terms).toEqual([
      { term: "mx", lookups: 1, service: null },
      { term: "include:spf.protection.outlook.com", lookups: 1, service: "Microsoft 365" },
      { term: "include:team.test", lookups: 2, service: null },
      { term: "~all", lookups: 0, service: null },
    ]);
    expect(records.tree?.terms[2]?.child?.terms.at(-1)).toMatchObject({
      term: "ip4:198.51.100.0/24",
      lookups: null,
    });
  });

  test("goes on where an evaluation would stop", async () => {
    const { records } = await audit({
      ...includes(14),
      [DOMAIN]: { TXT: [`v=spf1 foo ${naming(14)} -all`] },
    });
    expect(records).toMatchObject({ verdict: "permerror", lookups: 14 });
    expect(records.tree?.terms.filter(({ child }) => child?.record)).toHaveLength(14);
  });

  test("is bounded on a policy without end", async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [
        `n${i}.test`,
        {
          TXT: [
            `v=spf1 include:n${i * 3 + 1}.test include:n${i * 3 + 2}.test include:n${i * 3 + 3}.test -all`,
          ],
        },
      ]),
    );
    const { server, resolver } = await serving({
      ...wide,
      [DOMAIN]: { TXT: ["v=spf1 include:n0.test -all"] },
    });
    const { records } = await checkSpf(contextFor(DOMAIN, resolver));
    expect(records.verdict).toBe("permerror");
    expect(server.count()).toBeLessThan(150);
  });
});

describe("the result for a sending address", () => {
  const zone: Zone = { [DOMAIN]: { TXT: ["v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 ~all"] } };

  test.each([
    ["192.0.2.1", "pass"],
    ["192.0.2.2", "softfail"],
    ["2001:db8::7", "pass"],
  ])("%s is %s", async (ip, result) => {
    const { records } = await audit(zone, ip);
    expect(records.sender).toMatchObject({ ip, result });
    expect(records.sender?.reason).toContain(ip);
  });
});

describe("a first SPF record", () => {
  test("names the service that runs the mail servers", async () => {
    const zone: Zone = {
      [DOMAIN]: { MX: { preference: 0, exchange: "example-test.mail.protection.outlook.com" } },
    };
    expect(fixed(await audit(zone), "spf.missing")).toBe("v=spf1 include:spf.protection.outlook.com ~all");
  });

  test("names the own mail servers", async () => {
    const zone: Zone = {
      [DOMAIN]: { MX: { preference: 0, exchange: "mx.example.test" } },
      "mx.example.test": { A: "192.0.2.1" },
    };
    expect(fixed(await audit(zone), "spf.missing")).toBe("v=spf1 mx ~all");
  });
});
