import fc from "fast-check";
import { expect, test } from "vitest";
import type { Card } from "../../../adapters/teams/card.ts";
import { fitAnswer } from "../../../adapters/teams/fit.ts";
import { renderProgress } from "../../../adapters/teams/render.ts";
import { cardBytes, cardProblems, MAX_CARD_BYTES } from "../../../adapters/teams/validate.ts";
import type { Answer, Inline, Section } from "../../../src/bot/answer.ts";
import { officialCardProblems } from "../../support/official-cards.ts";
import { HOSTILE, sampleAnswers } from "../../support/sample-answers.ts";
import { answerWith, cardText } from "../../support/teams-app.ts";

const cardOf = (answer: Answer) => fitAnswer(answer).card as Card & Record<string, unknown>;

test.each(Object.entries(sampleAnswers))("the answer %s is a card that Teams takes", (_name, answer) => {
  const card = cardOf(answer);
  expect(cardProblems(card)).toEqual([]);
  expect(officialCardProblems(card)).toEqual([]);
  expect(cardBytes(card)).toBeLessThanOrEqual(25 * 1024);
});

test.each(Object.entries(sampleAnswers))(
  "the answer %s has a summary in words beside it",
  (_name, answer) => {
    const { summary } = fitAnswer(answer);
    expect(summary.startsWith(answer.title.slice(0, 100))).toBe(true);
    expect(summary.length).toBeLessThanOrEqual(1000);
  },
);

test("shows everything of an answer, verdict first", () => {
  const text = cardText(cardOf(sampleAnswers.domain as Answer));
  expect(text.split("\n")).toEqual([
    "!",
    "partner.example can receive mail, but anyone can pretend to be them",
    "Nothing stands in the way of a mail to them. A mail from them cannot be verified: treat payment or bank changes with care.",
    "✓",
    "Receives mail  2 servers, both reachable by name",
    "✓",
    "SPF passed  4 of 10 look-ups",
    "✓",
    "DKIM passed  2 keys found (Microsoft 365, Mailchimp)",
    "?",
    "DMARC not available",
    "If this is your domain",
    "1.",
    "Publish DMARC, and start by watching.",
    "2.",
    "Once the reports are clean, end SPF in -all.",
    "Name _dmarc.partner.example, type TXT",
    "v=DMARC1; p=none; rua=mailto:dmarc@partner.example",
    "▸ Mail servers",
    "▾ Mail servers",
    "Preference",
    "Name",
    "Address",
    "10",
    "mx1.partner.example",
    "192.0.2.10",
    "20",
    "mx2-with-a-rather-long-name.mail.partner.example",
    "2001:db8:85a3::8a2e:370:7334",
    "▸ What was asked",
    "▾ What was asked",
    "Questions",
    "31",
    "Time",
    "0.2 s",
    "Sources: RFC 9989",
  ]);
});

test("a follow-up is a universal action whose fallback asks the same", () => {
  const [button] = cardOf(sampleAnswers.bounce as Answer).actions ?? [];
  const data = { verb: "ask", command: "checkdomain", text: "partner.example" };
  expect(button).toEqual({
    type: "Action.Execute",
    title: "Check partner.example",
    verb: "ask",
    data,
    fallback: { type: "Action.Submit", title: "Check partner.example", data },
  });
});

test("a record to copy stands exactly and alone in monospace", () => {
  const record = 'v=spf1 include:_spf.example.org  "quoted" ~all';
  const card = cardOf(answerWith("x", { sections: [{ kind: "code", text: record }] }));
  expect(card.body).toContainEqual({
    type: "Container",
    style: "emphasis",
    spacing: "small",
    items: [{ type: "RichTextBlock", inlines: [{ type: "TextRun", text: record, fontType: "monospace" }] }],
  });
});

test("tells where it shortened, and never cuts a line to copy", () => {
  const card = cardOf(sampleAnswers.huge as Answer);
  const text = cardText(card);
  expect(text).toMatch(/… \(\d+ more characters\)/);
  expect(text).toMatch(/… \d+ more items left out here, too long for Teams/);
  expect(text).toMatch(/… \d+ more rows left out here, too long for Teams/);
  const record = `v=DKIM1; p=${"A".repeat(30_000)}`;
  const long = cardText(cardOf(answerWith("x", { sections: [{ kind: "code", text: `short\n${record}` }] })));
  expect(long).toContain("short\n… (30011 characters, too long for Teams)");
});

test("shows the steps of a check", () => {
  const { card, summary } = renderProgress([
    { id: "mx", label: "Mail servers", state: "done" },
    { id: "spf", label: HOSTILE[0], state: "running" },
    { id: "dkim", label: "DKIM", state: "failed" },
  ]);
  expect(cardProblems(card)).toEqual([]);
  expect(officialCardProblems({ ...card })).toEqual([]);
  expect(summary).toBe("Checking: 2 of 3 done");
  expect(cardText(card)).toBe(`Checking…\n✓\nMail servers\n…\n${HOSTILE[0]}\n?\nDKIM`);
});

/** Every object in a card. */
function* partsOf(part: unknown): Iterable<Record<string, unknown>> {
  if (typeof part !== "object" || part === null) return;
  if (!Array.isArray(part)) yield part as Record<string, unknown>;
  for (const value of Object.values(part)) yield* partsOf(value);
}

const outsideText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.tuple(fc.constantFrom(...HOSTILE), fc.string()).map(([a, b]) => `${b}${a}${b}`),
);
const inline: fc.Arbitrary<Inline> = fc.oneof(
  fc.record({ text: outsideText }),
  fc.record({ text: outsideText, style: fc.constantFrom("strong" as const, "code" as const) }),
);
const inlines = fc.array(inline, { maxLength: 4 });
const section: fc.Arbitrary<Section> = fc.letrec<{ section: Section }>((tie) => ({
  section: fc.oneof(
    { maxDepth: 1 },
    fc.record({ kind: fc.constant("text" as const), text: inlines }),
    fc.record({ kind: fc.constant("heading" as const), text: outsideText }),
    fc.record({ kind: fc.constant("code" as const), text: outsideText, caption: outsideText }),
    fc.record({ kind: fc.constant("list" as const), items: fc.array(inlines, { maxLength: 30 }) }),
    fc.record({
      kind: fc.constant("facts" as const),
      rows: fc.array(fc.record({ label: outsideText, value: inlines }), { maxLength: 30 }),
    }),
    fc.record({
      kind: fc.constant("table" as const),
      header: fc.array(outsideText, { minLength: 1, maxLength: 4 }),
      rows: fc.array(fc.array(inlines, { maxLength: 5 }), { maxLength: 40 }),
    }),
    fc.record({
      kind: fc.constant("details" as const),
      title: outsideText,
      sections: fc.array(tie("section"), { maxLength: 4 }),
    }),
  ),
})).section;

test("outside text stays text, whatever it is: no markdown element, no link, no mention; the card fits", () => {
  const answers = fc.record({
    title: outsideText,
    status: fc.constantFrom("ok" as const, "unknown" as const),
    summary: inlines,
    sections: fc.array(section, { maxLength: 8 }),
    followUps: fc.array(
      fc.record({ label: outsideText, command: fc.constant("smtp" as const), text: outsideText }),
    ),
    sources: fc.array(fc.record({ text: outsideText })),
  });
  fc.assert(
    fc.property(answers, (answer) => {
      const card = cardOf(answer);
      expect(cardProblems(card)).toEqual([]);
      expect(cardBytes(card)).toBeLessThanOrEqual(MAX_CARD_BYTES);
      const parts = [...partsOf(card)];
      // These are the parts in which text could become more than text.
      const active = ["TextBlock", "FactSet", "Action.OpenUrl", "Image", "Media"];
      expect(parts.filter(({ type }) => active.includes(String(type)))).toEqual([]);
      expect(parts.filter((part) => "entities" in part)).toEqual([]);
      const shown = parts.flatMap(({ text, title, fallbackText, type }) =>
        type ? [text, title, fallbackText] : [],
      );
      expect(shown.filter((text) => String(text).includes("{{"))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test.each<[string, (card: Record<string, unknown>) => object]>([
  ["a misspelt key", (card) => ({ ...card, fallbacktext: "x" })],
  ["a later version", (card) => ({ ...card, version: "1.6" })],
  ["an element with markdown", (card) => ({ ...card, body: [{ type: "TextBlock", text: "x" }] })],
  ["an unknown element", (card) => ({ ...card, body: [{ type: "CodeBlock", codeSnippet: "x" }] })],
  [
    "a misspelt key in a run",
    (card) => ({
      ...card,
      body: [{ type: "RichTextBlock", inlines: [{ type: "TextRun", text: "x", wieght: "bolder" }] }],
    }),
  ],
  [
    "a link to plain HTTP",
    (card) => ({ ...card, actions: [{ type: "Action.OpenUrl", title: "x", url: "http://example.org" }] }),
  ],
  [
    "a toggle of nothing",
    (card) => ({
      ...card,
      body: [
        {
          type: "Container",
          items: [{ type: "RichTextBlock", inlines: [{ type: "TextRun", text: "x" }] }],
          selectAction: { type: "Action.ToggleVisibility", title: "x", targetElements: ["gone"] },
        },
      ],
    }),
  ],
  ["more than 25 KB", (card) => ({ ...card, fallbackText: "x".repeat(26_000) })],
])("the check before sending refuses %s", (_case, spoil) => {
  const card = cardOf(sampleAnswers.bare as Answer);
  expect(cardProblems(card)).toEqual([]);
  expect(cardProblems(spoil(card))).not.toEqual([]);
});
