/** The parts of Slack's payloads that Postie reads, parsed once at the edge. */
import type { RichTextBlock } from "@slack/types";
import { z } from "zod";
import { decodeText, richTextToText } from "./text-in.ts";

const slackFile = z.object({
  id: z.string(),
  name: z.string().nullish(),
  title: z.string().nullish(),
  filetype: z.string().nullish(),
  mode: z.string().nullish(),
  size: z.number().nullish(),
  url_private_download: z.string().nullish(),
  plain_text: z.string().nullish(),
});
export type SlackFile = z.infer<typeof slackFile>;

const block = z.looseObject({ type: z.string() });
const part = z.object({
  text: z.string().nullish(),
  blocks: z.array(block).nullish(),
  files: z.array(slackFile).nullish(),
});
const forwarded = part.extend({
  message_blocks: z
    .array(z.object({ message: part }))
    .nullish()
    .catch(null),
});
const content = part.extend({ attachments: z.array(forwarded).nullish() });
/** What a message holds, wherever it comes from: an event, a shortcut or the history of a channel. */
export type SlackContent = z.infer<typeof content>;

const message = content.extend({
  type: z.enum(["message", "app_mention"]),
  subtype: z.string().nullish(),
  channel: z.string(),
  channel_type: z.string().nullish(),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  ts: z.string(),
  thread_ts: z.string().nullish(),
  edited: z.object({ ts: z.string() }).nullish(),
  /** Whether it was for the bot, where its text is not there any more to tell. */
  addressed: z.boolean().optional(),
});
export type SlackMessage = z.infer<typeof message>;

const changed = z.object({
  subtype: z.literal("message_changed"),
  channel: z.string(),
  channel_type: z.string().nullish(),
  message: z.looseObject({ edited: z.object({ ts: z.string() }), text: z.string().nullish() }),
  previous_message: z.object({ text: z.string().nullish() }),
});

/**
 * The message of an event; of an edit the message as it is now. `null` for what is not a message as people write them,
 * and for edits that left the text as it was (Slack adds previews that way).
 */
export function parseMessage(event: unknown): SlackMessage | null {
  const edit = changed.safeParse(event);
  if (edit.success) {
    const { channel, channel_type, message: now, previous_message: before } = edit.data;
    return now.text === before.text
      ? null
      : parsed(message, { ...now, type: "message", channel, channel_type });
  }
  return parsed(message, event);
}

export function parseContent(value: unknown): SlackContent | null {
  return parsed(content, value);
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T | null {
  const result = schema.safeParse(value);
  return result.success ? result.data : null;
}

type Part = z.infer<typeof part>;

/** What was written or pasted: the composed blocks where there are any, which are exact, else the decoded text. */
export function contentText({ text, blocks }: Part): string {
  const composed = (blocks ?? []).filter(isRichText);
  // Without blocks the marks of code are part of the text.
  if (composed.length === 0) return decodeText(text ?? "").replace(/```\n?/g, "\n");
  return composed.map(richTextToText).join("\n");
}

function isRichText(value: z.infer<typeof block>): value is RichTextBlock & z.infer<typeof block> {
  return value.type === "rich_text" && Array.isArray(value.elements);
}

/** The text of a message with what was forwarded in it. */
export function messageText(source: SlackContent): string {
  return [source, ...(source.attachments ?? []).flatMap(forwardedParts)]
    .map(contentText)
    .filter((text) => text.trim())
    .join("\n\n");
}

export function messageFiles(source: SlackContent): SlackFile[] {
  return [source, ...(source.attachments ?? []).flatMap(forwardedParts)].flatMap(({ files }) => files ?? []);
}

/** A forwarded message: composed as it was written where Slack hands that on, else its text. */
function forwardedParts(attachment: z.infer<typeof forwarded>): Part[] {
  const composed = (attachment.message_blocks ?? []).map(({ message: inner }) => inner);
  return composed.length > 0 ? [...composed, { files: attachment.files }] : [attachment];
}
