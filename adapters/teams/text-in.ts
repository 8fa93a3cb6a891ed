import { compile, type FormatCallback } from "html-to-text";
import type { Activity } from "./activity.ts";

/**
 * What somebody typed or pasted, as plain text. A pasted text arrives twice: as `text`, in which tables and lines have run
 * together, and as an HTML attachment, which is therefore preferred. The mention of Postie itself is taken out.
 */
export function questionText(activity: Activity): string {
  const names = ownNames(activity);
  const html = activity.attachments?.find(
    ({ contentType, content }) =>
      contentType === "text/html" && typeof content === "string" && content !== "",
  )?.content;
  if (typeof html === "string" && html.length <= MAX_HTML_LENGTH) {
    const text = htmlToText(withoutMentions(html, names));
    if (text) return text;
  }
  return tidy(decodeEscaped(withoutMentions(activity.text ?? "", names)));
}

/** Teams' own limit for a message is about 100 KB; beyond this, only `text` is read. */
const MAX_HTML_LENGTH = 256 * 1024;

// Some clients put text among HTML without escaping it; an address would be taken for a tag.
const ADDRESS_IN_BRACKETS = /<([^<>\s"'=/]{1,64}@[^<>\s"'=/]{1,255})>/g;

/**
 * The text of HTML as Teams delivers it, with the lines a reader sees: paragraphs, line breaks, list items and rows of
 * tables are lines, the cells of a row are separated by tabs.
 */
export function htmlToText(html: string): string {
  return tidy(convert(html.replaceAll(ADDRESS_IN_BRACKETS, "&lt;$1&gt;")));
}

const table: FormatCallback = (elem, walk, builder) => {
  builder.openTable();
  for (const row of rowsOf(elem)) {
    builder.openTableRow();
    for (const cell of row.children.filter(isCell)) {
      builder.openTableCell({ maxColumnWidth: Number.MAX_SAFE_INTEGER });
      walk(cell.children, builder);
      builder.closeTableCell();
    }
    builder.closeTableRow();
  }
  builder.closeTable({ tableToString: tableText, leadingLineBreaks: 1, trailingLineBreaks: 1 });
};

type Element = Parameters<FormatCallback>[0];

const isCell = ({ name }: Element) => name === "td" || name === "th";

function rowsOf(table: Element): Element[] {
  return table.children.flatMap((child: Element) => {
    if (child.name === "tr") return [child];
    return ["thead", "tbody", "tfoot"].includes(child.name ?? "") ? rowsOf(child) : [];
  });
}

function tableText(rows: { text: string }[][]): string {
  return rows.map((cells) => cells.map(({ text }) => text.trim()).join("\t")).join("\n");
}

const alternativeText: FormatCallback = (elem, _walk, builder) => {
  const alt: unknown = elem.attribs?.alt;
  if (typeof alt === "string") builder.addInline(alt, { noWordTransform: true });
};

const asWritten = { format: "block", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } };

const convert = compile({
  wordwrap: false,
  // Deeper nesting than any mail has; what is below is left out.
  limits: { maxDepth: 200 },
  formatters: { table, alternativeText },
  selectors: [
    { selector: "*", format: "inline" },
    { selector: "a", format: "inline" },
    { selector: "img", format: "skip" },
    { selector: "style", format: "skip" },
    { selector: "script", format: "skip" },
    { selector: "title", format: "skip" },
    { selector: "emoji", format: "alternativeText" },
    { selector: "table", format: "table" },
    { selector: "p", ...asWritten },
    { selector: "blockquote", ...asWritten },
    { selector: "ul", ...asWritten },
    { selector: "ol", ...asWritten },
    { selector: "li", ...asWritten },
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, ...asWritten })),
  ],
});

function ownNames(activity: Activity): Set<string> {
  const own = activity.entities?.filter(
    ({ type, mentioned }) => type === "mention" && mentioned?.id === activity.recipient.id,
  );
  const names = [activity.recipient.name, ...(own ?? []).flatMap((e) => [e.mentioned?.name, e.text])];
  return new Set(names.filter((name) => name !== undefined).map((name) => plainName(name)));
}

function plainName(text: string): string {
  return text.replaceAll(/<[^<>]{0,200}>/g, "").trim();
}

// `<at>Postie</at>` in text, `<span itemtype="http://schema.skype.com/Mention" …>Postie</span>` in HTML.
const MENTION = /<(at|span)\b([^<>]{0,300})>([^<>]{0,200})<\/\1>(?:&nbsp;)?/gi;

/** Takes mentions of Postie out and leaves the names of others as text. */
function withoutMentions(markup: string, own: ReadonlySet<string>): string {
  return markup.replaceAll(MENTION, (whole: string, tag: string, attributes: string, name: string) => {
    if (tag.toLowerCase() === "span" && !attributes.includes("schema.skype.com/Mention")) return whole;
    return own.has(plainName(name)) ? " " : name;
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " ",
  "&amp;": "&",
};

/** Some clients escape `text`. Then it holds no bare angle bracket, which a pasted bounce has for its addresses. */
function decodeEscaped(text: string): string {
  if (/[<>]/.test(text)) return text;
  return text.replaceAll(/&(?:lt|gt|quot|#39|nbsp|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

function tidy(text: string): string {
  return text
    .replaceAll("\u00a0", " ")
    .replaceAll(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}
