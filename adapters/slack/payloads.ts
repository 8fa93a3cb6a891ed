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
  file_access: z.string().nullish(),
  url_private_download: z.string().nullish(),
  subject: z.string().nullish(),
  plain_text: z.string().nullish(),
});
export type SlackFile = z.infer<typeof slackFile>;

const block = z.looseObject({ type: z.string() });
const content = z.object({
  text: z.string().nullish(),
  blocks: z.array(block).nullish(),
  files: z.array(slackFile).nullish(),
});

const message = content.extend({
  type: z.enum(["message", "app_mention"]),
  subtype: z.string().nullish(),
  channel: z.string(),
  channel_type: z.string().nullish(),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  ts: z.string(),
  thread_ts: z.string().nullish(),
  attachments: z.array(content.extend({ message_blocks: z.unknown() })).nullish(),
});
export type SlackMessage = z.infer<typeof message>;

/** @returns `null` for what is not a message as people write them */
export function parseMessage(event: unknown): SlackMessage | null {
  const parsed = message.safeParse(event);
  return parsed.success ? parsed.data : null;
}

type Content = z.infer<typeof content>;

/** What was written or pasted: the composed blocks where there are any, which are exact, else the decoded text. */
export function contentText({ text, blocks }: Content): string {
  const composed = (blocks ?? []).filter(isRichText);
  if (composed.length === 0) return decodeText(text ?? "");
  return composed.map(richTextToText).join("\n");
}

function isRichText(value: z.infer<typeof block>): value is RichTextBlock & z.infer<typeof block> {
  return value.type === "rich_text" && Array.isArray(value.elements);
}

/** The text of a message with what was forwarded in it. */
export function messageText(source: SlackMessage): string {
  const forwarded = (source.attachments ?? []).map(contentText);
  return [contentText(source), ...forwarded].filter((part) => part.trim()).join("\n\n");
}

export function messageFiles(source: SlackMessage): SlackFile[] {
  return [...(source.files ?? []), ...(source.attachments ?? []).flatMap(({ files }) => files ?? [])];
}
