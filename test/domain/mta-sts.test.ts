import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/domain/finding.ts";
import { checkMtaSts } from "../../src/domain/mta-sts.ts";
import { readPolicy } from "../../src/domain/mta-sts-policy.ts";
import { checking } from "../support/check-context.ts";
import type { Zone } from "../support/dns-zone.ts";
import type { Page } from "../support/https-server.ts";

const PLACE = "mta-sts.example.org/.well-known/mta-sts.txt";
const RECORD = "v=STSv1; id=20260101T000000;";
const MX = [
  { preference: 10, exchange: "mx1.example.org" },
  { preference: 20, exchange: "mx2.example.org" },
];

function policy(...lines: string[]): Page {
  return { headers: { "content-type": "text/plain" }, body: `${lines.join("\r\n")}\r\n` };
}

const GOOD = policy(
  "version: STSv1",
  "mode: enforce",
  "mx: mx1.example.org",
  "mx: *.example.org",
  "max_age: 604800",
);

function zone(txt: string | (string | string[])[], more: Zone = {}): Zone {
  return { "example.org": { MX }, "_mta-sts.example.org": { TXT: txt }, ...more };
}

async function check(records: Zone, page?: Page) {
  const { context, dns, web } = await checking("example.org", records, page ? { [PLACE]: page } : {});
  return { result: await checkMtaSts(context), dns, web };
}

function ids(findings: readonly Finding[]): string[] {
  return findings.map(({ id, severity }) => `${id} ${severity}`);
}

describe("a sound MTA-STS policy", () => {
  test("has no findings", async () => {
    const { result } = await check(zone(RECORD), GOOD);
    expect(result).toMatchObject({ state: "passed", summary: "mode enforce", findings: [] });
    expect(result.records).toMatchObject({
      found: [RECORD],
      id: "20260101T000000",
      policyUrl: `https://${PLACE}`,
      policy: { mode: "enforce", maxAge: 604800, mx: ["mx1.example.org", "*.example.org"], faults: [] },
      hosts: [
        { name: "mx1.example.org", covered: true },
        { name: "mx2.example.org", covered: true },
      ],
    });
  });

  test.each([
    ["v=STSv1;id=1"],
    ["v=STSv1 ; id=1 ; later=new"],
    ["v=STSv1; later=new; id=1;  "],
    [[["v=STSv1; ", "id=1"]]],
    [["unrelated", RECORD, "v=STSv2; id=1"]],
  ])("may be announced as %j", async (txt) => {
    const { result } = await check(zone(txt), GOOD);
    expect(result).toMatchObject({ state: "passed", findings: [] });
  });

  test("may lie behind a CNAME", async () => {
    const { result } = await check(
      {
        "example.org": { MX },
        "_mta-sts.example.org": { CNAME: "sts.provider.example" },
        "sts.provider.example": { TXT: RECORD },
        "mta-sts.example.org": { CNAME: "web.provider.example" },
        "web.provider.example": { A: "127.0.0.1" },
      },
      GOOD,
    );
    expect(result).toMatchObject({ state: "passed", findings: [] });
  });

  test("may name the domain itself where there is no MX record", async () => {
    const records = zone(RECORD, { "example.org": { A: "192.0.2.1" } });
    const own = policy("version: STSv1", "mode: enforce", "mx: example.org", "max_age: 604800");
    expect((await check(records, own)).result).toMatchObject({ state: "passed", findings: [] });
  });
});

describe("the record", () => {
  test("is missing: advice, with the policy and the record to publish", async () => {
    const { result, web } = await check({ "example.org": { MX } });
    expect(result).toMatchObject({ state: "absent", summary: "" });
    expect(ids(result.findings)).toEqual(["mta-sts.missing advice"]);
    const fix = result.findings[0]?.fix;
    expect(fix?.file).toEqual({
      url: `https://${PLACE}`,
      text: "version: STSv1\r\nmode: testing\r\nmx: mx1.example.org\r\nmx: mx2.example.org\r\nmax_age: 604800\r\n",
    });
    expect(fix?.record).toMatchObject({
      name: "_mta-sts.example.org",
      type: "TXT",
      before: null,
      after: expect.stringMatching(/^v=STSv1; id=[0-9a-f]{16};$/),
    });
    expect(web.log).toEqual([]);
  });

  test("is not missed by a domain that takes no mail", async () => {
    const records = { "example.org": { MX: { preference: 0, exchange: "" } } };
    expect((await check(records)).result).toMatchObject({ state: "absent", findings: [] });
  });

  test("could not be looked up: unknown, never missing", async () => {
    const { context, dns } = await checking("example.org", zone(RECORD));
    dns.behave({ answer: "SERVFAIL" }, { name: "_mta-sts.example.org" });
    const result = await checkMtaSts(context);
    expect(result.state).toBe("unknown");
    expect(ids(result.findings)).toEqual(["mta-sts.unchecked unknown"]);
    expect(result.findings[0]?.evidence).toContain("TXT _mta-sts.example.org");
  });

  test("must be the only one", async () => {
    const { result, web } = await check(zone([RECORD, "v=STSv1; id=2"]), GOOD);
    expect(result.state).toBe("failed");
    expect(ids(result.findings)).toEqual(["mta-sts.multiple warning"]);
    expect(result.findings[0]?.fix?.record).toMatchObject({ after: null });
    expect(web.log).toEqual([]);
  });

  test.each([
    ["v=STSv1;", /no id/, null],
    ["v=STSv1; id=", /"id" has no value/, null],
    ["v=STSv1; id=2026-01-01", /"2026-01-01" is not 1 to 32 letters and digits/, null],
    [`v=STSv1; id=${"1".repeat(33)}`, /32/, null],
    ["v=STSv1; id=7; oops", /"oops" is not of the form/, "v=STSv1; id=7;"],
    ["v=STSv1; id=7;; a=b", /empty field/, "v=STSv1; id=7;"],
    ["v=STSv1; id =7", /space before the equals sign/, "v=STSv1; id=7;"],
    ["v=STSv1 id=7", /begin/, "v=STSv1; id=7;"],
    ["v=stsv1; id=7;", /begin/, "v=STSv1; id=7;"],
    ["V=STSv1; id=7;", /begin/, "v=STSv1; id=7;"],
    [" v=STSv1; id=7;", /begin/, "v=STSv1; id=7;"],
  ])("%j is not well-formed", async (txt, evidence, after) => {
    const { result, web } = await check(zone(txt), GOOD);
    expect(result.state).toBe("failed");
    expect(ids(result.findings)).toEqual(["mta-sts.syntax warning"]);
    expect(result.findings[0]?.evidence).toMatch(evidence);
    const record = result.findings[0]?.fix?.record;
    expect(record).toMatchObject({
      before: txt,
      after: after ?? expect.stringMatching(/^v=STSv1; id=\w{1,32};$/),
    });
    expect(web.log).toEqual([]);
    // what the fix says is sound
    const mended = await check(zone(record?.after ?? ""), GOOD);
    expect(mended.result.findings).toEqual([]);
  });
});

describe("the policy", () => {
  test.each<[string, Page, RegExp]>([
    ["is not there", { status: 404 }, /status 404/],
    ["is elsewhere", { status: 301, headers: { location: "https://www.example.org/" } }, /redirect/],
    ["is too large", { body: "x".repeat(70_000) }, /larger/],
    ["is broken off", (request) => request.socket.destroy(), /breaks it off/],
  ])("%s: unreachable", async (_, page, evidence) => {
    const { result } = await check(zone(RECORD), page);
    expect(result.state).toBe("failed");
    expect(ids(result.findings)).toEqual(["mta-sts.policy-unreachable warning"]);
    expect(result.findings[0]?.evidence).toMatch(evidence);
  });

  test("has a host without an address: unreachable", async () => {
    const { result } = await check(zone(RECORD));
    expect(ids(result.findings)).toEqual(["mta-sts.policy-unreachable warning"]);
    expect(result.findings[0]?.evidence).toContain("mta-sts.example.org does not exist");
  });

  test("has a host inside a private network: unreachable, and not connected to", async () => {
    const { result, web } = await check(zone(RECORD, { "mta-sts.example.org": { A: "10.0.0.1" } }), GOOD);
    expect(ids(result.findings)).toEqual(["mta-sts.policy-unreachable warning"]);
    expect(web.log).toEqual([]);
  });

  test.each<[string, Page, boolean]>([
    ["answers too late", () => {}, false],
    ["could not be looked up", GOOD, true],
  ])("of a host that %s is unknown", async (_, page, servfail) => {
    const { context, dns } = await checking("example.org", zone(RECORD), { [PLACE]: page });
    if (servfail) dns.behave({ answer: "SERVFAIL" }, { name: "mta-sts.example.org" });
    const result = await checkMtaSts(context);
    expect(result.state).toBe("unknown");
    expect(ids(result.findings)).toEqual(["mta-sts.unchecked unknown"]);
  });

  test("is told as checked only as far as the mail servers are known", async () => {
    const { context, dns } = await checking("example.org", zone(RECORD), { [PLACE]: GOOD });
    dns.behave({ answer: "REFUSED" }, { type: "MX" });
    const result = await checkMtaSts(context);
    expect(result.state).toBe("unknown");
    expect(ids(result.findings)).toEqual(["mta-sts.unchecked unknown"]);
    expect(result.records.policy).toMatchObject({ mode: "enforce" });
  });

  test("in the mode testing: advice to enforce it, with file and record", async () => {
    const page = policy("version: STSv1", "mode: testing", "mx: *.example.org", "max_age: 86400");
    const { result } = await check(zone(RECORD), page);
    expect(result).toMatchObject({ state: "passed", summary: "mode testing, which only reports" });
    expect(ids(result.findings)).toEqual(["mta-sts.mode-not-enforce advice"]);
    const fix = result.findings[0]?.fix;
    expect(fix?.file?.text).toBe(
      "version: STSv1\r\nmode: enforce\r\nmx: *.example.org\r\nmax_age: 604800\r\n",
    );
    expect(fix?.record?.before).toBe(RECORD);
    expect(fix?.record?.after).not.toBe(RECORD);
  });

  test("in the mode none is as good as absent", async () => {
    const { result } = await check(zone(RECORD), policy("version: STSv1", "mode: none", "max_age: 86400"));
    expect(result.state).toBe("absent");
    expect(ids(result.findings)).toEqual(["mta-sts.mode-not-enforce advice"]);
  });

  test.each([
    ["enforce", "problem"],
    ["testing", "warning"],
  ])("in the mode %s that leaves out a server: %s", async (mode, severity) => {
    const page = policy("version: STSv1", `mode: ${mode}`, "mx: mx1.example.org", "max_age: 604800");
    const { result } = await check(zone(RECORD), page);
    expect(result.state).toBe("failed");
    const finding = result.findings.find(({ id }) => id === "mta-sts.mx-not-covered");
    expect(finding).toMatchObject({ severity, evidence: expect.stringContaining("MX mx2.example.org") });
    expect(finding?.fix?.file?.text).toBe(
      `version: STSv1\r\nmode: ${mode}\r\nmx: mx1.example.org\r\nmx: mx2.example.org\r\nmax_age: 604800\r\n`,
    );
  });

  test.each([
    ["mx1.example.org", "mx1.example.org", true],
    ["MX1.Example.ORG", "mx1.example.org", true],
    ["*.example.org", "mx1.example.org", true],
    ["*.example.org", "a.mx1.example.org", false],
    ["*.example.org", "example.org", false],
    ["*.mx1.example.org", "mx1.example.org", false],
    ["example.org", "mx1.example.org", false],
    ["mx1.example.org", "xmx1.example.org", false],
  ])("with mx: %s for the server %s: %s", async (pattern, exchange, covered) => {
    const records = zone(RECORD, { "example.org": { MX: { preference: 1, exchange } } });
    const page = policy("version: STSv1", "mode: enforce", `mx: ${pattern}`, "max_age: 604800");
    const { result } = await check(records, page);
    expect(result.records.hosts).toEqual([{ name: exchange, covered }]);
  });
});

const VALID = [
  "version: STSv1",
  "mode: enforce",
  "mx: mx1.example.org",
  "mx: mx2.example.org",
  "max_age: 604800",
];
const INVALID: [string, string[], RegExp][] = [
  ["nothing", [], /no version; it has no mode; it has no max_age; it names no mail server/],
  ["a web page", ["<!doctype html>", "<p>Not found: really</p>"], /no version/],
  ["no version", VALID.slice(1), /no version/],
  ["another version", ["version: STSv2", ...VALID.slice(1)], /"version: STSv2"/],
  ["no mode", VALID.toSpliced(1, 1), /no mode/],
  ["another mode", VALID.toSpliced(1, 1, "mode: Enforce"), /"mode: Enforce"/],
  ["no max_age", VALID.slice(0, 4), /no max_age/],
  ["a negative max_age", VALID.toSpliced(4, 1, "max_age: -1"), /max_age: -1/],
  ["a max_age in words", VALID.toSpliced(4, 1, "max_age: 1 week"), /max_age: 1 week/],
  ["a max_age above a year", VALID.toSpliced(4, 1, "max_age: 31557601"), /31557601/],
  ["no mx", VALID.toSpliced(2, 2), /names no mail server/],
  ["an mx that is no name", VALID.toSpliced(2, 1, "mx: mx1.example.org,mx2.example.org"), /is no host name/],
  ["an mx with a wildcard inside", VALID.toSpliced(2, 1, "mx: mx*.example.org"), /is no host name/],
  ["an upper case key", VALID.toSpliced(1, 1, "Mode: enforce"), /no mode/],
  ["a repeated mode, the first one wrong", ["mode: off", ...VALID], /"mode: off"/],
];

describe("a policy that is invalid has", () => {
  test.each(INVALID)("%s", async (_, lines, evidence) => {
    const { result } = await check(zone(RECORD), policy(...lines));
    expect(result).toMatchObject({ state: "failed", summary: "the policy is invalid" });
    expect(ids(result.findings)).toEqual(["mta-sts.policy-invalid warning"]);
    expect(result.findings[0]?.evidence).toMatch(evidence);
    // what the fix says is sound
    const file = result.findings[0]?.fix?.file?.text ?? "";
    const mended = await check(zone(RECORD), policy(...file.trimEnd().split("\r\n")));
    expect(mended.result.findings.filter(({ severity }) => severity !== "advice")).toEqual([]);
  });

  test.each(["text/html", "application/octet-stream", "text/plainer", undefined])(
    "the media type %s",
    async (type) => {
      const page: Page = { ...GOOD, headers: type ? { "content-type": type } : {} };
      const { result } = await check(zone(RECORD), page);
      expect(ids(result.findings)).toEqual(["mta-sts.policy-invalid warning"]);
      expect(result.findings[0]?.evidence).toContain(type ?? "no media type");
    },
  );

  test("too many faults to tell them all", async () => {
    const lines = Array.from({ length: 5000 }, () => "mx: ?");
    const { result } = await check(zone(RECORD), policy(...lines));
    expect(result.findings[0]?.evidence.length).toBeLessThan(1000);
  });
});

describe("mailauth", () => {
  const { parsePolicy } = createRequire(import.meta.url)("mailauth/lib/mta-sts") as {
    parsePolicy(file: string, options: { strict: boolean }): { mode: string; maxAge: number; mx?: string[] };
  };

  function byMailauth(text: string) {
    try {
      const { mode, maxAge, mx = [] } = parsePolicy(text, { strict: true });
      return { mode, maxAge, mx };
    } catch {
      return null;
    }
  }

  function byUs(text: string) {
    const file = {
      status: "ok",
      url: "",
      contentType: "text/plain",
      body: new TextEncoder().encode(text),
    } as const;
    const { mode, maxAge, mx, faults } = readPolicy(file);
    return faults.length > 0 ? null : { mode, maxAge, mx };
  }

  const keys = ["version", "mode", "mx", "max_age", "Mode", "later", "", " mx"];
  const values = [
    "STSv1",
    "enforce",
    "testing",
    "none",
    "*.example.org",
    "a.example",
    "604800",
    "-1",
    "a b",
    "",
    "1e3",
  ];
  const line = fc
    .tuple(fc.constantFrom(...keys), fc.constantFrom(":", ": ", ":\t", " :"), fc.constantFrom(...values))
    .map((parts) => parts.join(""));
  const anyPolicy = fc
    .tuple(
      fc.constantFrom("\n", "\r\n"),
      fc.array(fc.oneof(line, fc.constantFrom(...VALID)), { maxLength: 8 }),
    )
    .map(([end, lines]) => lines.join(end));

  test("agrees on every policy, valid or not", () => {
    fc.assert(
      fc.property(anyPolicy, (text) => {
        expect(byUs(text)).toEqual(byMailauth(text));
      }),
      { numRuns: 2000 },
    );
    expect(byUs(VALID.join("\n"))).not.toBeNull();
    for (const [, lines] of INVALID) expect(byMailauth(lines.join("\n"))).toBeNull();
  });
});
