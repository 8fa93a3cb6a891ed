import { describe, expect, test } from "vitest";
import { plainText, type Section } from "../../../src/bot/answer.ts";
import { createBot } from "../../../src/bot/bot.ts";
import { readCheckdomainArguments } from "../../../src/bot/commands/checkdomain-arguments.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import type { Services } from "../../../src/bot/services.ts";
import { parkedZone, soundZone } from "../../domain/support/zones.ts";
import type { Zone } from "../../support/dns-zone.ts";
import { serving } from "../../support/resolver.ts";

const DOMAIN = "partner.example";

async function ask(zone: Zone, text = DOMAIN) {
  const { server, resolver } = await serving(zone, { tries: [0, 80], timeout: 400 });
  const unused = () => Promise.reject(new Error("is not used here"));
  const services: Services = { knowledge: unused, blocklists: unused, resolver: async () => resolver };
  const bot = createBot({ commands, services });
  const updates = await Array.fromAsync(
    bot.answer({
      command: "checkdomain",
      text,
      files: [],
      place: { platform: "terminal", tenant: "local", conversation: "local", private: true },
      asker: { id: "local" },
    }),
  );
  const last = updates.at(-1);
  if (!last || !("answer" in last)) throw new Error("there is no answer");
  return { ...last, progress: updates.slice(0, -1), server };
}

const rows = (sections: readonly Section[]) =>
  sections
    .flatMap((section) => (section.kind === "checks" ? section.rows : []))
    .map(({ status, label }) => `${status} ${label}`);
const codes = (sections: readonly Section[]) =>
  sections.flatMap((section) => (section.kind === "code" ? [section.text] : []));
const details = (sections: readonly Section[]) =>
  sections.flatMap((section) => (section.kind === "details" ? [section.title] : []));

test("a sound domain: two verdicts first, a row per standard, nothing to do that matters", async () => {
  const { answer, outcome } = await ask(soundZone(DOMAIN));
  expect(answer.title).toBe(
    "partner.example can receive mail, and mail that pretends to be from it is refused",
  );
  expect(plainText(answer.summary)).toMatch(
    /^Before you e-mail them: nothing stands in the way\. .*can be trusted\.$/,
  );
  expect(rows(answer.sections).slice(0, 4)).toEqual([
    "ok Receives mail",
    "ok SPF passed",
    "ok DKIM passed",
    "ok DMARC passed",
  ]);
  expect(details(answer.sections)).toEqual(
    expect.arrayContaining(["SPF", "DKIM keys (1)", "DMARC", "Mail servers (2)"]),
  );
  expect(outcome).toBe("answered");
});

test("a domain without DMARC: it is not available, the From address proves nothing, and what to publish comes first", async () => {
  const { answer, outcome } = await ask({ ...soundZone(DOMAIN), [`_dmarc.${DOMAIN}`]: {} });
  expect(answer).toMatchObject({
    title: "partner.example can receive mail, but anyone can pretend to be them",
    status: "problem",
  });
  expect(plainText(answer.summary)).toContain("without DMARC the From address proves nothing");
  expect(rows(answer.sections)).toContain("unknown DMARC not available");
  expect(codes(answer.sections)[0]).toBe("v=DMARC1; p=none; rua=mailto:dmarc@partner.example");
  expect(outcome).toBe("problem");
});

test("a record that is changed twice is shown once, so that one copy does not undo the other", async () => {
  const zone = soundZone(DOMAIN);
  const { answer } = await ask({
    ...zone,
    [DOMAIN]: { ...zone[DOMAIN], TXT: ["v=spf1 a:partner.example mx mx ?all ip4:192.0.2.7"], A: "192.0.2.1" },
  });
  const replaced = answer.sections.filter(
    (section) => section.kind === "code" && section.caption?.startsWith(`Replace at ${DOMAIN}`),
  );
  expect(replaced).toHaveLength(1);
  const texts = answer.sections.map((section) => (section.kind === "text" ? plainText(section.text) : ""));
  expect(texts.some((text) => text.includes("This changes the same record as"))).toBe(true);
});

test("at most five things to do are told before the details", async () => {
  const { answer } = await ask({
    [DOMAIN]: {
      MX: [
        { preference: 1, exchange: "192.0.2.1" },
        { preference: 2, exchange: "a.partner.example" },
        { preference: 3, exchange: "b.partner.example" },
      ],
      TXT: ["v=spf1 ptr ?all ip4:1.2.3.4"],
    },
    [`_dmarc.${DOMAIN}`]: { TXT: ["v=DMARC1; p=none; pct=3"] },
  });
  const numbers = answer.sections.flatMap((section) =>
    section.kind === "text" ? (/^(\d+)\./.exec(plainText(section.text))?.[1] ?? []) : [],
  );
  expect(numbers).toEqual(["1", "2", "3", "4", "5"]);
  expect(JSON.stringify(answer.sections)).toContain("more points stand under");
});

test("a parked domain is told as one that takes no mail, with nothing to do", async () => {
  const { answer, outcome } = await ask(parkedZone(DOMAIN));
  expect(answer.title).toBe(
    "partner.example cannot receive mail, but mail that pretends to be from it is refused",
  );
  expect(plainText(answer.summary)).toContain("treat any as forged");
  expect(
    answer.sections.some(
      (section) => section.kind === "heading" && section.text === "If this is your domain",
    ),
  ).toBe(false);
  expect(outcome).toBe("answered");
});

test("a domain that does not exist gives that alone", async () => {
  const { answer, outcome } = await ask({ example: {} });
  expect(answer.title).toBe("partner.example does not exist");
  expect(rows(answer.sections)).toEqual(["info Domain not available"]);
  expect(outcome).toBe("problem");
});

test("a name below an organizational domain is audited as given, and the domain is offered", async () => {
  const { answer, report } = await ask(soundZone(DOMAIN), "https://www.partner.example/contact");
  expect(report).toMatchObject({ domain: "www.partner.example" });
  expect(answer.followUps[0]).toEqual({
    label: "Check partner.example",
    command: "checkdomain",
    text: "partner.example",
  });
});

test("a name that is made to be mistaken is told before everything else", async () => {
  const { answer } = await ask(soundZone("xn--80ak6aa92e.example"), "аррӏе.example");
  const [first] = answer.sections;
  expect(first?.kind === "text" && plainText(first.text)).toMatch(/^Careful: .*looks like apple\.example/);
});

test("the report has the shape that scripts rely on", async () => {
  const { report } = await ask(
    { ...soundZone(DOMAIN), [`_dmarc.${DOMAIN}`]: {} },
    `${DOMAIN} ip=198.51.100.3 selector=s77`,
  );
  expect(Object.keys(report as object)).toEqual([
    "domain",
    "canReceive",
    "senderTrust",
    "findings",
    "records",
    "queries",
    "elapsedMs",
  ]);
  const { findings, records, queries, elapsedMs } = JSON.parse(JSON.stringify(report));
  expect(findings[0]).toMatchObject({
    id: "dmarc.missing",
    severity: "problem",
    reference: "RFC 9989 §4.10.1",
  });
  for (const finding of findings) {
    expect(Object.keys(finding)).toEqual(
      expect.arrayContaining(["id", "severity", "evidence", "reference", "why", "fix"]),
    );
  }
  expect(records.spf.sender).toEqual({
    ip: "198.51.100.3",
    result: "pass",
    reason: expect.stringContaining("198.51.100.3"),
  });
  expect(records.dkim.selectors.map(({ selector }: { selector: string }) => selector)).toEqual([
    "s77",
    "google",
  ]);
  expect(Object.keys(records)).toEqual(expect.arrayContaining(["mx", "spf", "dkim", "dmarc"]));
  expect(queries).toBeGreaterThan(180);
  expect(elapsedMs).toBeGreaterThanOrEqual(0);
});

test("progress is told step by step", async () => {
  const { progress } = await ask(soundZone(DOMAIN));
  const labels = progress.flatMap((update) =>
    "progress" in update ? update.progress.map(({ label }) => label) : [],
  );
  expect(labels).toEqual(expect.arrayContaining(["Mail servers", "SPF", "DKIM", "DMARC"]));
});

test("what nobody answers is told as not checked, with the question", async () => {
  const { resolver, server } = await serving(soundZone(DOMAIN), { tries: [0], timeout: 150 });
  server.behave({ answer: "silence" });
  const load = commands.find(({ name }) => name === "checkdomain")?.load;
  const unused = () => Promise.reject(new Error("is not used here"));
  const run = await load?.();
  const result = await run?.({
    request: {
      command: "checkdomain",
      text: DOMAIN,
      files: [],
      place: { platform: "terminal", tenant: "l", conversation: "l", private: true },
      asker: { id: "l" },
    },
    services: { knowledge: unused, blocklists: unused, resolver: async () => resolver },
    signal: new AbortController().signal,
    progress: () => {},
  });
  expect(result?.answer).toMatchObject({
    status: "unknown",
    title: expect.stringContaining("could not be checked"),
  });
  expect(
    rows(result?.answer.sections ?? []).every(
      (row) => row.startsWith("unknown ") && row.includes("could not be checked"),
    ),
  ).toBe(true);
  expect(JSON.stringify(result?.answer.sections)).toContain(`TXT _dmarc.${DOMAIN}`);
});

describe("the arguments", () => {
  test.each<[string, unknown]>([
    ["example.org", { domain: "example.org", selectors: [], ip: null }],
    [
      "example.org selector=s1 selector=S2 ip=2001:db8::1",
      { domain: "example.org", selectors: ["s1", "s2"], ip: "2001:db8::1" },
    ],
    ["selector=a;b example.org", { domain: "example.org", selectors: ["a", "b"], ip: null }],
    [
      "example.org\nDKIM-Signature: v=1; a=rsa-sha256; d=mailer.example; s=m7;\n\th=from; bh=x; b=y",
      { domain: "example.org", selectors: ["m7"], ip: null },
    ],
    [
      "DKIM-Signature: v=1; a=rsa-sha256;\r\n d=Example.org; s=m7; h=from:subject; bh=x; b=y",
      { domain: "example.org", selectors: ["m7"], ip: null },
    ],
  ])("%j are understood", (text, read) => {
    expect(readCheckdomainArguments(text)).toEqual(read);
  });

  test.each([
    ["", "no-domain"],
    ["example.org example.net", "one-domain"],
    ["localhost", "local-name"],
    ["example.org selector=", "not-a-selector"],
    ["example.org selector=a/b", "not-a-selector"],
    ["example.org ip=1.2.3", "not-an-address"],
    ["example.org port=25", "unknown-setting"],
    [`example.org ${Array.from({ length: 21 }, (_, i) => `selector=s${i}`).join(" ")}`, "too-many-selectors"],
  ])("%j are wrong (%s), with an example that works", (text, code) => {
    expect(() => readCheckdomainArguments(text)).toThrow(
      expect.objectContaining({ code, example: expect.stringMatching(/^checkdomain example\.org/) }),
    );
  });
});
