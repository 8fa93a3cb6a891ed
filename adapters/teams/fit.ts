import type { Answer, Inline, Section } from "../../src/bot/answer.ts";
import type { Message } from "./activity.ts";
import { renderAnswer } from "./render.ts";
import { cardBytes, MAX_CARD_BYTES } from "./validate.ts";

/**
 * The answer as a card that Teams accepts. What is too long is shortened, folded parts first, and every cut is told where it
 * was made.
 */
export function fitAnswer(answer: Answer): Message {
  for (const level of LEVELS) {
    const message = renderAnswer(shorten(answer, level));
    if (cardBytes(message.card) <= MAX_CARD_BYTES) return message;
  }
  // Only an answer whose very title and buttons are too large comes here.
  return renderAnswer({
    title: cutText(answer.title, 200),
    status: answer.status,
    summary: [{ text: TOO_LARGE }],
    sections: [],
    followUps: [],
    sources: [],
  });
}

const TOO_LARGE = "The answer is too large for Teams. Ask for a part of it, or use the terminal.";

/** How much is kept: characters of a text, entries of a list, rows, lines or sections. */
interface Bounds {
  chars: number;
  entries: number;
}

const GENEROUS: Bounds = { chars: 6000, entries: 100 };
const LARGE: Bounds = { chars: 2000, entries: 40 };
const MEDIUM: Bounds = { chars: 800, entries: 20 };
const SMALL: Bounds = { chars: 300, entries: 10 };
const TINY: Bounds = { chars: 120, entries: 4 };

const LEVELS: readonly { shown: Bounds; folded: Bounds }[] = [
  { shown: GENEROUS, folded: GENEROUS },
  { shown: GENEROUS, folded: LARGE },
  { shown: GENEROUS, folded: MEDIUM },
  { shown: LARGE, folded: SMALL },
  { shown: LARGE, folded: TINY },
  { shown: MEDIUM, folded: TINY },
  { shown: SMALL, folded: TINY },
  { shown: TINY, folded: TINY },
];

/** A button carries its question; one that is longer than this is left out, since a cut one would ask something else. */
const MAX_QUESTION_LENGTH = 1000;

function shorten(answer: Answer, { shown, folded }: { shown: Bounds; folded: Bounds }): Answer {
  return {
    ...answer,
    title: cutText(answer.title, shown.chars),
    summary: cutInlines(answer.summary, shown.chars),
    sections: cutSections(answer.sections, shown, folded),
    followUps: answer.followUps
      .filter((followUp) => "href" in followUp || followUp.text.length <= MAX_QUESTION_LENGTH)
      .map((followUp) => ({ ...followUp, label: cutLabel(followUp.label) })),
    sources: cutList(answer.sources, shown.entries, (left) => ({ text: `${left} more` })),
  };
}

function cutSections(sections: readonly Section[], shown: Bounds, folded: Bounds): Section[] {
  const cut = sections.map((section): Section => {
    if (section.kind === "details") {
      return {
        ...section,
        title: cutText(section.title, shown.chars),
        sections: cutSections(section.sections, folded, folded),
      };
    }
    return cutSection(section, shown);
  });
  return cutList(cut, shown.entries, (left) => ({ kind: "text", text: [leftOut(left, "section")] }));
}

function cutSection(section: Section, { chars, entries }: Bounds): Section {
  switch (section.kind) {
    case "text":
      return { ...section, text: cutInlines(section.text, chars) };
    case "heading":
      return { ...section, text: cutText(section.text, chars) };
    case "checks":
      return {
        ...section,
        rows: cutList(
          section.rows.map((row) => ({
            ...row,
            label: cutText(row.label, chars),
            detail: cutInlines(row.detail, chars),
          })),
          entries,
          (left) => ({ status: "info" as const, label: leftOut(left, "check").text, detail: [] }),
        ),
      };
    case "facts":
      return {
        ...section,
        rows: cutList(
          section.rows.map(({ label, value }) => ({
            label: cutText(label, chars),
            value: cutInlines(value, chars),
          })),
          entries,
          (left) => ({ label: "…", value: [leftOut(left, "line")] }),
        ),
      };
    case "list":
      return {
        ...section,
        items: cutList(
          section.items.map((item) => cutInlines(item, chars)),
          entries,
          (left) => [leftOut(left, "item")],
        ),
      };
    case "table":
      return {
        ...section,
        header: section.header.map((title) => cutText(title, chars)),
        rows: cutList(
          section.rows.map((row) => row.map((cell) => cutInlines(cell, chars))),
          entries,
          (left) => [[leftOut(left, "row")]],
        ),
      };
    case "code":
      return { ...section, text: cutCode(section.text, chars, entries) };
    case "details":
      return section;
  }
}

/** What may be copied is never cut within a line: half a DNS record would be a wrong one. */
function cutCode(text: string, chars: number, lines: number): string {
  const kept = text.split("\n").map((line) => {
    return line.length <= Math.max(chars, 512) ? line : `… (${line.length} characters, too long for Teams)`;
  });
  return cutList(kept, lines, (left) => leftOut(left, "line").text).join("\n");
}

function cutLabel(label: string): string {
  return label.length <= 40
    ? label
    : `${label
        .slice(0, 38)
        .toWellFormed()
        .replace(/\ufffd$/, "")}…`;
}

function leftOut(count: number, what: string): { text: string } {
  return { text: `… ${count} more ${what}${count === 1 ? "" : "s"} left out here, too long for Teams` };
}

function cutList<T>(entries: readonly T[], most: number, note: (left: number) => T): T[] {
  if (entries.length <= most) return [...entries];
  return [...entries.slice(0, most), note(entries.length - most)];
}

function cutInlines(inlines: readonly Inline[], chars: number): Inline[] {
  const kept: Inline[] = [];
  let room = chars;
  for (const inline of inlines) {
    if (room <= 0) return [...kept, { text: "… (shortened)" }];
    kept.push({ ...inline, text: cutText(inline.text, room) });
    room -= inline.text.length;
  }
  return kept;
}

/** Cuts at a whole character and says how much is missing. */
function cutText(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const kept = text
    .slice(0, chars)
    .toWellFormed()
    .replace(/\ufffd$/, "");
  return `${kept}… (${text.length - kept.length} more characters)`;
}
