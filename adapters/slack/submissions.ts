/** What was asked in the window "Ask Postie". */
import { isKeepable } from "../../src/bot/keepable.ts";
import { parseSubmission, submissionOf } from "./ask-view.ts";
import { answersIn } from "./channel-outlet.ts";
import type { Context } from "./context.ts";
import { requestOf } from "./question.ts";
import { type Replied, reply } from "./reply.ts";
import { responseUrlOutlet } from "./response-url.ts";

const MAX_MESSAGES = 3;

/** Answers where the window was opened: to the person who used the command, or as a direct message. */
export async function handleSubmission(context: Context, body: unknown): Promise<Replied> {
  const submitted = parseSubmission(body);
  if (!submitted) return "silent";
  const { user, text, from } = submitted;
  const { log, signal, turn } = context;
  const locale = await context.locales.of(user);
  const channel = from?.channel ?? user;
  const question = { command: "interpret", text: text.trim(), channel, private: true, user } as const;
  return reply(context, {
    request: requestOf(context, question, locale),
    outlet: from
      ? responseUrlOutlet({ url: from.responseUrl, log, signal })
      : answersIn(context, { channel }),
    shareable: from !== null && !from.channel.startsWith("D"),
    maxMessages: MAX_MESSAGES,
    lost: turn.again?.textLost ?? false,
  });
}

/** What another instance needs to go on: without the text where that may be mail. */
export function keepSubmission(body: unknown): { kept: unknown; textLost: boolean } | null {
  const submitted = parseSubmission(body);
  if (!submitted) return null;
  const { user, text, from } = submitted;
  const textLost = !isKeepable({ command: "interpret", text: text.trim(), files: [] });
  return { kept: submissionOf({ user, text: textLost ? "" : text, from }), textLost };
}
