import { describe, expect, test } from "vitest";
import { checkMx, takesMail } from "../../src/domain/mx.ts";
import type { Zone } from "../support/dns-zone.ts";
import { serving } from "../support/resolver.ts";
import { contextFor } from "./support/context.ts";
import { told } from "./support/findings.ts";

const DOMAIN = "example.test";

async function audit(zone: Zone, silent?: { name: string; type: string }) {
  const { server, resolver } = await serving(zone, { tries: [0, 60], timeout: 200 });
  if (silent) server.behave({ answer: "silence" }, silent);
  return checkMx(contextFor(DOMAIN, resolver));
}

const mx = (...exchanges: string[]) => ({
  MX: exchanges.map((exchange, index) => ({ preference: 10 * (index + 1), exchange })),
});
const good: Zone = {
  "mx1.example.test": { A: "192.0.2.1" },
  "1.2.0.192.in-addr.arpa": { PTR: "mx1.example.test" },
};

const cases: {
  name: string;
  zone: Zone;
  takes: boolean | null;
  findings: string[];
  after?: string | null;
}[] = [
  {
    name: "one sound server",
    zone: { ...good, [DOMAIN]: mx("mx1.example.test") },
    takes: true,
    findings: [],
  },
  {
    name: "no MX record, but an address",
    zone: { [DOMAIN]: { A: "192.0.2.1" }, "1.2.0.192.in-addr.arpa": { PTR: "example.test" } },
    takes: true,
    findings: ["mx.implicit warning"],
    after: "10 example.test.",
  },
  {
    name: "no MX record and a private address",
    zone: { [DOMAIN]: { A: "10.0.0.1" } },
    takes: false,
    findings: ["mx.implicit warning", "mx.private-address problem"],
    after: "10 example.test.",
  },
  {
    name: "neither MX record nor address",
    zone: { [DOMAIN]: { TXT: ["x"] } },
    takes: false,
    findings: ["domain.no-mail warning"],
    after: "0 .",
  },
  {
    name: "a null MX",
    zone: { [DOMAIN]: mx("."), "ns.example.test": {} },
    takes: false,
    findings: ["mx.null advice"],
  },
  {
    name: "a null MX beside a server",
    zone: { ...good, [DOMAIN]: mx(".", "mx1.example.test") },
    takes: true,
    findings: ["mx.null-with-others problem"],
    after: null,
  },
  {
    name: "a server without address",
    zone: { [DOMAIN]: mx("gone.example.test") },
    takes: false,
    findings: ["mx.unresolvable problem"],
  },
  {
    name: "a server without address beside a sound one",
    zone: { ...good, [DOMAIN]: mx("mx1.example.test", "gone.example.test") },
    takes: true,
    findings: ["mx.unresolvable warning"],
  },
  {
    name: "an address in place of a name",
    zone: { [DOMAIN]: mx("192.0.2.1") },
    takes: false,
    findings: ["mx.is-ip problem"],
    after: "10 mail.example.test.",
  },
  {
    name: "an alias in place of a name",
    zone: { ...good, [DOMAIN]: mx("mail.example.test"), "mail.example.test": { CNAME: "mx1.example.test" } },
    takes: true,
    findings: ["mx.is-cname warning"],
    after: "10 mx1.example.test.",
  },
  {
    name: "an IPv6 address of one network",
    zone: { [DOMAIN]: mx("in.example.test"), "in.example.test": { AAAA: "fd00::1" } },
    takes: false,
    findings: ["mx.private-address problem"],
  },
  {
    name: "a loopback address",
    zone: { [DOMAIN]: mx("in.example.test"), "in.example.test": { A: "127.0.0.1" } },
    takes: false,
    findings: ["mx.private-address problem"],
  },
  {
    name: "no reverse name",
    zone: { [DOMAIN]: mx("mx2.example.test"), "mx2.example.test": { A: "192.0.2.2" } },
    takes: true,
    findings: ["mx.no-ptr advice"],
  },
  {
    name: "a reverse name that does not lead back",
    zone: {
      [DOMAIN]: mx("mx2.example.test"),
      "mx2.example.test": { A: "192.0.2.2" },
      "2.2.0.192.in-addr.arpa": { PTR: "host.elsewhere.test" },
    },
    takes: true,
    findings: ["mx.ptr-mismatch advice"],
  },
  {
    name: "another reverse name that leads back",
    zone: {
      [DOMAIN]: mx("mx2.example.test"),
      "mx2.example.test": { A: "192.0.2.2" },
      "2.2.0.192.in-addr.arpa": { PTR: "host.elsewhere.test" },
      "host.elsewhere.test": { A: ["192.0.2.9", "192.0.2.2"] },
    },
    takes: true,
    findings: [],
  },
];

describe("mail servers", () => {
  test.each(cases)("$name", async ({ zone, takes, findings, after }) => {
    const result = await audit(zone);
    expect(told(result)).toEqual(findings);
    expect(takesMail(result.records)).toBe(takes);
    expect(result.findings.find(({ fix }) => fix?.record)?.fix?.record?.after).toBe(after);
  });

  test("are listed by preference with addresses and reverse names", async () => {
    const zone = {
      ...good,
      [DOMAIN]: {
        MX: [
          { preference: 20, exchange: "mx9.example.test" },
          { preference: 5, exchange: "mx1.example.test" },
        ],
      },
    };
    const { records } = await audit(zone);
    expect(
      records.hosts.map(({ preference, exchange, resolves }) => ({ preference, exchange, resolves })),
    ).toEqual([
      { preference: 5, exchange: "mx1.example.test", resolves: true },
      { preference: 20, exchange: "mx9.example.test", resolves: false },
    ]);
    expect(records.hosts[0]?.addresses).toEqual([
      { address: "192.0.2.1", public: true, reverseNames: ["mx1.example.test"], confirmed: true },
    ]);
  });

  test("are at most twenty, however many a zone lists", async () => {
    const { records } = await audit({
      [DOMAIN]: mx(...Array.from({ length: 60 }, (_, i) => `m${i}.example.test`)),
    });
    expect(records.hosts).toHaveLength(20);
  });
});

describe("a question about mail servers that nobody answers", () => {
  const zone = { ...good, [DOMAIN]: mx("mx1.example.test") };

  test.each([
    ["MX", DOMAIN, null],
    ["A", "mx1.example.test", null],
    ["PTR", "1.2.0.192.in-addr.arpa", true],
  ])("%s %s is told as unchecked, not as absent", async (type, name, takes) => {
    const result = await audit(zone, { name, type });
    expect(told(result)).toEqual(["mx.unchecked unknown"]);
    expect(result.findings[0]?.evidence).toContain(`${type} ${name}`);
    expect(takesMail(result.records)).toBe(takes);
  });
});
