import { describe, expect, test } from "vitest";
import { dsRecord, isEntryPoint, keyTag } from "../../src/domain/dnskey.ts";
import { checkDnssec } from "../../src/domain/dnssec.ts";
import { checking } from "../support/check-context.ts";
import type { DnsServer } from "../support/dns-server.ts";
import type { Zone } from "../support/dns-zone.ts";

/** The key and the digest of RFC 4509 §2.3, with the flags of an entry point in KSK. */
const RFC_KEY = Buffer.from(
  "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
  "base64",
);
const ZSK = { flags: 256, algorithm: 13, key: Buffer.alloc(64, 1) };
const KSK = { flags: 257, algorithm: 13, key: Buffer.alloc(64, 2) };
const DS = { keyTag: 4711, algorithm: 13, digestType: 2, digest: Buffer.alloc(32) };
const SIGNED: Zone = {
  "example.org": { SOA: { minimum: 60 }, DNSKEY: [ZSK, KSK], DS, TXT: "v=spf1 -all" },
};

/** By a resolver that validates, all of it unless `set` says otherwise. */
async function check(zone: Zone, set: (dns: DnsServer) => void = () => {}, domain = "example.org") {
  const { context, dns } = await checking(domain, zone);
  dns.behave({ authenticated: true });
  set(dns);
  return checkDnssec(context);
}

const unsigned = (dns: DnsServer) => dns.behave({ authenticated: false }, { name: "example.org" });

describe("a signed domain", () => {
  test("has no findings", async () => {
    const result = await check(SIGNED);
    expect(result).toMatchObject({ state: "passed", summary: "signed", findings: [] });
    expect(result.records).toMatchObject({
      resolver: { validates: true },
      status: "signed",
      ds: [{ keyTag: 4711, algorithm: 13, digestType: 2 }],
      keys: [
        { keyTag: keyTag(ZSK), algorithm: 13, flags: 256 },
        { keyTag: keyTag(KSK), algorithm: 13, flags: 257 },
      ],
    });
    expect(JSON.parse(JSON.stringify(result.records))).toEqual(result.records);
  });

  test("may be a name inside a signed zone", async () => {
    const zone = { ...SIGNED, "mail.example.org": { A: "192.0.2.1" } };
    expect(await check(zone, undefined, "mail.example.org")).toMatchObject({ state: "passed", findings: [] });
  });
});

describe("an unsigned domain", () => {
  test("is advice", async () => {
    const result = await check({ "example.org": { SOA: { minimum: 60 } } }, unsigned);
    expect(result).toMatchObject({
      state: "absent",
      findings: [{ id: "dnssec.unsigned", severity: "advice" }],
      records: { status: "unsigned", ds: [], keys: [] },
    });
  });

  test("with keys that nothing leads to gets the DS record to publish", async () => {
    const zone = { "example.org": { SOA: { minimum: 60 }, DNSKEY: [ZSK, KSK] } };
    const result = await check(zone, unsigned);
    expect(result.state).toBe("absent");
    expect(result.findings).toMatchObject([
      {
        id: "dnssec.unsigned",
        severity: "advice",
        fix: {
          record: { name: "example.org", type: "DS", before: null, after: dsRecord("example.org", KSK) },
        },
      },
    ]);
  });

  test("with an algorithm that the resolver does not know is told so", async () => {
    const result = await check(SIGNED, (dns) => {
      dns.behave({ authenticated: false }, { name: "example.org" });
      dns.behave({ authenticated: true }, { name: "example.org", type: "DS" });
    });
    expect(result.findings).toMatchObject([
      { id: "dnssec.unsigned", evidence: expect.stringContaining("algorithm 13") },
    ]);
  });
});

describe("a domain whose signatures are wrong", () => {
  test.each([6, 7, 8, 9, 10, 11, 12])("is told by the extended error %i", async (code) => {
    const result = await check(SIGNED, (dns) => {
      dns.behave({ answer: "SERVFAIL", extendedError: { code, text: "because" } }, { name: "example.org" });
    });
    expect(result).toMatchObject({
      state: "failed",
      findings: [
        {
          id: "dnssec.bogus",
          severity: "problem",
          evidence: expect.stringContaining(`extended error ${code} because`),
        },
      ],
    });
  });

  test("is told where only one record fails", async () => {
    const result = await check(SIGNED, (dns) => {
      dns.behave({ answer: "SERVFAIL" }, { name: "example.org", type: "MX" });
    });
    expect(result.findings).toMatchObject([
      { id: "dnssec.bogus", evidence: expect.stringContaining("MX example.org") },
    ]);
  });
});

describe("what could not be checked is unknown", () => {
  test.each<[string, Zone, (dns: DnsServer) => void, RegExp]>([
    [
      "by a resolver that does not validate",
      SIGNED,
      (dns) => dns.behave({ authenticated: false }),
      /does not validate/,
    ],
    [
      "by a resolver that claims it of nothing but the domain",
      SIGNED,
      (dns) => dns.behave({ authenticated: false }, { name: "." }),
      /does not validate/,
    ],
    [
      "when the root cannot be asked",
      SIGNED,
      (dns) => dns.behave({ answer: "REFUSED" }, { name: "." }),
      /SOA/,
    ],
    [
      "when everything about the domain fails without a reason",
      SIGNED,
      (dns) => dns.behave({ answer: "SERVFAIL" }, { name: "example.org" }),
      /example\.org/,
    ],
    [
      "when its servers cannot be reached",
      SIGNED,
      (dns) => {
        dns.behave({ answer: "SERVFAIL", extendedError: { code: 22, text: "" } }, { name: "example.org" });
        dns.behave({ answer: "zone", extendedError: undefined }, { name: "example.org", type: "DS" });
      },
      /example\.org/,
    ],
    ["when nothing answers", SIGNED, (dns) => dns.behave({ answer: "silence" }), /SOA/],
  ])("%s", async (_, zone, set, evidence) => {
    const result = await check(zone, set);
    expect(result).toMatchObject({
      state: "unknown",
      findings: [{ id: "dnssec.unchecked", severity: "unknown", evidence: expect.stringMatching(evidence) }],
    });
  });

  test("but one answer is enough to see a signature", async () => {
    const result = await check({ "example.org": { TXT: "x" } }, (dns) => {
      dns.behave({ answer: "silence" }, { name: "example.org", type: "SOA" });
    });
    expect(result.state).toBe("passed");
  });
});

describe("a DS record", () => {
  test("is made as RFC 4509 §2.3 shows", () => {
    const key = { flags: 256, algorithm: 5, key: RFC_KEY };
    expect(keyTag(key)).toBe(60485);
    expect(dsRecord("dskey.example.com", key)).toBe(
      "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A",
    );
  });

  test.each([
    [256, false],
    [257, true],
    [1, false],
    [385, false],
  ])("is for keys with the flags %i: %s", (flags, expected) => {
    expect(isEntryPoint({ ...KSK, flags })).toBe(expected);
  });
});
