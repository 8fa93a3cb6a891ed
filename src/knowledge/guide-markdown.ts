/**
 * The Markdown of guides: headings, paragraphs, lists, ordered lists, tables, fenced code; in them `code`, **strong** or *strong*, and links
 * to `https:` pages. An item of a list within a list becomes an item that begins with a dash. Nothing else of Markdown has a meaning here, and HTML is plain text.
 */

export type GuideInline =
  | { readonly kind: "text" | "code" | "strong"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

export type GuideBlock =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: readonly GuideInline[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly GuideInline[])[] }
  | {
      readonly kind: "table";
      readonly header: readonly string[];
      readonly rows: readonly (readonly (readonly GuideInline[])[])[];
    }
  | { readonly kind: "code"; readonly text: string };

/** Reads a guide's text into blocks, in their order. */
export function parseGuideMarkdown(markdown: string): GuideBlock[] {
  const lines = markdown.split(/\r?\n/);
  const blocks: GuideBlock[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (line.trim() === "") {
      at++;
      continue;
    }
    const [block, next] = readBlock(lines, at);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

/** What a guide uses beyond the subset, with its line in the text counted from 1. */
export function guideProblems(markdown: string): { line: number; reason: string }[] {
  const problems: { line: number; reason: string }[] = [];
  let fenced = false;
  markdown.split(/\r?\n/).forEach((whole, index) => {
    if (FENCE.test(whole)) fenced = !fenced;
    if (fenced) return;
    const line = whole.replace(/`[^`]*`/g, "``");
    const tell = (reason: string) => problems.push({ line: index + 1, reason });
    if (/!\[[^\]]*\]\(/.test(line)) tell("guides hold no images");
    if (/\]\((?!https:\/\/)/.test(line)) tell("links in guides lead to https: pages");
    if (/^\s*<\/?[a-z][^>]*>/i.test(line)) tell("guides hold no HTML");
  });
  if (fenced) problems.push({ line: markdown.split("\n").length, reason: "a code block is not closed" });
  return problems;
}

const FENCE = /^ {0,3}(?:```|~~~)/;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const ITEM = /^(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const INNER_ITEM = /^\s+(?:[-*+]|\d+[.)])\s+(.*)$/;
const TABLE_RULE = /^\s*\|?[\s:|-]+\|[\s:|-]*$/;

function readBlock(lines: readonly string[], at: number): [GuideBlock, number] {
  const line = lines[at] ?? "";
  if (FENCE.test(line)) return readCode(lines, at);
  const heading = HEADING.exec(line);
  if (heading) return [{ kind: "heading", text: plain(parseInlines(heading[1] ?? "")) }, at + 1];
  if (ITEM.test(line)) return readList(lines, at);
  if (line.includes("|") && TABLE_RULE.test(lines[at + 1] ?? "")) return readTable(lines, at);
  return readParagraph(lines, at);
}

function readCode(lines: readonly string[], at: number): [GuideBlock, number] {
  const closing = lines.findIndex((line, index) => index > at && FENCE.test(line));
  const end = closing === -1 ? lines.length : closing;
  return [{ kind: "code", text: lines.slice(at + 1, end).join("\n") }, end + 1];
}

function readList(lines: readonly string[], at: number): [GuideBlock, number] {
  const ordered = /^\d/.test(lines[at] ?? "");
  const items: string[] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? "";
    const item = ITEM.exec(line);
    const inner = INNER_ITEM.exec(line);
    if (item && (item[1] !== undefined) === ordered) items.push(item[2] ?? "");
    else if (inner) items.push(`– ${inner[1] ?? ""}`);
    else if (!item && /^\s+\S/.test(line) && !FENCE.test(line))
      items.push(`${items.pop() ?? ""} ${line.trim()}`);
    // One blank line between two items keeps them one list.
    else if (line.trim() === "" && ITEM.test(lines[next + 1] ?? "")) continue;
    else break;
  }
  return [{ kind: "list", ordered, items: items.map(parseInlines) }, next];
}

function readTable(lines: readonly string[], at: number): [GuideBlock, number] {
  const header = cells(lines[at] ?? "").map((cell) => plain(parseInlines(cell)));
  let next = at + 2;
  const rows: GuideInline[][][] = [];
  for (; (lines[next] ?? "").includes("|"); next++) {
    const row = cells(lines[next] ?? "").map(parseInlines);
    rows.push(header.map((_, column) => row[column] ?? []));
  }
  return [{ kind: "table", header, rows }, next];
}

/** The cells of a row; a bar inside `code` or after `\` belongs to its cell. */
function cells(row: string): string[] {
  const inner = row
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  const found = inner.match(/(?:\\.|`[^`]*`|[^|`\\]|[`\\])+|(?<=\|)(?=\|)/g) ?? [];
  return found.map((cell) => cell.replaceAll("\\|", "|").trim());
}

function readParagraph(lines: readonly string[], at: number): [GuideBlock, number] {
  let next = at;
  const text: string[] = [];
  do {
    text.push((lines[next] ?? "").trim());
    next++;
  } while (next < lines.length && !startsBlock(lines, next));
  return [{ kind: "paragraph", text: parseInlines(text.join(" ")) }, next];
}

function startsBlock(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? "";
  return line.trim() === "" || FENCE.test(line) || HEADING.test(line) || ITEM.test(line);
}

const INLINE =
  /`([^`]+)`|\*\*([^*]+)\*\*|(?<![\w*])\*((?![ *])[^*\n]*[^*\s])\*(?![\w*])|\[([^\]]+)\]\((https:\/\/[^\s)]+)\)/g;

/** Reads `code`, **strong** and links; everything else is text. */
export function parseInlines(text: string): GuideInline[] {
  const inlines: GuideInline[] = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > end) inlines.push({ kind: "text", text: text.slice(end, found.index) });
    const [whole, code, bold, slanted, label, href] = found;
    if (code !== undefined) inlines.push({ kind: "code", text: code });
    else if (label !== undefined && href !== undefined) inlines.push({ kind: "link", text: label, href });
    else inlines.push({ kind: "strong", text: (bold ?? slanted ?? whole).replaceAll("`", "") });
    end = found.index + whole.length;
  }
  if (end < text.length) inlines.push({ kind: "text", text: text.slice(end) });
  return inlines;
}

function plain(inlines: readonly GuideInline[]): string {
  return inlines.map(({ text }) => text).join("");
}
