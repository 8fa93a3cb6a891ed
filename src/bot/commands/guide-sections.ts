/** A guide's text as sections of an answer. */
import {
  type GuideBlock,
  type GuideEntry,
  type GuideInline,
  parseGuideMarkdown,
} from "../../knowledge/index.ts";
import type { FollowUp, Inline, Section } from "../answer.ts";

/** The whole guide. */
export function guideSections(guide: GuideEntry): Section[] {
  return parseGuideMarkdown(guide.markdown).map(section);
}

/** The part of the guide under a heading that begins so, without the heading; empty when there is none. */
export function guidePart(guide: GuideEntry, heading: string): Section[] {
  const blocks = parseGuideMarkdown(guide.markdown);
  const start = blocks.findIndex(
    (block) => block.kind === "heading" && block.text.toLowerCase().startsWith(heading.toLowerCase()),
  );
  if (start === -1) return [];
  const rest = blocks.slice(start + 1);
  const end = rest.findIndex(({ kind }) => kind === "heading");
  return (end === -1 ? rest : rest.slice(0, end)).map(section);
}

/** The longest label of a button, in characters. */
const MAX_LABEL = 40;

/** A button that opens the guide. Its label is the title up to the first colon. */
export function readGuide(guide: GuideEntry): FollowUp {
  return { label: shortTitle(guide), command: "mailguide", text: guide.key };
}

function shortTitle({ title }: GuideEntry): string {
  const [label = title] = title.replace(/ *\([^)]*\)/g, "").split(": ");
  return label.length <= MAX_LABEL ? label : `${label.slice(0, MAX_LABEL - 1).trimEnd()}…`;
}

function section(block: GuideBlock): Section {
  switch (block.kind) {
    case "heading":
      return { kind: "heading", text: block.text };
    case "paragraph":
      return { kind: "text", text: block.text.map(inline) };
    case "list":
      return { kind: "list", ordered: block.ordered, items: block.items.map((item) => item.map(inline)) };
    case "table":
      return {
        kind: "table",
        header: [...block.header],
        rows: block.rows.map((row) => row.map((cell) => cell.map(inline))),
      };
    case "code":
      return { kind: "code", text: block.text };
  }
}

function inline(part: GuideInline): Inline {
  switch (part.kind) {
    case "text":
      return { text: part.text };
    case "code":
    case "strong":
      return { text: part.text, style: part.kind };
    case "link":
      return { text: part.text, href: part.href };
  }
}
