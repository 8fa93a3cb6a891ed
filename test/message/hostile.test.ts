import { describe, expect, test } from "vitest";
import { checkMessage, looksLikeHeaders, MAX_MESSAGE_BYTES } from "../../src/message/index.ts";
import { serving } from "../support/resolver.ts";
import { check, findingIds } from "./support/check.ts";
import { signedMail, zone } from "./support/mail.ts";

const LONG = 200_000;
const start = "From: a@sender.example\r\nTo: b@receiver.example\r\n";

/** Far above what any of them takes, and far below what work that grows with the square would. */
const LIMIT_MS = 4_000;

const hostile: readonly (readonly [string, () => string])[] = [
  ["header fields without end", () => `${start}${"X-A: b\r\n".repeat(LONG)}`],
  ["one field folded without end", () => `${start}X-A: b\r\n${" c\r\n".repeat(LONG)}`],
  ["one line without end", () => `${start}Subject: ${"a".repeat(5_000_000)}`],
  ["a body of line feeds", () => `${start}\r\n${"\n".repeat(5_000_000)}`],
  ["a body of carriage returns", () => `${start}\r\n${"\r".repeat(2_000_000)}`],
  ["a body of blanks", () => `${start}\r\n${" ".repeat(5_000_000)}x`],
  [
    "signatures without end",
    () =>
      `${"DKIM-Signature: v=1; a=rsa-sha256; d=sender.example; s=s1; h=from; bh=a; b=b\r\n".repeat(5_000)}${start}\r\nx`,
  ],
  [
    "different length limits",
    () =>
      `${Array.from({ length: 40 }, (_, n) => `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=sender.example; s=s1; h=from; l=${n}; bh=a; b=b\r\n`).join("")}${start}\r\n${"a b\r\n".repeat(400_000)}`,
  ],
  [
    "a signature that signs without end",
    () =>
      `DKIM-Signature: v=1; a=rsa-sha256; d=sender.example; s=s1; h=${"from:".repeat(50_000)}to; bh=a; b=b\r\n${start}\r\nx`,
  ],
  [
    "results without end",
    () => `Authentication-Results: x.example; ${"dkim=pass (".repeat(20_000)}\r\n${start}\r\nx`,
  ],
  [
    "quotes without end",
    () => `Authentication-Results: x.example; dkim=${'"'.repeat(100_000)}\r\n${start}\r\nx`,
  ],
  [
    "Received lines without end",
    () =>
      `${"Received: from a (b [192.0.2.1]) by c; Tue, 3 Nov 2026 09:00:00 +0000\r\n".repeat(20_000)}${start}\r\nx`,
  ],
  ["a Received line without end", () => `Received: from ${"(".repeat(60_000)}\r\n${start}\r\nx`],
  [
    "addresses without end",
    () => `From: ${"<a@b.example>, ".repeat(4_000)}\r\nTo: b@receiver.example\r\n\r\nx`,
  ],
  ["groups within groups", () => `From: ${"a: ".repeat(15_000)}\r\nTo: b@receiver.example\r\n\r\nx`],
  ["encoded words without end", () => `${start}Subject: ${"=?utf-8?B?YQ==?= ".repeat(3_000)}\r\n\r\nx`],
  [
    "seals without end",
    () => `${"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=a.example; s=b; b=c\r\n".repeat(900)}${start}\r\nx`,
  ],
  [
    "octets at random",
    () =>
      `${start}\r\n` +
      Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7919 + (n >> 3)) % 256)).toString("latin1"),
  ],
];

describe("a message made to harm", () => {
  test.each(hostile)("%s is answered in time", async (_what, make) => {
    const message = make();
    const before = performance.now();
    const report = await check(message);
    expect(performance.now() - before).toBeLessThan(LIMIT_MS);
    expect(JSON.stringify(report).length).toBeLessThan(400_000);
  });

  test("has at most twenty signatures that are checked, and the rest is told", async () => {
    const signature = "DKIM-Signature: v=1; a=rsa-sha256; d=sender.example; s=s1; h=from; bh=a; b=b\r\n";
    const report = await check(`${signature.repeat(25)}${start}\r\nx`);
    expect(report.dkim).toHaveLength(20);
    expect(findingIds(report)).toContain("message.too-large");
  });

  test("asks DNS a limited number of questions", async () => {
    const { server, resolver } = await serving(zone, { timeout: 200, tries: [0] });
    const signatures = Array.from(
      { length: 20 },
      (_, n) =>
        `DKIM-Signature: v=1; a=rsa-sha256; d=d${n}.a.b.c.d.e.f.example; s=s${n}; h=from; bh=a; b=b\r\n`,
    );
    const message = `${signatures.join("")}Received: from a.example (a.example [192.0.2.1]) by b.example with SMTP\r\nReturn-Path: <a@sender.example>\r\n${start}\r\nx`;
    await checkMessage(Buffer.from(message), { resolver, signal: AbortSignal.timeout(5_000) });
    expect(server.count()).toBeLessThan(260);
  });

  test("of more than ten mebibytes has a body that could not be checked", async () => {
    const signed = await signedMail();
    const report = await check(signed + "a line of text\r\n".repeat(MAX_MESSAGE_BYTES / 16));
    expect(report.form).toBe("cut");
    expect(report.dkim[0]).toMatchObject({ result: "neutral", cause: "body-not-given" });
    expect(findingIds(report)).toContain("message.too-large");
  });
});

describe("a text that is no message", () => {
  test.each([
    ["nothing", ""],
    ["talk", "Why was this message not trusted? It is from Anna."],
    ["one field", "From: Anna"],
    ["fields of something else", "Host: example.org\nAccept: text/html\nUser-Agent: x"],
    ["control characters", "\u0000\u0001\u0002"],
    ["a long line", "a".repeat(2_000_000)],
  ])("%s is told as such", async (_what, text) => {
    const { resolver } = await serving({}, { timeout: 200, tries: [0] });
    const options = { resolver, signal: AbortSignal.timeout(5_000) };
    expect(await checkMessage(text, options)).toEqual({ problem: "no-headers" });
    expect(await checkMessage(Buffer.from(text), options)).toEqual({ problem: "no-headers" });
  });

  test("a damaged .msg file is told as such", async () => {
    const { resolver } = await serving({}, { timeout: 200, tries: [0] });
    const bytes = Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(2_000, 7)]);
    expect(await checkMessage(bytes, { resolver, signal: AbortSignal.timeout(5_000) })).toEqual({
      problem: "unreadable-msg",
    });
  });
});

test.each([
  ["Received: from a by b\nFrom: a@b.example\nTo: c@d.example\nSubject: x", true],
  ["> Received: from a by b\n> From: a@b.example\n> To: c@d.example\n> Date: x", true],
  ["From: a@b.example\nTo: c@d.example\nSubject: Lunch\nDate: Monday", false],
  ["I received: nothing. From: what I see, To: whom?", false],
  ["", false],
  ["Received: ".repeat(100_000), false],
])("pasted header fields are told from talk (%#)", (text, expected) => {
  expect(looksLikeHeaders(text)).toBe(expected);
});
