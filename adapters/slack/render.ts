/** An answer as Slack messages: pure, and always within Slack's limits. */
import type {
  Button,
  ContainerBlock,
  KnownBlock,
  RichTextBlock,
  RichTextSection,
  TableBlock,
} from "@slack/types";
import type { Answer, Section, Source } from "../../src/bot/answer.ts";
import { cleanText } from "../../src/bot/clean.ts";
import { actions, followUpButtons } from "./buttons.ts";
import { notificationText, statusSign, tableAsText } from "./fallback.ts";
import { shorten } from "./fit.ts";
import { LIMITS, type Message } from "./message.ts";
import { pack } from "./pack.ts";
import { inlineElements, paragraph, richText, sectionElements } from "./rich-text.ts";

export interface RenderOptions {
  /** Buttons after the follow-ups, such as "Share in channel". */
  readonly buttons?: readonly Button[];
  /** Details in a block that opens on a click; without it they stand open. */
  readonly fold?: boolean;
  /** The most messages for one answer; what does not fit is left out, and the last message says so. */
  readonly maxMessages?: number;
}

/** The messages of an answer: the first stands alone, the others go on below it. There is always a first. */
export function render(answer: Answer, options: RenderOptions = {}): [Message, ...Message[]] {
  const fold = options.fold ?? true;
  const blocks = [
    ...verdict(answer),
    ...sectionBlocks(answer.sections, "text", fold),
    ...sourceBlocks(answer.sources),
  ];
  const buttons = actions([...followUpButtons(answer.followUps), ...(options.buttons ?? [])]);
  return pack({
    blocks,
    closing: buttons,
    text: notificationText(answer, LIMITS.fallbackText),
    title: answer.title,
    maxMessages: options.maxMessages ?? 4,
  });
}

/** The verdict and what it means. A title that is too long for a header goes on in the text below it. */
function verdict({ title, status, summary }: Answer): KnownBlock[] {
  const heading = `${statusSign[status]} ${cleanText(title).replace(/\s+/g, " ").trim() || "…"}`;
  const whole = heading.length > LIMITS.header ? paragraph([{ text: title, style: "strong" }]) : null;
  const said = paragraph(summary);
  const below = [whole, said].filter((part) => part !== null);
  return [
    { type: "header", text: { type: "plain_text", text: shorten(heading, LIMITS.header), emoji: false } },
    ...below.map((part) => richText([part])),
  ];
}

/**
 * Sections in their order: text in blocks, a heading in one with what it heads, tables and details in their own.
 * @param above what stands above them
 */
function sectionBlocks(
  sections: readonly Section[],
  above: Section["kind"] | null,
  fold: boolean,
): KnownBlock[] {
  const blocks: KnownBlock[] = [];
  let heading: RichTextBlock | null = null;
  let before = above;
  for (const section of sections) {
    const elements = sectionElements(section);
    let opened: RichTextBlock | null = null;
    if (section.kind === "table") blocks.push(...tableBlocks(section));
    else if (section.kind === "details") blocks.push(...(fold ? folded(section) : unfolded(section)));
    else if (heading) heading.elements.push(...elements);
    else if (elements.length > 0) {
      opened = richText(standsApart(section, before) ? [emptyLine, ...elements] : elements);
      blocks.push(opened);
    }
    heading = section.kind === "heading" ? opened : null;
    before = section.kind;
  }
  return blocks;
}

/** A heading, and text that follows on a list without belonging to it. */
function standsApart({ kind }: Section, before: Section["kind"] | null): boolean {
  if (kind === "heading") return before !== null;
  return kind === "text" && (before === "list" || before === "facts" || before === "checks");
}

// Slack sets blocks of text closely: an empty line tells a new part from the one before.
const emptyLine: RichTextSection = { type: "rich_text_section", elements: [{ type: "text", text: "\n" }] };

type Details = Extract<Section, { kind: "details" }>;

function folded(details: Details): KnownBlock[] {
  const inner = sectionBlocks(details.sections, null, false).filter(
    (block): block is RichTextBlock | TableBlock => block.type === "rich_text" || block.type === "table",
  );
  const containers: ContainerBlock[] = [];
  for (let start = 0; start < inner.length; start += LIMITS.containerBlocks) {
    const title = start === 0 ? details.title : `${details.title} (continued)`;
    containers.push({
      type: "container",
      title: {
        type: "plain_text",
        text: shorten(cleanText(title) || "Details", LIMITS.header),
        emoji: false,
      },
      child_blocks: inner.slice(start, start + LIMITS.containerBlocks),
      width: "full",
      is_collapsible: true,
      default_collapsed: true,
    });
  }
  return containers;
}

function unfolded(details: Details): KnownBlock[] {
  return sectionBlocks([{ kind: "heading", text: details.title }, ...details.sections], "text", false);
}

/** A table as Slack's own where it fits its limits, else as aligned text. */
function tableBlocks({ header, rows }: Extract<Section, { kind: "table" }>): KnownBlock[] {
  const cells = [header.map((text) => [{ text, style: "strong" as const }]), ...rows];
  const size = cells.flat(2).reduce((sum, inline) => sum + inline.text.length, 0);
  const fits = cells.length <= LIMITS.tableRows && header.length <= LIMITS.tableColumns;
  if (!fits || header.length === 0 || size > LIMITS.tableText / 2) {
    const text = tableAsText(
      header,
      rows.map((row) => row.map((cell) => cell.map((inline) => inline.text).join(""))),
    );
    const elements = sectionElements({ kind: "code", text });
    return elements.length > 0 ? [richText(elements)] : [];
  }
  const columns = header.map(() => ({ is_wrapped: true }));
  return [
    {
      type: "table",
      column_settings: columns,
      rows: cells.map((row) => header.map((_, column) => tableCell(row[column] ?? []))),
    },
  ];
}

function tableCell(inlines: readonly { text: string }[]): TableBlock["rows"][number][number] {
  const cell = paragraph(inlines);
  return cell ? richText([cell]) : { type: "raw_text", text: "–" };
}

function sourceBlocks(sources: readonly Source[]): KnownBlock[] {
  if (sources.length === 0) return [];
  const elements = sources.flatMap(({ text, href }, index) => [
    ...inlineElements({ text: index === 0 ? "Sources: " : ", " }),
    ...inlineElements(href ? { text, href } : { text }),
  ]);
  return [richText([{ type: "rich_text_section", elements }])];
}
