/** Messages that a person points at: by the shortcut "Explain this bounce", or by a reaction. */
import { z } from "zod";
import { answersIn } from "./channel-outlet.ts";
import { readContent } from "./content.ts";
import type { Context } from "./context.ts";
import { findMessage } from "./history.ts";
import { parseContent } from "./payloads.ts";
import { requestOf } from "./question.ts";
import { type Replied, reply } from "./reply.ts";
import { responseUrlOutlet } from "./response-url.ts";

export const EXPLAIN_SHORTCUT = "explain_bounce";

const MAX_MESSAGES = 4;

const shortcut = z.object({
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }),
  response_url: z.string(),
  message_ts: z.string().nullish(),
  message: z.unknown().optional(),
});

/** Explains the message to the person who asked; works where the bot is no member. */
export async function handleExplain(context: Context, payload: unknown): Promise<Replied> {
  const parsed = shortcut.safeParse(payload);
  if (!parsed.success) return "silent";
  const { user, channel, response_url, message_ts, message } = parsed.data;
  const { log, signal, turn } = context;
  const given = turn.again
    ? message_ts && (await findMessage(context, channel.id, message_ts))
    : parseContent(message);
  if (!given && !turn.again) return "silent";
  const [content, locale] = await Promise.all([
    given ? readContent(context, given) : { text: "", files: [], notes: [] },
    context.locales.of(user.id),
  ]);
  const { text, files, notes } = content;
  return reply(context, {
    request: requestOf(
      context,
      { command: "bounce", text, files, channel: channel.id, private: true, user: user.id },
      locale,
    ),
    notes,
    outlet: responseUrlOutlet({ url: response_url, log, signal }),
    shareable: !channel.id.startsWith("D"),
    maxMessages: MAX_MESSAGES,
    lost: !given,
  });
}

/** What another instance needs to go on: which message it was, since its text is not kept. */
export function keepExplain(payload: unknown): { kept: unknown; textLost: boolean } | null {
  const parsed = shortcut.safeParse(payload);
  if (!parsed.success) return null;
  const { user, channel, response_url, message_ts } = parsed.data;
  return { kept: { user, channel, response_url, message_ts }, textLost: true };
}

const reactionAdded = z.object({
  user: z.string(),
  reaction: z.string(),
  item: z.object({ type: z.literal("message"), channel: z.string(), ts: z.string() }),
});

/**
 * The message that somebody wants explained, by the name under which it would be answered by itself: it is explained once, however
 * many people react.
 * @param wanted the name of the reaction that asks for it
 * @returns `null` for every other reaction
 */
export function keepReaction(event: unknown, wanted: string): { name: string; kept: unknown } | null {
  const parsed = reactionAdded.safeParse(event);
  if (!parsed.success || parsed.data.reaction.replace(/::.*$/, "") !== wanted) return null;
  const { channel, ts } = parsed.data.item;
  return { name: `${channel}:${ts}`, kept: parsed.data };
}

/** Explains the message in its thread. */
export async function handleReaction(context: Context, event: unknown): Promise<Replied> {
  const parsed = reactionAdded.safeParse(event);
  if (!parsed.success || parsed.data.user === context.identity.botUserId) return "silent";
  const { user, item } = parsed.data;
  const { channel } = item;
  if ((await context.settings.mode(context.tenant, channel)) === "off") return "silent";
  const found = await findMessage(context, channel, item.ts);
  if (!found) return "failed";
  const [{ text, files, notes }, locale] = await Promise.all([
    readContent(context, found),
    context.locales.of(user),
  ]);
  const { threadTs: thread } = found;
  return reply(context, {
    request: requestOf(
      context,
      { command: "bounce", text, files, channel, thread, private: channel.startsWith("D"), user },
      locale,
    ),
    notes,
    outlet: answersIn(context, { channel, threadTs: thread }),
  });
}
