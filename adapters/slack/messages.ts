/** Messages that the bot hears: mentions, direct messages, and what is said in channels it is in. */
import type { Context } from "./context.ts";
import { channelOutlet } from "./outlet.ts";
import { messageText, parseMessage, type SlackMessage } from "./payloads.ts";
import { type Replied, reply } from "./reply.ts";
import { tidyQuestion, withoutMention } from "./text-in.ts";

/** The kinds of messages that people write; joins, topics, bots and the like are none. */
const written = new Set([undefined, null, "file_share", "thread_broadcast", "me_message"]);

/**
 * Answers a message if it is for the bot, or if it is a bounce. A mention arrives twice, as `app_mention` and as
 * `message`: whichever comes first is answered.
 */
export async function handleMessage(context: Context, event: unknown, eventId: string): Promise<Replied> {
  const message = parseMessage(event);
  if (!message || !isFromPerson(context, message)) return "silent";
  const delivery = context.deliveries.claim(`event:${eventId}`);
  if (!delivery) return "silent";
  const answered = context.deliveries.claim(`message:${message.channel}:${message.ts}`);
  if (!answered) return "silent";
  const replied = await answer(context, message);
  if (replied !== "answered") answered.giveBack();
  if (replied === "failed") delivery.giveBack();
  return replied;
}

function isFromPerson({ identity }: Context, { subtype, bot_id, user }: SlackMessage): boolean {
  return written.has(subtype ?? undefined) && !bot_id && Boolean(user) && user !== identity.botUserId;
}

async function answer(context: Context, message: SlackMessage): Promise<Replied> {
  const { botUserId, teamId } = context.identity;
  const direct = message.channel_type === "im";
  const whole = messageText(message);
  const addressed = direct || message.type === "app_mention" || mentions(message, botUserId);
  const text = tidyQuestion(withoutMention(whole, botUserId));
  if (!addressed && !text) return "silent";
  const threadTs = direct ? (message.thread_ts ?? undefined) : (message.thread_ts ?? message.ts);
  const thread = threadTs === undefined ? {} : { thread: threadTs };
  return reply(context, {
    request: {
      command: "interpret",
      text,
      files: [],
      place: { platform: "slack", tenant: teamId, conversation: message.channel, ...thread, private: direct },
      asker: { id: message.user ?? "" },
      ...(addressed ? {} : { overheard: true }),
    },
    outlet: channelOutlet({
      api: context.api,
      channel: message.channel,
      ...(threadTs === undefined ? {} : { threadTs }),
      log: context.log,
      signal: context.signal,
    }),
  });
}

function mentions({ text }: SlackMessage, botUserId: string): boolean {
  return new RegExp(`<@${botUserId}(\\|[^>]*)?>`).test(text ?? "");
}
