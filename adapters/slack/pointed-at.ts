/** Messages that a person points at: by the shortcut "Explain this bounce", or by a reaction. */
import { z } from "zod";
import { readContent } from "./content.ts";
import type { Context } from "./context.ts";
import { type Found, findMessage } from "./history.ts";
import { channelOutlet, responseUrlOutlet } from "./outlet.ts";
import { parseContent } from "./payloads.ts";
import { type Replied, reply } from "./reply.ts";

export const EXPLAIN_SHORTCUT = "explain_bounce";

const MAX_MESSAGES = 4;

const shortcut = z.object({
  user: z.object({ id: z.string() }),
  team: z.object({ id: z.string() }).nullish(),
  channel: z.object({ id: z.string() }),
  response_url: z.string(),
  message: z.unknown(),
});

/** Explains the message to the person who asked; works where the bot is no member. */
export async function handleExplain(context: Context, payload: unknown): Promise<Replied> {
  const parsed = shortcut.safeParse(payload);
  const message = parsed.success ? parseContent(parsed.data.message) : null;
  if (!parsed.success || !message) return "silent";
  const { user, team, channel, response_url } = parsed.data;
  const [content, locale] = await Promise.all([readContent(context, message), context.locales.of(user.id)]);
  return reply(context, {
    request: {
      command: "bounce",
      text: content.text,
      files: content.files,
      place: {
        platform: "slack",
        tenant: team?.id ?? context.identity.teamId,
        conversation: channel.id,
        private: true,
      },
      asker: { id: user.id, ...(locale === undefined ? {} : { locale }) },
    },
    notes: content.notes,
    outlet: responseUrlOutlet({ url: response_url, log: context.log, signal: context.signal }),
    shareable: !channel.id.startsWith("D"),
    maxMessages: MAX_MESSAGES,
  });
}

const reactionAdded = z.object({
  user: z.string(),
  reaction: z.string(),
  item: z.object({ type: z.literal("message"), channel: z.string(), ts: z.string() }),
});

/** Explains the message in its thread, once, however many people react. */
export async function handleReaction(context: Context, event: unknown, eventId: string): Promise<Replied> {
  const parsed = reactionAdded.safeParse(event);
  if (!parsed.success) return "silent";
  const { user, reaction, item } = parsed.data;
  const { teamId, botUserId } = context.identity;
  if (reaction.replace(/::.*$/, "") !== context.reaction || user === botUserId) return "silent";
  if (context.settings.mode(teamId, item.channel) === "off") return "silent";
  const delivery = context.deliveries.claim(`event:${eventId}`);
  const claim = delivery && context.deliveries.claim(`message:${item.channel}:${item.ts}`);
  if (!delivery || !claim) return "silent";
  const found = await findMessage(context, item.channel, item.ts);
  const replied = found ? await explainInThread(context, user, item, found) : "failed";
  if (replied !== "answered") claim.giveBack();
  if (replied === "failed") delivery.giveBack();
  return replied;
}

async function explainInThread(
  context: Context,
  user: string,
  { channel }: { channel: string },
  message: Found,
): Promise<Replied> {
  const [content, locale] = await Promise.all([readContent(context, message), context.locales.of(user)]);
  const { threadTs } = message;
  return reply(context, {
    request: {
      command: "bounce",
      text: content.text,
      files: content.files,
      place: {
        platform: "slack",
        tenant: context.identity.teamId,
        conversation: channel,
        thread: threadTs,
        private: channel.startsWith("D"),
      },
      asker: { id: user, ...(locale === undefined ? {} : { locale }) },
    },
    notes: content.notes,
    outlet: channelOutlet({ api: context.api, channel, threadTs, log: context.log, signal: context.signal }),
  });
}
