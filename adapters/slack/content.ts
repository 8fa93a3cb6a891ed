/** What a message holds for the bot: its text as it was typed, what was forwarded in it, and its files. */
import type { Attachment } from "../../src/bot/request.ts";
import type { Context } from "./context.ts";
import { messageFiles, messageText, type SlackContent } from "./payloads.ts";
import { tidyQuestion, withoutMention } from "./text-in.ts";

export interface MessageContent {
  text: string;
  files: Attachment[];
  /** What could not be read, in whole sentences. */
  notes: string[];
}

export async function readContent(context: Context, message: SlackContent): Promise<MessageContent> {
  const text = tidyQuestion(withoutMention(messageText(message), context.identity.botUserId));
  const files = messageFiles(message);
  if (files.length === 0) return { text, files: [], notes: [] };
  return { text, ...(await context.files.fetch(files)) };
}
