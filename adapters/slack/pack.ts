/** Blocks into as many messages as Slack's limits need. */
import type { ContainerBlock, KnownBlock, RichTextBlock, RichTextBlockElement } from "@slack/types";
import { escapeText } from "./fallback.ts";
import { LIMITS, type Message } from "./message.ts";
import { inlineElements, richText } from "./rich-text.ts";

interface Packing {
  blocks: readonly KnownBlock[];
  /** The buttons: they end the first message, where people look for them. */
  closing: readonly KnownBlock[];
  /** The fallback text of the first message, already escaped. */
  text: string;
  title: string;
  maxMessages: number;
}

// Room is left for the buttons and the line that says how it goes on.
const ROOM = { blocks: LIMITS.blocks - 4, text: LIMITS.totalText - 1_500 };

export function pack({ blocks, closing, text, title, maxMessages }: Packing): [Message, ...Message[]] {
  const closingSize = textSize(closing);
  const room = (index: number) => ROOM.text - (index === 0 ? closingSize + text.length / 2 : 0);
  const parts: KnownBlock[][] = [[]];
  let size = 0;
  for (const block of blocks.flatMap((each) => divide(each, ROOM.text / 3))) {
    const current = parts.at(-1) ?? [];
    const added = textSize([block]);
    const secondTable = hasTable(block) && current.some(hasTable);
    const full = size + added > room(parts.length - 1) || current.length >= ROOM.blocks || secondTable;
    if (full && current.length > 0) {
      parts.push([block]);
      size = added;
    } else {
      current.push(block);
      size += added;
    }
  }
  return parts.length === 1 ? [{ text, blocks: [...(parts[0] ?? []), ...closing] }] : several(parts);

  function several(all: KnownBlock[][]): [Message, ...Message[]] {
    const shown = all.slice(0, maxMessages);
    const cut = all.length - shown.length;
    const messages = shown.map((part, index): Message => {
      const last = index === shown.length - 1;
      const note = last
        ? cut > 0
          ? "… The rest of this answer is too long for Slack and was left out. Ask in a direct message or in the terminal for less at once."
          : null
        : `… goes on below (${index + 1} of ${shown.length})`;
      const end = note
        ? [richText([{ type: "rich_text_section", elements: inlineElements({ text: note }) }])]
        : [];
      return {
        text:
          index === 0 ? text : escapeText(`${title} (${index + 1} of ${shown.length})`, LIMITS.fallbackText),
        blocks: [...part, ...end, ...(index === 0 ? closing : [])],
      };
    });
    const [first, ...rest] = messages;
    return [first ?? { text, blocks: [...closing] }, ...rest];
  }
}

/** A block of text in several, when it holds more than `max` characters. */
function divide(block: KnownBlock, max: number): KnownBlock[] {
  if (block.type === "container") return divideContainer(block, max);
  if (block.type !== "rich_text" || textSize([block]) <= max) return [block];
  return divideElements(block, max).map(richText);
}

function divideContainer(block: ContainerBlock, max: number): ContainerBlock[] {
  // A message may hold one table only, so each further one begins a container that can go on in the next message.
  if (textSize([block]) <= max * 2)
    return splitBeforeTables(block.child_blocks).map((part) => ({ ...block, child_blocks: part }));
  const inner = block.child_blocks.flatMap((child): ContainerBlock["child_blocks"] =>
    child.type === "rich_text" ? divideElements(child, max).map(richText) : [child],
  );
  return inner.map((child) => ({ ...block, child_blocks: [child] }));
}

function splitBeforeTables<T extends { type: string }>(blocks: readonly T[]): T[][] {
  const parts: T[][] = [[]];
  for (const block of blocks) {
    const current = parts.at(-1) ?? [];
    if (block.type === "table" && current.some(({ type }) => type === "table")) parts.push([block]);
    else current.push(block);
  }
  return parts;
}

function divideElements(block: RichTextBlock, max: number): RichTextBlockElement[][] {
  return divideRun(
    block.elements.flatMap((element) => divideElement(element, max)),
    max,
  );
}

/** A paragraph or list that is too long, as several of the same kind. */
function divideElement(element: RichTextBlockElement, max: number): RichTextBlockElement[] {
  if (textSize([element]) <= max) return [element];
  if (element.type === "rich_text_list") {
    const items = element.elements.flatMap((item) =>
      divideRun(item.elements, max).map((elements) => ({ ...item, elements })),
    );
    return divideRun(items, max).map((elements) => ({ ...element, elements }));
  }
  if (element.type === "rich_text_section") {
    return divideRun(element.elements, max).map((elements) => ({ ...element, elements }));
  }
  return [element];
}

/** Runs of at most `max` characters each, as far as the single items allow. */
function divideRun<T>(items: readonly T[], max: number): T[][] {
  const runs: T[][] = [];
  let size = 0;
  for (const item of items) {
    const added = textSize([item]);
    const run = runs.at(-1);
    if (!run || size + added > max) {
      runs.push([item]);
      size = added;
    } else {
      run.push(item);
      size += added;
    }
  }
  return runs;
}

function hasTable(block: KnownBlock): boolean {
  return (
    block.type === "table" ||
    (block.type === "container" && block.child_blocks.some((child) => child.type === "table"))
  );
}

/** All text that Slack counts: every string but the names of types, styles and ids. */
export function textSize(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + textSize(each), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, each]) => (uncounted.has(key) ? sum : sum + textSize(each)),
    0,
  );
}

const uncounted = new Set(["type", "style", "block_id", "action_id", "width", "status", "level"]);
