import { z } from "zod";
import type {
  Action,
  Card,
  Element,
  Execute,
  OpenUrl,
  RichTextBlock,
  Submit,
  TextRun,
  ToggleVisibility,
} from "./card.ts";

/** Teams refuses a message of more than about 28 KB; the rest is left to what surrounds the card. */
export const MAX_CARD_BYTES = 25 * 1024;

/**
 * What Teams would refuse or show wrongly in this card, each in a sentence that starts with the path to it; empty for a good
 * card. Every key must be one that Postie means to use, since clients ignore a misspelt one in silence.
 */
export function cardProblems(card: unknown): string[] {
  const bytes = cardBytes(card);
  const tooLarge = bytes > MAX_CARD_BYTES ? [`card: ${bytes} bytes, more than ${MAX_CARD_BYTES}`] : [];
  const parsed = cardSchema.safeParse(card);
  if (!parsed.success) {
    return [...tooLarge, ...parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)];
  }
  return [...tooLarge, ...idProblems(parsed.data), ...tableProblems(parsed.data)];
}

/** The size of a card as it is sent, in bytes. */
export function cardBytes(card: unknown): number {
  return Buffer.byteLength(JSON.stringify(card));
}

const text = z.string().min(1);
const spacing = z.enum(["none", "small", "medium", "large", "padding"]).optional();
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const httpsUrl = z.url({ protocol: /^https$/ });

const common = {
  id: id.optional(),
  isVisible: z.literal(false).optional(),
  spacing,
  separator: z.literal(true).optional(),
};

const openUrl: z.ZodType<OpenUrl> = z.strictObject({
  type: z.literal("Action.OpenUrl"),
  title: text.optional(),
  url: httpsUrl,
});

const toggle: z.ZodType<ToggleVisibility> = z.strictObject({
  type: z.literal("Action.ToggleVisibility"),
  title: text,
  targetElements: z.array(id).min(1),
});

const mode = z.literal("secondary").optional();

const submit: z.ZodType<Submit> = z.strictObject({
  type: z.literal("Action.Submit"),
  title: text,
  data: z.looseObject({}),
  mode,
});

const execute: z.ZodType<Execute> = z.strictObject({
  type: z.literal("Action.Execute"),
  title: text,
  verb: text,
  data: z.looseObject({}),
  mode,
  fallback: submit,
});

const action: z.ZodType<Action> = z.union([openUrl, toggle, submit, execute]);

const textRun: z.ZodType<TextRun> = z.strictObject({
  type: z.literal("TextRun"),
  text,
  weight: z.literal("bolder").optional(),
  size: z.enum(["small", "medium", "large"]).optional(),
  color: z.enum(["default", "good", "warning", "attention", "accent"]).optional(),
  isSubtle: z.literal(true).optional(),
  underline: z.literal(true).optional(),
  fontType: z.literal("monospace").optional(),
  selectAction: openUrl.optional(),
});

const richTextBlock: z.ZodType<RichTextBlock> = z.strictObject({
  ...common,
  type: z.literal("RichTextBlock"),
  inlines: z.array(textRun).min(1),
});

const element: z.ZodType<Element> = z.lazy(() =>
  z.union([richTextBlock, container, columnSet, table, inputText, actionSet]),
);

const container = z.strictObject({
  ...common,
  type: z.literal("Container"),
  items: z.array(element).min(1),
  style: z.enum(["default", "emphasis", "good", "warning", "attention", "accent"]).optional(),
  bleed: z.literal(true).optional(),
  selectAction: toggle.optional(),
});

const columnSet = z.strictObject({
  ...common,
  type: z.literal("ColumnSet"),
  columns: z
    .array(
      z.strictObject({
        type: z.literal("Column"),
        width: z.union([
          z.literal("auto"),
          z.literal("stretch"),
          z.templateLiteral([z.number(), "px"]),
          z.number().positive(),
        ]),
        items: z.array(element).min(1),
        spacing: z.enum(["none", "small"]).optional(),
      }),
    )
    .min(1),
  selectAction: toggle.optional(),
});

const tableCell = z.strictObject({ type: z.literal("TableCell"), items: z.array(element).min(1) });

const table = z.strictObject({
  ...common,
  type: z.literal("Table"),
  columns: z.array(z.strictObject({ width: z.number().positive() })).min(1),
  rows: z.array(z.strictObject({ type: z.literal("TableRow"), cells: z.array(tableCell).min(1) })).min(1),
  firstRowAsHeader: z.boolean().optional(),
  showGridLines: z.boolean().optional(),
});

const inputText = z.strictObject({
  ...common,
  type: z.literal("Input.Text"),
  id,
  label: text.optional(),
  placeholder: text.optional(),
  isMultiline: z.literal(true).optional(),
  isRequired: z.literal(true).optional(),
  errorMessage: text.optional(),
  maxLength: z.int().positive().optional(),
  value: z.string().optional(),
});

const actionSet = z.strictObject({
  ...common,
  type: z.literal("ActionSet"),
  actions: z.array(action).min(1).max(6),
});

const cardSchema: z.ZodType<Card> = z.strictObject({
  type: z.literal("AdaptiveCard"),
  version: z.literal("1.5"),
  fallbackText: text,
  body: z.array(element).min(1),
  actions: z.array(action).min(1).max(10).optional(),
  msteams: z.strictObject({ width: z.literal("Full") }).optional(),
});

function* elementsOf(elements: readonly Element[]): Iterable<Element> {
  for (const each of elements) {
    yield each;
    if (each.type === "Container") yield* elementsOf(each.items);
    if (each.type === "ColumnSet") yield* elementsOf(each.columns.flatMap(({ items }) => items));
    if (each.type === "Table") {
      yield* elementsOf(each.rows.flatMap(({ cells }) => cells.flatMap(({ items }) => items)));
    }
  }
}

/** Ids are unique, and what a toggle folds exists. */
function idProblems(card: Card): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { id } of elementsOf(card.body)) {
    if (id === undefined) continue;
    if (seen.has(id)) problems.push(`body: the id ${id} is there twice`);
    seen.add(id);
  }
  for (const each of elementsOf(card.body)) {
    if (!("selectAction" in each)) continue;
    for (const target of each.selectAction?.targetElements ?? []) {
      if (!seen.has(target)) problems.push(`body: a toggle names ${target}, which is not there`);
    }
  }
  return problems;
}

function tableProblems(card: Card): string[] {
  const problems: string[] = [];
  for (const each of elementsOf(card.body)) {
    if (each.type !== "Table") continue;
    const uneven = each.rows.some(({ cells }) => cells.length !== each.columns.length);
    if (uneven) problems.push(`body: a row of a table has not as many cells as there are columns`);
  }
  return problems;
}
