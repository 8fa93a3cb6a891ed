import { expect, test } from "vitest";
import { readBounce, recognisesBounce, redactLocalParts } from "../../src/bounce/index.ts";
import { forms } from "./support/forms.ts";
import { messages } from "./support/messages.ts";
import { mutated } from "./support/mutations.ts";

const samples = [
  ...forms.map(({ text }) => Buffer.from(text)),
  ...Object.values(messages).map((text) => Buffer.from(text, "latin1")),
];

test("damaged samples never throw, and what is told of them has its form", async () => {
  for (const bytes of mutated(samples, 1_500, 20_260_302)) {
    const report = await readBounce({ content: bytes });
    await recognisesBounce(bytes.toString("utf8"));
    for (const { status, replyCode, address } of report.recipients) {
      expect(status ?? "5.0.0").toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/);
      expect(replyCode ?? "550").toMatch(/^[245]\d\d$/);
      expect(address ?? "a@b").toContain("@");
    }
  }
});

test.each([
  ["nothing", ""],
  ["a null byte", "\0"],
  ["half a surrogate", "\ud800 550 5.1.1 <a@b.example> unknown user"],
  ["an unfinished encoded word", "Subject: =?utf-8?B?\nFrom: =?x?\n\n=?"],
  ["a compound file's first bytes", Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0])],
])("%s is read as something or nothing, without a fault", async (_, content) => {
  await expect(readBounce({ content })).resolves.toHaveProperty("kind");
});

test("input over 10 MiB is cut, and the report says so", async () => {
  const text = `550 5.1.1 <anna@partner.example>: user unknown\n${"x".repeat(10 * 1024 * 1024)}`;
  const report = await readBounce({ content: text });
  expect(report).toMatchObject({ kind: "bounce", truncated: true });
});

test("local parts are masked wherever an address stands", () => {
  expect(redactLocalParts('to <anna.meier@partner.example>, b@x.example: "c d"@y.example')).toBe(
    'to <a***@partner.example>, b***@x.example: "***@y.example',
  );
});
