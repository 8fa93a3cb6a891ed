import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText } from "../../../adapters/slack/fallback.ts";
import { LIMITS } from "../../../adapters/slack/message.ts";
import { render } from "../../../adapters/slack/render.ts";
import { messageProblems } from "../../../adapters/slack/validate.ts";
import type { Answer, Inline, Section, Status } from "../../../src/bot/answer.ts";
import { anAnswer } from "../../support/slack-app.ts";

const hostile = fc.oneof(
  fc.constantFrom(
    "<!channel> <@U1> <https://evil.example|click> :tada: *bold* _it_ ~no~ `code` @here #general",
    "&amp;<!everyone>",
    "http://evil.example/?q=<script>",
    "```\n<!here>\n```",
    "\u202eevil\u202c\u0000\u0007\ud800",
    "",
    " ",
    "\n\n",
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 4_000 }),
  fc.integer({ min: 1, max: 20_000 }).map((length) => "x".repeat(length)),
  fc.integer({ min: 1, max: 3_000 }).map((lines) => "😀 line\n".repeat(lines)),
);
const text = hostile;
const inline: fc.Arbitrary<Inline> = fc.oneof(
  fc.record({ text }),
  fc.record({ text, style: fc.constantFrom("strong" as const, "code" as const) }),
  fc.record({
    text,
    href: fc.oneof(fc.webUrl({ validSchemes: ["https", "http"] }), fc.constant("javascript:alert(1)")),
  }),
);
const inlines = fc.array(inline, { maxLength: 4 });
const status: fc.Arbitrary<Status> = fc.constantFrom("ok", "warning", "problem", "info", "unknown");
const flat: fc.Arbitrary<Section> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text: inlines }),
  fc.record({ kind: fc.constant("heading" as const), text }),
  fc.record({
    kind: fc.constant("checks" as const),
    rows: fc.array(fc.record({ status, label: text, detail: inlines }), { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("facts" as const),
    rows: fc.array(fc.record({ label: text, value: inlines }), { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("list" as const),
    items: fc.array(inlines, { maxLength: 5 }),
    ordered: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("table" as const),
    header: fc.array(text, { maxLength: 25 }),
    rows: fc.array(fc.array(inlines, { maxLength: 5 }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant("code" as const), text, caption: text }),
);
const section: fc.Arbitrary<Section> = fc.oneof(
  { weight: 4, arbitrary: flat },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("details" as const),
      title: text,
      sections: fc.array(flat, { maxLength: 12 }),
    }),
  },
);
const answer: fc.Arbitrary<Answer> = fc.record({
  title: text,
  status,
  summary: inlines,
  sections: fc.array(section, { maxLength: 8 }),
  followUps: fc.array(
    fc.oneof(
      fc.record({ label: text, command: fc.constantFrom("smtp" as const, "bounce" as const), text }),
      fc.record({ label: text, href: fc.webUrl({ validSchemes: ["https"] }) }),
    ),
    { maxLength: 30 },
  ),
  sources: fc.array(fc.record({ text, href: fc.webUrl({ validSchemes: ["https"] }) }), { maxLength: 4 }),
});

describe("any answer", () => {
  it.each([true, false])(
    "becomes messages that Slack takes (folding: %s)",
    (fold) => {
      fc.assert(
        fc.property(answer, (given) => {
          for (const message of render(given, { fold })) expect(messageProblems(message)).toEqual([]);
        }),
        { numRuns: 150 },
      );
    },
    60_000,
  );

  it("never lets its text become a mention, a broadcast, a link or an emoji", () => {
    fc.assert(
      fc.property(answer, (given) => {
        const known = new Set<string>(linksOf(given));
        for (const message of render(given)) {
          const elements = collect(message.blocks);
          for (const { type, url, emoji } of elements) {
            expect([
              "user",
              "channel",
              "usergroup",
              "broadcast",
              "mrkdwn",
              "markdown",
              "image",
              "date",
            ]).not.toContain(type);
            if (type === "link") expect(known).toContain(url);
            if (type === "plain_text") expect(emoji).toBe(false);
          }
          expect(message.text).not.toMatch(
            /[<>]|&(?!amp;|lt;|gt;)|:[a-z]+:|@(here|channel|everyone)|\*\w|_\w/,
          );
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

function linksOf(given: Answer): string[] {
  return [...JSON.stringify(given).matchAll(/"href":("(?:[^"\\]|\\.)*")/g)]
    .map((match) => JSON.parse(match[1] ?? '""') as string)
    .filter((href) => URL.canParse(href))
    .map((href) => new URL(href).href);
}

interface Element {
  type?: unknown;
  url?: unknown;
  emoji?: unknown;
}

function collect(value: unknown): Element[] {
  if (Array.isArray(value)) return value.flatMap(collect);
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(collect)];
}

it("keeps its follow-ups within what a message may hold", () => {
  const followUps = Array.from({ length: 25 }, (_, index) => ({
    label: `Explain ${index}`,
    command: "smtp" as const,
    text: "x".repeat(1_900),
  }));
  const sections = [{ kind: "text" as const, text: [{ text: "word ".repeat(3_000) }] }];
  for (const message of render(anAnswer("Much to do", { followUps, sections }))) {
    expect(messageProblems(message)).toEqual([]);
  }
});

describe("a long answer", () => {
  const long = anAnswer("Much to say", {
    sections: Array.from({ length: 12 }, (_, index) => ({
      kind: "text",
      text: [{ text: `${index} ${"word ".repeat(500)}` }],
    })),
  });

  it("goes on in further messages that say so, with all its text", () => {
    const messages = render(long, { maxMessages: 10 });
    expect(messages.length).toBeGreaterThan(2);
    const shown = JSON.stringify(messages.map(({ blocks }) => blocks));
    for (let index = 0; index < 12; index += 1) expect(shown).toContain(`${index} word`);
    expect(shown.match(/word/g)?.length).toBe(12 * 500);
    expect(JSON.stringify(messages[0]?.blocks)).toContain(`goes on below (1 of ${messages.length})`);
  });

  it("is cut where only few messages are possible, and says so", () => {
    const messages = render(long, { maxMessages: 2 });
    expect(messages).toHaveLength(2);
    expect(JSON.stringify(messages[1]?.blocks)).toContain("too long for Slack and was left out");
  });
});

describe("the notification text", () => {
  it("is never cut inside an escape", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("&", "<", "a", "😀") }),
        fc.integer({ min: 10, max: 40 }),
        (given, max) => {
          const escaped = escapeText(given, max);
          expect(escaped.length).toBeLessThanOrEqual(max);
          expect(escaped).not.toMatch(/&(?!amp;|lt;|gt;)/);
          expect(escaped.isWellFormed()).toBe(true);
        },
      ),
    );
  });

  it("says title and summary", () => {
    const [message] = render(anAnswer("550 5.7.26", { summary: [{ text: "Permanent." }] }));
    expect(message.text.replaceAll("\u2060", "")).toBe("550 5.7.26. Permanent.");
    expect(message.text.length).toBeLessThan(LIMITS.fallbackText);
  });
});
