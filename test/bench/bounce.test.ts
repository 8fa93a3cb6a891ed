import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBounce, recognisesBounce } from "../../src/bounce/index.ts";
import { forms } from "../bounce/support/forms.ts";
import { messages } from "../bounce/support/messages.ts";
import { mutated } from "../bounce/support/mutations.ts";

const shared = new URL("../../../shared/bounces/", import.meta.url);
const has = existsSync(shared);

function folder(name: string, ending: string): Buffer[] {
  if (!has) return [];
  const directory = new URL(`${name}/`, shared);
  return readdirSync(directory)
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(new URL(file, directory)));
}

const mail = folder("mail", ".eml");
const own = [
  ...forms.map(({ text }) => Buffer.from(text)),
  ...Object.values(messages).map((text) => Buffer.from(text, "latin1")),
];
const samples = [...own, ...mail, ...folder("paste", ".txt")];
const SEED = 20_261_124;

test("20,000 damaged samples: none throws, none takes a second", async () => {
  let slowest = 0;
  for (const bytes of mutated(samples, 20_000, SEED)) {
    const start = performance.now();
    await readBounce({ content: bytes });
    slowest = Math.max(slowest, performance.now() - start);
  }
  console.log(`seed ${SEED}, ${samples.length} samples, slowest ${slowest.toFixed(0)} ms`);
  expect(slowest).toBeLessThan(1_000);
});

const pieces = [
  "@",
  "<",
  "&lt;",
  "550 ",
  "550 5.1.1 a\n",
  "<a@b.example> ",
  "-",
  "\n",
  " ",
  "=?",
  "> ",
  "<div>",
  "to=<",
  "aaaa.aaaa.",
  "(",
  "{",
  " ** a@b.example R=x T=y: ",
  "delivery 1: failure: ",
  "[{LED=",
  "RCPT TO:",
  "Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1\n\n",
  "--x\n",
  "x",
];

test.each(pieces)("a megabyte of %j is read within a second", async (piece) => {
  const text = piece.repeat(Math.ceil((1024 * 1024) / piece.length));
  const starts: [string, string][] = [
    ["text", ""],
    ["mail", "From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\n\n"],
    ["HTML", "<div>a</div>"],
    [
      "quoted-printable",
      "From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\nContent-Transfer-Encoding: quoted-printable\n\n",
    ],
    ["fields", "Final-Recipient: rfc822; a@b.example\nDiagnostic-Code: smtp; "],
    [
      "returned message",
      "Undelivered mail to <a@b.example>\n--- Below this line is a copy of the message.\nReturn-Path: ",
    ],
    ["log", "2026-03-02 10:00:01 1tAbCd-000123-4E == a@b.example R=x T=y "],
  ];
  for (const [name, start] of starts) {
    const began = performance.now();
    await readBounce({ content: start + text });
    await recognisesBounce(start + text);
    expect(performance.now() - began, name).toBeLessThan(1_000);
  }
});

test.skipIf(mail.length === 0)(
  "reads 1,500 messages a second after warm-up (needs ../shared/bounces)",
  async () => {
    let best = 0;
    for (let round = 0; round < 8; round += 1) {
      const start = performance.now();
      for (const content of mail) await readBounce({ content });
      best = Math.max(best, (1_000 * mail.length) / (performance.now() - start));
    }
    console.log(`${best.toFixed(0)} messages/s`);
    expect(best).toBeGreaterThan(1_500);
  },
);
