import { describe, expect, test } from "vitest";
import { auditDomain } from "../../src/domain/index.ts";
import type { Zone } from "../support/dns-zone.ts";
import { serving } from "../support/resolver.ts";
import { told } from "./support/findings.ts";
import { parkedZone, soundZone } from "./support/zones.ts";

const DOMAIN = "example.test";

async function audit(zone: Zone, domain = DOMAIN) {
  const { resolver } = await serving(zone, { tries: [0, 80], timeout: 300 });
  return auditDomain(domain, { resolver });
}

/** Without what only a validating resolver could tell. */
function toldOf(findings: Parameters<typeof told>[0]) {
  return told(findings).filter((text) => !/^(dane|dnssec)\.unchecked /.test(text));
}

describe("the verdicts", () => {
  const dmarc = (record: string) => ({ [`_dmarc.${DOMAIN}`]: { TXT: [record] } });
  const sound = soundZone(DOMAIN);

  test.each<[string, Zone, string, string]>([
    ["everything right", sound, "yes", "enforced"],
    ["quarantine", { ...sound, ...dmarc("v=DMARC1; p=quarantine") }, "yes", "enforced"],
    [
      "quarantine that is only tried out",
      { ...sound, ...dmarc("v=DMARC1; p=quarantine; t=y") },
      "yes",
      "monitored",
    ],
    [
      "reject that is only tried out acts as quarantine",
      { ...sound, ...dmarc("v=DMARC1; p=reject; t=y") },
      "yes",
      "enforced",
    ],
    ["p=none", { ...sound, ...dmarc("v=DMARC1; p=none") }, "yes", "monitored"],
    ["a void record", { ...sound, ...dmarc("v=DMARC1; p=maybe") }, "yes", "none"],
    ["no DMARC, whatever SPF and DKIM say", { ...sound, ...dmarc("") }, "yes", "none"],
    ["a parked domain", parkedZone(DOMAIN), "no", "enforced"],
    ["the domain's own address", { [DOMAIN]: { A: "192.0.2.1" } }, "yes", "none"],
    ["a private address", { [DOMAIN]: { A: "192.168.0.1" } }, "no", "none"],
    ["no such domain", {}, "no", "none"],
    [
      "no such name below a domain with a policy for that",
      dmarc("v=DMARC1; p=none; np=reject"),
      "no",
      "enforced",
    ],
  ])("%s", async (name, zone, canReceive, senderTrust) => {
    const domain = name.startsWith("no such name") ? `gone.${DOMAIN}` : DOMAIN;
    expect(await audit(zone, domain)).toMatchObject({ canReceive, senderTrust });
  });
});

test("a domain with everything right has neither problem nor warning", async () => {
  const { findings } = await audit(soundZone(DOMAIN));
  expect(findings.filter(({ severity }) => severity === "problem" || severity === "warning")).toEqual([]);
});

describe("a parked domain", () => {
  test("that is protected is told nothing to do, and no optional standard", async () => {
    expect(toldOf((await audit(parkedZone(DOMAIN))).findings)).toEqual(["mx.null advice"]);
  });

  test.each<[string, Zone, string[]]>([
    [
      "a null MX and nothing else",
      { [DOMAIN]: { MX: { preference: 0, exchange: "." } } },
      ["dmarc.missing problem", "mx.null advice", "parked.unprotected problem", "spf.missing problem"],
    ],
    [
      "neither MX nor address",
      { [DOMAIN]: { TXT: ["v=spf1 -all"] } },
      ["dmarc.missing problem", "domain.no-mail warning", "parked.unprotected problem"],
    ],
    [
      "no MX and SPF that lets nobody send",
      {
        [DOMAIN]: { TXT: ["v=spf1 -all"], A: "192.0.2.1" },
        [`_dmarc.${DOMAIN}`]: { TXT: ["v=DMARC1; p=quarantine"] },
      },
      ["mx.implicit warning", "mx.no-ptr advice", "parked.unprotected warning"],
    ],
  ])("%s is unprotected", async (_name, zone, findings) => {
    const result = await audit(zone);
    expect(toldOf(result.findings)).toEqual(findings);
    const fix = result.findings.find(({ id }) => id === "parked.unprotected")?.fix?.record;
    expect(fix).toMatchObject({ name: `_dmarc.${DOMAIN}`, after: "v=DMARC1; p=reject" });
  });

  test("is not a domain with a working mail server, whatever its SPF says", async () => {
    const zone = soundZone(DOMAIN);
    const { findings } = await audit({
      ...zone,
      [DOMAIN]: { ...zone[DOMAIN], TXT: ["v=spf1 -all"] },
      [`_dmarc.${DOMAIN}`]: {},
    });
    expect(findings.map(({ id }) => id)).not.toContain("parked.unprotected");
  });
});

test("of a name that does not exist only that is told", async () => {
  const result = await audit({ test: {} });
  expect(told(result.findings)).toEqual(["domain.nxdomain problem"]);
});

test("one NXDOMAIN beside other answers does not make a domain disappear", async () => {
  const { server, resolver } = await serving(soundZone(DOMAIN));
  server.behave({ answer: "SERVFAIL" }, { name: DOMAIN, type: "NS" });
  server.behave({ answer: "SERVFAIL" }, { name: DOMAIN, type: "SOA" });
  expect((await auditDomain(DOMAIN, { resolver })).records.domain.exists).toBe(true);
});

test("the gravest findings come first, and of these what keeps mail from arriving", async () => {
  const { findings } = await audit({
    [DOMAIN]: { MX: { preference: 10, exchange: "192.0.2.1" }, TXT: ["v=spf1 foo -all"] },
    [`k1._domainkey.${DOMAIN}`]: { TXT: ["v=DKIM1; p=AAAA"] },
  });
  const problems = findings.filter(({ severity }) => severity === "problem").map(({ id }) => id);
  expect(problems).toEqual(["mx.is-ip", "spf.syntax", "dmarc.missing", "dkim.key-syntax"]);
  const order = ["problem", "warning", "unknown", "advice"];
  const ranks = findings.map(({ severity }) => order.indexOf(severity));
  expect(ranks).toEqual(ranks.toSorted());
});

describe("when nobody answers", () => {
  test("everything is unknown and nothing is told as missing", async () => {
    const { server, resolver } = await serving(soundZone(DOMAIN), { tries: [0, 50], timeout: 200 });
    server.behave({ answer: "silence" });
    const result = await auditDomain(DOMAIN, { resolver });
    expect(result).toMatchObject({ canReceive: "unknown", senderTrust: "unknown" });
    expect([...new Set(result.findings.map(({ severity }) => severity))]).toEqual(["unknown"]);
    expect(Object.values(result.results).map(({ state }) => state)).toEqual(
      Object.keys(result.results).map(() => "unknown"),
    );
    expect(result.findings.map(({ id }) => id)).toContain("domain.unchecked");
  });

  test("the audit ends at its deadline with what it has learned", async () => {
    const { server, resolver } = await serving(soundZone(DOMAIN), { timeout: 5_000 });
    server.behave({ answer: "silence" }, { type: "PTR" });
    server.behave({ answer: "silence" }, { name: `_dmarc.${DOMAIN}` });
    const start = performance.now();
    const result = await auditDomain(DOMAIN, { resolver, signal: AbortSignal.timeout(400) });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(result).toMatchObject({ canReceive: "yes", senderTrust: "unknown" });
    expect(result.findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["mx.unchecked", "dmarc.unchecked"]),
    );
  });
});

test("an audit asks at most 400 different questions; the rest could not be checked", async () => {
  const wide: Zone = {};
  for (let i = 0; i < 60; i++) {
    wide[`n${i}.test`] = {
      TXT: [`v=spf1 ${Array.from({ length: 20 }, (_, k) => `a:h${k}.n${i}.test`).join(" ")} -all`],
    };
  }
  const record = `v=spf1 ${Array.from({ length: 60 }, (_, i) => `include:n${i}.test`).join(" ")} -all`;
  const { server, resolver } = await serving({ ...soundZone(DOMAIN), ...wide, [DOMAIN]: { TXT: [record] } });
  const result = await auditDomain(DOMAIN, { resolver });
  const asked = new Set(server.log.map(({ name, type }) => `${type} ${name}`));
  expect(asked.size).toBeLessThanOrEqual(400);
  expect(result.queries).toBeLessThanOrEqual(400);
  expect(
    result.findings.some(
      ({ id, evidence }) => id.endsWith(".unchecked") && evidence.includes("limit of 400 questions"),
    ),
  ).toBe(true);
});

test("progress tells each check when it begins and how it ended", async () => {
  const { resolver } = await serving(soundZone(DOMAIN));
  const steps: string[] = [];
  await auditDomain(DOMAIN, { resolver, onProgress: (name, state) => steps.push(`${name} ${state}`) });
  expect(steps).toEqual(expect.arrayContaining(["mx running", "mx passed", "spf passed", "dmarc passed"]));
  expect(steps.filter((step) => step.startsWith("mx "))).toEqual(["mx running", "mx passed"]);
});

test("hostile records are read in no time, and what is told of them is bounded", async () => {
  const hostile = [
    `v=spf1 ${";".repeat(20_000)}x`,
    `v=spf1${" ".repeat(20_000)}x;`,
    `spf1 ${" ".repeat(20_000)}x`,
    `v=spf1 ${"include:%{d}.example.test ".repeat(700)}-all`,
    `v=DMARC1${" ".repeat(20_000)};p=x`,
    `dmarc1${"=".repeat(20_000)}`,
    `v=DKIM1; p=${" ".repeat(20_000)}x`,
    "\u0000\u001b[2J\u202e",
  ];
  for (const text of hostile) {
    const { resolver } = await serving({
      [DOMAIN]: { TXT: [text], MX: { preference: 1, exchange: "mx.example.test" } },
      [`_dmarc.${DOMAIN}`]: { TXT: [text] },
      [`*._domainkey.${DOMAIN}`]: { TXT: [text] },
      [`k1._domainkey.${DOMAIN}`]: { TXT: [text, "v=DKIM1; p=x"] },
    });
    const start = performance.now();
    const { findings } = await auditDomain(DOMAIN, { resolver });
    expect(performance.now() - start, text.slice(0, 20)).toBeLessThan(5_000);
    expect(Math.max(...findings.map(({ evidence }) => evidence.length))).toBeLessThanOrEqual(2_001);
  }
});
