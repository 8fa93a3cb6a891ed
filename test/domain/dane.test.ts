import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkDane } from "../../src/domain/dane.ts";
import { checking } from "../support/check-context.ts";
import type { DnsServer } from "../support/dns-server.ts";
import type { Zone, ZoneNode } from "../support/dns-zone.ts";
import { tlsFile } from "../support/https-server.ts";

type Tlsa = { usage: number; selector: number; matchingType: number; data: Buffer };

const SHA256 = Buffer.alloc(32, 0xab);
const SHA512 = Buffer.alloc(64, 0xcd);
const GOOD: Tlsa = { usage: 3, selector: 1, matchingType: 1, data: SHA256 };
const certificate = new X509Certificate(tlsFile("server.pem"));
const publicKey = certificate.publicKey.export({ format: "der", type: "spki" });

function zone(first: ZoneNode["TLSA"], second: ZoneNode["TLSA"] = GOOD): Zone {
  return {
    "example.org": {
      MX: [
        { preference: 10, exchange: "mx1.example.org" },
        { preference: 20, exchange: "mx2.example.net" },
      ],
    },
    "mx1.example.org": { A: "192.0.2.1", AAAA: "2001:db8::1" },
    "mx2.example.net": { A: "192.0.2.2" },
    "_25._tcp.mx1.example.org": first ? { TLSA: first } : {},
    "_25._tcp.mx2.example.net": second ? { TLSA: second } : {},
  };
}

/** By a resolver that validates, all of it unless `set` says otherwise. */
async function check(records: Zone, set: (dns: DnsServer) => void = () => {}) {
  const { context, dns } = await checking("example.org", records);
  dns.behave({ authenticated: true });
  set(dns);
  return checkDane(context);
}

const not = (name: string, type?: string) => (dns: DnsServer) =>
  dns.behave({ authenticated: false }, { name, type });

describe("TLSA records that count", () => {
  test.each<[string, ZoneNode["TLSA"]]>([
    ["3 1 1", GOOD],
    ["3 1 2", { ...GOOD, matchingType: 2, data: SHA512 }],
    ["2 0 1", { ...GOOD, usage: 2, selector: 0 }],
    ["3 0 0 with a whole certificate", { usage: 3, selector: 0, matchingType: 0, data: certificate.raw }],
    ["3 1 0 with a whole key", { usage: 3, selector: 1, matchingType: 0, data: publicKey }],
    ["two while keys change", [GOOD, { ...GOOD, data: Buffer.alloc(32, 1) }]],
  ])("%s", async (_, tlsa) => {
    const result = await check(zone(tlsa));
    expect(result).toMatchObject({ state: "passed", summary: "2 of 2 servers", findings: [] });
    expect(JSON.parse(JSON.stringify(result.records))).toEqual(result.records);
  });

  test("may stand at the domain itself where there is no MX record", async () => {
    const records = { "example.org": { A: "192.0.2.1" }, "_25._tcp.example.org": { TLSA: GOOD } };
    expect(await check(records)).toMatchObject({ state: "passed", summary: "1 of 1 servers", findings: [] });
  });
});

describe("no TLSA records", () => {
  test("at any server is advice, and says what the own server needs", async () => {
    const result = await check(zone(undefined, []));
    expect(result).toMatchObject({ state: "absent", findings: [{ id: "dane.missing", severity: "advice" }] });
    expect(result.findings[0]?.evidence).toBe(
      "_25._tcp.mx1.example.org: no TLSA record; _25._tcp.mx2.example.net: no TLSA record",
    );
    expect(result.findings[0]?.fix?.text).toContain("openssl");
    expect(result.findings[0]?.fix?.text).not.toContain("Sign");
  });

  test("at one of two servers is told of that one", async () => {
    const result = await check(zone(GOOD, []));
    expect(result).toMatchObject({ state: "passed", summary: "1 of 2 servers" });
    expect(result.findings).toMatchObject([
      { id: "dane.missing", evidence: "_25._tcp.mx2.example.net: no TLSA record" },
    ]);
  });

  test("in an unsigned zone needs DNSSEC first", async () => {
    const result = await check(zone(undefined, []), (dns) => {
      not("example.org", "MX")(dns);
      not("mx2.example.net")(dns);
    });
    expect(result.findings[0]?.fix?.text).toContain("Sign example.org with DNSSEC first.");
    expect(result.findings[0]?.fix?.text).toContain("The zone of mx2.example.net has to be signed too.");
  });

  test.each([true, false])(
    "is right for a domain that takes no mail (validated: %s)",
    async (authenticated) => {
      const records = { "example.org": { MX: { preference: 0, exchange: "" } } };
      const result = await check(records, (dns) => dns.behave({ authenticated }));
      expect(result).toMatchObject({ state: "absent", findings: [] });
    },
  );
});

describe("TLSA records that DNSSEC does not protect", () => {
  test.each([
    ["the list of servers", not("example.org", "MX"), "example.org MX", "absent"],
    ["a server's address", not("mx1.example.org", "A"), "mx1.example.org A", "passed"],
    ["the records themselves", not("_25._tcp.mx1.example.org"), "_25._tcp.mx1.example.org TLSA", "passed"],
  ])("at %s", async (_, set, evidence, state) => {
    const result = await check(zone(GOOD), set);
    expect(result.findings).toMatchObject([
      { id: "dane.unsigned", severity: "advice", evidence: `not protected by DNSSEC: ${evidence}` },
    ]);
    expect(result.state).toBe(state);
  });
});

describe("a TLSA record that is useless", () => {
  const hex = SHA256.toString("hex").toUpperCase();

  test.each<[string, Tlsa, RegExp, string | null]>([
    ["PKIX-EE", { ...GOOD, usage: 1 }, /usage 1 is not for mail/, `3 1 1 ${hex}`],
    ["PKIX-TA", { ...GOOD, usage: 0 }, /usage 0 is not for mail/, `2 1 1 ${hex}`],
    ["usage 4", { ...GOOD, usage: 4 }, /no certificate usage 4/, null],
    ["selector 2", { ...GOOD, selector: 2 }, /no selector 2/, null],
    ["matching type 3", { ...GOOD, matchingType: 3 }, /no matching type 3/, null],
    ["SHA-256 cut short", { ...GOOD, data: SHA256.subarray(1) }, /needs 32 bytes, there are 31/, null],
    ["SHA-256 called SHA-512", { ...GOOD, matchingType: 2 }, /needs 64 bytes, there are 32/, null],
    ["a digest called whole", { ...GOOD, matchingType: 0 }, /whole public key/, null],
    [
      "a key called a certificate",
      { usage: 3, selector: 0, matchingType: 0, data: publicKey },
      /whole certificate/,
      null,
    ],
    ["nothing", { ...GOOD, data: Buffer.alloc(0) }, /there are 0/, null],
  ])("%s", async (_, tlsa, evidence, mended) => {
    const alone = await check(zone(tlsa));
    expect(alone.state).toBe("failed");
    expect(alone.findings).toMatchObject([
      { id: "dane.syntax", severity: "warning", evidence: expect.stringMatching(evidence) },
    ]);
    expect(alone.findings[0]?.fix?.record?.after).toBe(mended ?? undefined);

    const besideAnother = await check(zone([tlsa, GOOD]));
    expect(besideAnother).toMatchObject({ state: "passed", findings: [{ id: "dane.syntax" }] });
    expect(besideAnother.findings[0]?.fix?.record).toMatchObject({
      name: "_25._tcp.mx1.example.org",
      type: "TLSA",
      after: mended,
    });
  });
});

describe("what could not be checked is unknown", () => {
  test.each<[string, (dns: DnsServer) => void, RegExp]>([
    [
      "by a resolver that does not validate",
      (dns) => dns.behave({ authenticated: false }),
      /does not validate/,
    ],
    [
      "when MX is not answered",
      (dns) => dns.behave({ answer: "SERVFAIL" }, { type: "MX" }),
      /MX example\.org/,
    ],
    [
      "when TLSA is not answered",
      (dns) => dns.behave({ answer: "SERVFAIL" }, { name: "_25._tcp.mx1.example.org" }),
      /TLSA _25\._tcp\.mx1\.example\.org/,
    ],
    ["when nothing answers", (dns) => dns.behave({ answer: "silence" }), /SOA/],
  ])("%s", async (_, set, evidence) => {
    const result = await check(zone(GOOD), set);
    expect(result).toMatchObject({
      state: "unknown",
      findings: [{ id: "dane.unchecked", severity: "unknown", evidence: expect.stringMatching(evidence) }],
    });
  });
});
