/**
 * Answers as `rich_text` elements. Slack shows the text of such an element as it is: it holds no markup, so that text
 * from outside can never become a link, a mention, a broadcast, an emoji or formatting. Only our own links are links.
 */
import type { RichTextBlock, RichTextBlockElement, RichTextElement, RichTextSection } from "@slack/types";
import { type CheckRow, type Inline, plainText, type Section, type Status } from "../../src/bot/answer.ts";
import { cleanText } from "../../src/bot/clean.ts";
import { pieces } from "./fit.ts";
import { LIMITS } from "./message.ts";

export const statusEmoji: Record<Status, string> = {
  ok: "white_check_mark",
  warning: "warning",
  problem: "x",
  info: "information_source",
  unknown: "grey_question",
};

export function richText(elements: RichTextBlockElement[]): RichTextBlock {
  return { type: "rich_text", elements };
}

/** A paragraph; `null` when nothing visible is in it, since Slack refuses empty elements. */
export function paragraph(inlines: readonly Inline[]): RichTextSection | null {
  const elements = inlines.flatMap(inlineElements);
  return elements.length > 0 ? { type: "rich_text_section", elements } : null;
}

/** A run of text in elements that each fit Slack's limits. */
export function inlineElements(inline: Inline): RichTextElement[] {
  const text = cleanText(inline.text);
  if (!text) return [];
  if ("href" in inline) return linkElements(text, inline.href);
  const style =
    inline.style === "strong" ? { bold: true } : inline.style === "code" ? { code: true } : undefined;
  return pieces(text, LIMITS.sectionText).map((piece) => ({
    type: "text",
    text: piece,
    ...(style ? { style } : {}),
  }));
}

function linkElements(text: string, href: string): RichTextElement[] {
  const url = URL.canParse(href) ? new URL(href) : null;
  if (url?.protocol !== "https:" || url.href.length > LIMITS.url) return inlineElements({ text });
  return [{ type: "link", url: url.href, text: pieces(text, LIMITS.sectionText)[0] ?? url.href }];
}

/** The elements of one section; tables and details have blocks of their own and give nothing here. */
export function sectionElements(section: Section): RichTextBlockElement[] {
  switch (section.kind) {
    case "text":
      return present([paragraph(section.text)]);
    case "heading":
      return present([paragraph([{ text: section.text, style: "strong" }])]);
    case "checks":
      return present([lines(section.rows.map(checkLine))]);
    case "facts":
      return factElements(section.rows);
    case "list":
      return listElements(section.items, section.ordered ?? false);
    case "code":
      return codeElements(section.text, section.caption);
    case "table":
    case "details":
      return [];
  }
}

/** Beyond this many characters a fact is a sentence or more, and stands as a point of a list. */
const SHORT_FACT = 100;

function factElements(facts: readonly { label: string; value: Inline[] }[]): RichTextBlockElement[] {
  const rows = facts.map(({ label, value }) => [{ text: `${label}: `, style: "strong" as const }, ...value]);
  const long = facts.some(({ value }) => plainText(value).length > SHORT_FACT);
  return long ? listElements(rows, false) : present([lines(rows.map((row) => row.flatMap(inlineElements)))]);
}

function listElements(items: readonly Inline[][], ordered: boolean): RichTextBlockElement[] {
  const elements = present(items.map(paragraph));
  return elements.length > 0
    ? [{ type: "rich_text_list", style: ordered ? "ordered" : "bullet", elements }]
    : [];
}

function codeElements(text: string, caption: string | undefined): RichTextBlockElement[] {
  const blocks = pieces(cleanText(text), LIMITS.sectionText).map(
    (piece): RichTextBlockElement => ({
      type: "rich_text_preformatted",
      elements: [{ type: "text", text: piece }],
    }),
  );
  return [...present([caption ? paragraph([{ text: caption }]) : null]), ...blocks];
}

function checkLine({ status, label, detail }: CheckRow): RichTextElement[] {
  const explained = detail.flatMap(inlineElements);
  return [
    { type: "emoji", name: statusEmoji[status] },
    { type: "text", text: " " },
    ...inlineElements({ text: label, style: "strong" }),
    ...(explained.length > 0 ? [{ type: "text" as const, text: "  " }, ...explained] : []),
  ];
}

/** Lines under each other in one paragraph. */
function lines(rows: RichTextElement[][]): RichTextSection | null {
  const elements = rows.flatMap((row, index): RichTextElement[] =>
    index === 0 ? row : [{ type: "text", text: "\n" }, ...row],
  );
  return elements.length > 0 ? { type: "rich_text_section", elements } : null;
}

function present<T>(values: readonly (T | null)[]): T[] {
  return values.filter((value) => value !== null);
}
