/** What was asked in the window "Ask Postie". */
import { parseSubmission } from "./ask-view.ts";
import type { Context } from "./context.ts";
import { channelOutlet, responseUrlOutlet } from "./outlet.ts";
import { type Replied, reply } from "./reply.ts";

const MAX_MESSAGES = 3;

/** Answers where the window was opened: to the person who used the command, or as a direct message. */
export async function handleSubmission(context: Context, body: unknown): Promise<Replied> {
  const submitted = parseSubmission(body);
  if (!submitted) return "silent";
  const { user, text, from } = submitted;
  const { api, log, signal } = context;
  const locale = await context.locales.of(user);
  const channel = from?.channel ?? user;
  return reply(context, {
    request: {
      command: "interpret",
      text: text.trim(),
      files: [],
      place: { platform: "slack", tenant: context.identity.teamId, conversation: channel, private: true },
      asker: { id: user, ...(locale === undefined ? {} : { locale }) },
    },
    outlet: from
      ? responseUrlOutlet({ url: from.responseUrl, log, signal })
      : channelOutlet({ api, channel, log, signal }),
    shareable: from !== null && !from.channel.startsWith("D"),
    maxMessages: MAX_MESSAGES,
  });
}
