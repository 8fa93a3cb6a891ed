import type { Answer, CheckRow, FollowUp, Inline, Section, Source } from "./answer.ts";

/**
 * The same answer with every string fit to be shown: control characters, bidirectional overrides and invisible
 * characters are gone, broken surrogates are replaced, and only `https:` addresses remain links. This is the one place
 * where outside text is made harmless as text; renderers escape their own markup on top.
 */
export function cleanAnswer(answer: Answer): Answer {
  return {
    title: oneLine(answer.title),
    status: answer.status,
    summary: answer.summary.map(cleanInline),
    sections: answer.sections.map(cleanSection),
    followUps: answer.followUps.map(cleanFollowUp).filter((followUp) => followUp !== null),
    sources: answer.sources.map(cleanSource),
  };
}

// Control characters (but for tab and line feed) and what only hides or rearranges text: bidirectional controls, zero-width
// spaces, soft hyphens, tags. The two joiners stay, since scripts and emoji need them.
const UNSEEN = /[[\p{Cc}\p{Cf}\u2028\u2029]--[\t\n\u200c\u200d]]/gv;

/** Text without characters that a reader cannot see or that rearrange what is seen. Line ends become `\n`. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, "\n").replace(UNSEEN, "");
}

function oneLine(text: string): string {
  return cleanText(text).replace(/\s+/g, " ").trim();
}

function isHttps(href: string): boolean {
  return URL.canParse(href) && new URL(href).protocol === "https:";
}

function cleanInline(inline: Inline): Inline {
  const text = cleanText(inline.text);
  if ("href" in inline) return isHttps(inline.href) ? { text, href: inline.href } : { text };
  return inline.style ? { text, style: inline.style } : { text };
}

function cleanFollowUp(followUp: FollowUp): FollowUp | null {
  const label = oneLine(followUp.label);
  if ("href" in followUp) return isHttps(followUp.href) ? { label, href: followUp.href } : null;
  return { label, command: followUp.command, text: cleanText(followUp.text) };
}

function cleanSource({ text, href }: Source): Source {
  return href && isHttps(href) ? { text: oneLine(text), href } : { text: oneLine(text) };
}

function cleanRow({ status, label, detail }: CheckRow): CheckRow {
  return { status, label: oneLine(label), detail: detail.map(cleanInline) };
}

function cleanSection(section: Section): Section {
  switch (section.kind) {
    case "text":
      return { kind: "text", text: section.text.map(cleanInline) };
    case "heading":
      return { kind: "heading", text: oneLine(section.text) };
    case "checks":
      return { kind: "checks", rows: section.rows.map(cleanRow) };
    case "facts":
      return {
        kind: "facts",
        rows: section.rows.map(({ label, value }) => ({
          label: oneLine(label),
          value: value.map(cleanInline),
        })),
      };
    case "list":
      return { ...section, items: section.items.map((item) => item.map(cleanInline)) };
    case "table":
      return {
        kind: "table",
        header: section.header.map(oneLine),
        rows: section.rows.map((row) => row.map((cell) => cell.map(cleanInline))),
      };
    case "code":
      return section.caption === undefined
        ? { kind: "code", text: cleanText(section.text) }
        : { kind: "code", text: cleanText(section.text), caption: oneLine(section.caption) };
    case "details":
      return { kind: "details", title: oneLine(section.title), sections: section.sections.map(cleanSection) };
  }
}
