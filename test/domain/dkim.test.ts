import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkDkim } from "../../src/domain/dkim.ts";
import { loadMailServices } from "../../src/domain/mail-services.ts";
import type { Zone } from "../support/dns-zone.ts";
import { serving } from "../support/resolver.ts";
import { contextFor } from "./support/context.ts";
import { told } from "./support/findings.ts";

const DOMAIN = "example.test";
const at = (selector: string) => `${selector}._domainkey.${DOMAIN}`;

function rsa(bits: number): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return publicKey.export({ type: "spki", format: "der" }).toString("base64");
}
const strong = rsa(2048);
const ed25519 = generateKeyPairSync("ed25519")
  .publicKey.export({ type: "spki", format: "der" })
  .subarray(-32)
  .toString("base64");

async function audit(zone: Zone, selectors: string[] = []) {
  const { resolver } = await serving({ [DOMAIN]: { A: "192.0.2.1" }, ...zone });
  return checkDkim(contextFor(DOMAIN, resolver, { selectors }));
}

const cases: {
  name: string;
  zone: Zone;
  selectors?: string[];
  findings: string[];
  state: string;
  after?: string | null;
}[] = [
  {
    name: "a key of 2,048 bits",
    zone: { [at("google")]: { TXT: [`v=DKIM1; k=rsa; p=${strong}`] } },
    findings: [],
    state: "passed",
  },
  {
    name: "an ed25519 key",
    zone: { [at("s1")]: { TXT: [`v=DKIM1; k=ed25519; p=${ed25519}`] } },
    findings: [],
    state: "passed",
  },
  {
    name: "a key without version",
    zone: { [at("s1")]: { TXT: [`p=${strong}`] } },
    findings: [],
    state: "passed",
  },
  {
    name: "only a key for TLS reports",
    zone: { [at("default")]: { TXT: [`v=DKIM1; s=tlsrpt; p=${strong}`] } },
    findings: ["dkim.none-found advice"],
    state: "absent",
  },
  {
    name: "a key for TLS reports at a given selector",
    zone: { [at("default")]: { TXT: [`v=DKIM1; s=tlsrpt; p=${strong}`] } },
    selectors: ["default"],
    findings: ["dkim.key-other-service advice"],
    state: "failed",
  },
  {
    name: "a key for mail among other services",
    zone: { [at("default")]: { TXT: [`v=DKIM1; s=tlsrpt:email; p=${strong}`] } },
    findings: [],
    state: "passed",
  },
  { name: "nothing", zone: {}, findings: ["dkim.none-found advice"], state: "absent" },
  {
    name: "a key of 1,024 bits",
    zone: { [at("k1")]: { TXT: [`v=DKIM1; p=${rsa(1024)}`] } },
    findings: ["dkim.key-weak warning"],
    state: "passed",
  },
  {
    name: "a key of 512 bits",
    zone: { [at("k1")]: { TXT: [`v=DKIM1; p=${rsa(512)}`] } },
    findings: ["dkim.key-weak problem"],
    state: "failed",
  },
  {
    name: "a withdrawn key",
    zone: { [at("k1")]: { TXT: ["v=DKIM1; p="] } },
    findings: ["dkim.key-revoked advice"],
    state: "failed",
  },
  {
    name: "a key that is tried out",
    zone: { [at("k1")]: { TXT: [`v=DKIM1; t=y:s; p=${strong}`] } },
    findings: ["dkim.key-testing warning"],
    state: "passed",
    after: `v=DKIM1; t=s; p=${strong}`,
  },
  {
    name: "a key for sha1 only",
    zone: { [at("k1")]: { TXT: [`v=DKIM1; h=sha1; p=${strong}`] } },
    findings: ["dkim.key-sha1 problem"],
    state: "failed",
  },
  {
    name: "a key for sha1 and sha256",
    zone: { [at("k1")]: { TXT: [`v=DKIM1; h=sha1:sha256; p=${strong}`] } },
    findings: [],
    state: "passed",
  },
  {
    name: "half a key",
    zone: { [at("k1")]: { TXT: [`v=DKIM1; p=${strong.slice(0, 100)}`] } },
    findings: ["dkim.key-syntax problem"],
    state: "failed",
  },
  {
    name: "a record without a key",
    zone: { [at("k1")]: { TXT: ["v=DKIM1; k=rsa"] } },
    findings: ["dkim.key-syntax problem"],
    state: "failed",
  },
  {
    name: "a key of another type than it says",
    zone: { [at("k1")]: { TXT: [`v=DKIM1; k=ed25519; p=${strong}`] } },
    findings: ["dkim.key-syntax problem"],
    state: "failed",
  },
  {
    name: "two records at one selector",
    zone: { [at("k1")]: { TXT: [`v=DKIM1; p=${strong}`, "v=DKIM1; p="] } },
    findings: ["dkim.key-multiple warning", "dkim.key-revoked advice"],
    state: "passed",
  },
  {
    name: "another text at a known selector",
    zone: { [at("mail")]: { TXT: ["hello"] } },
    findings: ["dkim.none-found advice"],
    state: "absent",
  },
  {
    name: "a CNAME that leads nowhere",
    zone: { [at("s1")]: { CNAME: "s1.domainkey.u1.wl.sendgrid.net" } },
    findings: ["dkim.cname-dangling warning"],
    state: "absent",
    after: null,
  },
  {
    name: "a wildcard that withdraws every key",
    zone: { [`*._domainkey.${DOMAIN}`]: { TXT: ["v=DKIM1; p="] } },
    findings: ["dkim.none-found advice"],
    state: "absent",
  },
  {
    name: "a wildcard with a key",
    zone: { [`*._domainkey.${DOMAIN}`]: { TXT: [`v=DKIM1; p=${strong}`] } },
    findings: ["dkim.none-found advice", "dkim.wildcard warning"],
    state: "absent",
  },
  {
    name: "a wildcard with another text, and one key",
    zone: { [`*._domainkey.${DOMAIN}`]: { TXT: ["v=spf1 -all"] }, [at("k2")]: { TXT: [`p=${strong}`] } },
    findings: ["dkim.wildcard advice"],
    state: "passed",
  },
  {
    name: "a given selector that nobody guesses",
    zone: { [at("kqzx7")]: { TXT: [`p=${strong}`] } },
    selectors: ["KQZX7"],
    findings: [],
    state: "passed",
  },
  {
    name: "a given selector without a key",
    zone: {},
    selectors: ["kqzx7"],
    findings: ["dkim.selector-missing problem"],
    state: "failed",
  },
];

describe("DKIM keys", () => {
  test.each(cases)("$name", async ({ zone, selectors, findings, state, after }) => {
    const result = await audit(zone, selectors);
    expect(told(result)).toEqual(findings);
    expect(result.state).toBe(state);
    expect(result.findings.find(({ fix }) => fix?.record)?.fix?.record?.after).toBe(after);
  });

  test("are told with type, length and the service that the CNAME leads to, not the one that the selector suggests", async () => {
    const { records, summary } = await audit({
      [at("s1")]: { CNAME: "s1.domainkey.tutanota.de" },
      "s1.domainkey.tutanota.de": { TXT: [`v=DKIM1; k=rsa; p=${strong}`] },
      [at("selector1")]: { CNAME: "selector1-example-test._domainkey.tenant.onmicrosoft.com" },
      "selector1-example-test._domainkey.tenant.onmicrosoft.com": {
        TXT: [`v=DKIM1; k=rsa; t=s; p=${strong}`],
      },
    });
    expect(summary).toBe("2 keys found (Microsoft 365, Tuta)");
    const keys = records.selectors.map(({ selector, service, keys: [key] }) => ({
      selector,
      service,
      type: key?.type,
      bits: key?.bits,
      exactDomain: key?.exactDomain,
    }));
    expect(keys).toEqual([
      { selector: "selector1", service: "Microsoft 365", type: "rsa", bits: 2048, exactDomain: true },
      { selector: "s1", service: "Tuta", type: "rsa", bits: 2048, exactDomain: false },
    ]);
  });

  test("are looked for at 180 selectors, all at once", async () => {
    const { server, resolver } = await serving({ [DOMAIN]: { A: "192.0.2.1" } });
    server.behave({ latency: 100 });
    await loadMailServices();
    const start = performance.now();
    const { records } = await checkDkim(contextFor(DOMAIN, resolver));
    expect(records.tried).toBe(180);
    expect(server.count(undefined, "TXT")).toBe(182);
    expect(performance.now() - start, "one round, not several").toBeLessThan(2_000);
  });

  test("at selectors that nobody answers for are unchecked, and none is told as missing", async () => {
    const { server, resolver } = await serving(
      { [at("k1")]: { TXT: [`p=${strong}`] } },
      { tries: [0], timeout: 200 },
    );
    server.behave({ answer: "silence" }, { name: at("google") });
    const result = await checkDkim(contextFor(DOMAIN, resolver));
    expect(told(result)).toEqual(["dkim.unchecked unknown"]);
    expect(result.state).toBe("passed");
    server.behave({ answer: "SERVFAIL" });
    const nothing = await checkDkim(contextFor("other.test", resolver, { selectors: ["s9"] }));
    expect(told(nothing)).toEqual(["dkim.unchecked unknown"]);
    expect(nothing.state).toBe("unknown");
  });
});

test("the table of selectors names 180, each once, and the services behind them", async () => {
  const { selectors, services } = await loadMailServices();
  expect(new Set(selectors.map((selector) => selector.toLowerCase())).size).toBe(180);
  expect(services.length).toBeGreaterThan(70);
  const known = new Set(services.flatMap((service) => service.selectors));
  expect([...known].filter((selector) => !selectors.includes(selector))).toEqual([]);
});
