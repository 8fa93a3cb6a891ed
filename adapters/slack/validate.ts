/**
 * A strict check of what is about to be sent. Slack refuses a whole message for one wrong field and does not say which;
 * this says it, at the only place that sends. It knows the blocks that Postie uses and refuses all others.
 * Limits: docs.slack.dev, Block Kit reference.
 */
import { z } from "zod";
import { LIMITS } from "./message.ts";
import { textSize } from "./pack.ts";

const id = z.string().min(1).max(LIMITS.id);
const plain = (max: number) =>
  z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().min(1).max(max),
    emoji: z.literal(false),
  });
const https = z.url({ protocol: /^https$/ }).max(LIMITS.url);
const style = z.strictObject({
  bold: z.literal(true).optional(),
  code: z.literal(true).optional(),
  italic: z.literal(true).optional(),
});

const text = z.strictObject({
  type: z.literal("text"),
  text: z.string().min(1).max(LIMITS.sectionText),
  style: style.optional(),
});
const link = z.strictObject({
  type: z.literal("link"),
  url: https,
  text: z.string().min(1).max(LIMITS.sectionText).optional(),
  style: style.optional(),
});
const emoji = z.strictObject({ type: z.literal("emoji"), name: z.string().regex(/^[a-z0-9_+-]+$/) });
const date = z.strictObject({
  type: z.literal("date"),
  timestamp: z.int().positive(),
  format: z.string().regex(/^(\{[a-z_]+\}|[ ,])+$/),
  fallback: z.string().min(1).max(100),
});
const inline = z.discriminatedUnion("type", [text, link, emoji, date]);
const section = z.strictObject({ type: z.literal("rich_text_section"), elements: z.array(inline).min(1) });
const richText = z.strictObject({
  type: z.literal("rich_text"),
  block_id: id.optional(),
  elements: z
    .array(
      z.discriminatedUnion("type", [
        section,
        z.strictObject({
          type: z.literal("rich_text_list"),
          style: z.enum(["bullet", "ordered"]),
          elements: z.array(section).min(1),
          indent: z.int().min(0).max(8).optional(),
        }),
        z.strictObject({ type: z.literal("rich_text_preformatted"), elements: z.array(text).min(1) }),
        z.strictObject({ type: z.literal("rich_text_quote"), elements: z.array(inline).min(1) }),
      ]),
    )
    .min(1),
});
const button = z
  .strictObject({
    type: z.literal("button"),
    text: plain(75),
    action_id: id,
    value: z.string().max(LIMITS.buttonValue).optional(),
    url: https.optional(),
    style: z.enum(["primary", "danger"]).optional(),
  })
  .refine(
    (value) => value.value === undefined || value.url === undefined,
    "a button asks or links, not both",
  );
const option = z.strictObject({
  text: plain(75),
  value: z.string().min(1).max(150),
  description: plain(75).optional(),
});
const radio = z.strictObject({
  type: z.literal("radio_buttons"),
  action_id: id,
  options: z.array(option).min(1).max(10),
  initial_option: option.optional(),
});
const actions = z.strictObject({
  type: z.literal("actions"),
  block_id: id.optional(),
  elements: z.array(button).min(1).max(LIMITS.actionElements),
});
const header = z.strictObject({
  type: z.literal("header"),
  block_id: id.optional(),
  text: plain(LIMITS.header),
});
const divider = z.strictObject({ type: z.literal("divider"), block_id: id.optional() });
const context = z.strictObject({
  type: z.literal("context"),
  block_id: id.optional(),
  elements: z.array(plain(LIMITS.sectionText)).min(1).max(10),
});
const cell = z.discriminatedUnion("type", [
  richText,
  z.strictObject({ type: z.literal("raw_text"), text: z.string().min(1) }),
]);
const table = z
  .strictObject({
    type: z.literal("table"),
    block_id: id.optional(),
    rows: z.array(z.array(cell).min(1).max(LIMITS.tableColumns)).min(1).max(LIMITS.tableRows),
    column_settings: z
      .array(
        z.strictObject({
          align: z.enum(["left", "center", "right"]).optional(),
          is_wrapped: z.boolean().optional(),
        }),
      )
      .max(LIMITS.tableColumns)
      .optional(),
  })
  .refine(({ rows }) => rows.every((row) => row.length === rows[0]?.length), "all rows need the same cells")
  .refine((value) => textSize(value) <= LIMITS.tableText, "too much text in a table");
const container = z.strictObject({
  type: z.literal("container"),
  block_id: id.optional(),
  title: plain(LIMITS.header),
  child_blocks: z
    .array(z.discriminatedUnion("type", [richText, table, divider, header, context, actions]))
    .min(1)
    .max(LIMITS.containerBlocks),
  width: z.enum(["narrow", "standard", "wide", "full"]).optional(),
  is_collapsible: z.boolean().optional(),
  default_collapsed: z.boolean().optional(),
});
const task = z.strictObject({
  type: z.literal("task_card"),
  task_id: id,
  title: z.string().min(1).max(LIMITS.header),
  status: z.enum(["pending", "in_progress", "complete", "error"]),
});
const plan = z.strictObject({
  type: z.literal("plan"),
  block_id: id.optional(),
  title: z.string().min(1).max(LIMITS.header),
  tasks: z.array(task).min(1).max(LIMITS.blocks),
});
const input = z.strictObject({
  type: z.literal("input"),
  block_id: id.optional(),
  label: plain(2_000),
  hint: plain(2_000).optional(),
  optional: z.boolean().optional(),
  element: z.discriminatedUnion("type", [
    radio,
    z.strictObject({
      type: z.literal("plain_text_input"),
      action_id: id,
      multiline: z.boolean().optional(),
      max_length: z.int().min(1).max(3_000).optional(),
      placeholder: plain(150).optional(),
      initial_value: z.string().max(3_000).optional(),
    }),
  ]),
});

const messageBlock = z.discriminatedUnion("type", [
  header,
  richText,
  divider,
  context,
  actions,
  table,
  container,
  plan,
]);
const viewBlock = z.discriminatedUnion("type", [header, richText, divider, context, actions, input]);

const message = z.strictObject({
  text: z.string().min(1).max(LIMITS.fallbackText),
  blocks: z.array(messageBlock).min(1).max(LIMITS.blocks),
});
const view = z.strictObject({
  type: z.enum(["modal", "home"]),
  callback_id: id.optional(),
  title: plain(24).optional(),
  submit: plain(24).optional(),
  close: plain(24).optional(),
  private_metadata: z.string().max(3_000).optional(),
  blocks: z.array(viewBlock).min(1).max(LIMITS.viewBlocks),
});

/** What Slack would refuse in a message, one line each; empty when it is fine. */
export function messageProblems(value: unknown): string[] {
  const problems = schemaProblems(message.safeParse(value));
  const blocks = fieldOf(value, "blocks");
  const size = textSize(blocks);
  if (size > LIMITS.totalText)
    problems.push(`blocks: ${size} characters in all, more than ${LIMITS.totalText}`);
  if (countTables(blocks) > 1) problems.push("blocks: more than one table");
  return [...problems, ...repeatedIds(blocks)];
}

/** The same for a modal or a Home tab. */
export function viewProblems(value: unknown): string[] {
  return [...schemaProblems(view.safeParse(value)), ...repeatedIds(fieldOf(value, "blocks"))];
}

function schemaProblems(result: z.ZodSafeParseResult<unknown>): string[] {
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && key in value ? Reflect.get(value, key) : undefined;
}

function repeatedIds(blocks: unknown): string[] {
  return ["block_id", "action_id", "task_id"].flatMap((key) => {
    const ids = collect(blocks, key);
    const repeated = new Set(ids.filter((each, index) => ids.indexOf(each) !== index));
    return [...repeated].map((each) => `${key} ${String(each)} stands more than once`);
  });
}

function countTables(blocks: unknown): number {
  return collect(blocks, "type").filter((type) => type === "table").length;
}

function collect(value: unknown, key: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => collect(each, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => (name === key ? [each] : collect(each, key)));
}
