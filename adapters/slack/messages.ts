/** Messages that the bot hears: mentions, direct messages, and what is said in channels it is in. */
import { type MessageContent, readContent } from "./content.ts";
import type { Context } from "./context.ts";
import { findMessage } from "./history.ts";
import { channelOutlet } from "./outlet.ts";
import { parseMessage, type SlackMessage } from "./payloads.ts";
import { type Replied, reply } from "./reply.ts";

/** The kinds of messages that people write; joins, topics, bots and the like are none. */
const written = new Set([undefined, null, "file_share", "thread_broadcast", "me_message"]);

/**
 * Answers a message if it is for the bot, or if it is a bounce. A mention arrives twice, as `app_mention` and as
 * `message`: whichever comes first is answered. An edited question is answered anew; an edited bounce that has been
 * answered is not.
 */
export async function handleMessage(context: Context, event: unknown, eventId: string): Promise<Replied> {
  const message = parseMessage(event);
  if (!message || !(isFromPerson(context, message) || isMailPost(context, message))) return "silent";
  const delivery = context.deliveries.claim(`event:${eventId}`);
  if (!delivery) return "silent";
  const addressed = isAddressed(context, message);
  const version = addressed && message.edited ? `:${message.edited.ts}` : "";
  const claim = context.deliveries.claim(`message:${message.channel}:${message.ts}${version}`);
  if (!claim) return "silent";
  const replied = await answer(context, message, addressed);
  if (replied !== "answered") claim.giveBack();
  if (replied === "failed") delivery.giveBack();
  return replied;
}

function isFromPerson({ identity }: Context, { subtype, bot_id, user }: SlackMessage): boolean {
  return written.has(subtype ?? undefined) && !bot_id && Boolean(user) && user !== identity.botUserId;
}

/** Mail that was sent to the channel's address: Slack's own bot posts it, but it comes from outside. */
function isMailPost({ identity }: Context, { files, user, bot_id }: SlackMessage): boolean {
  const own = user === identity.botUserId || bot_id === identity.botId;
  return !own && (files ?? []).some(({ mode }) => mode === "email");
}

function isAddressed({ identity }: Context, { type, channel_type, text }: SlackMessage): boolean {
  if (channel_type === "im" || type === "app_mention") return true;
  return new RegExp(`<@${identity.botUserId}(\\|[^>]*)?>`).test(text ?? "");
}

async function answer(context: Context, message: SlackMessage, addressed: boolean): Promise<Replied> {
  const { teamId } = context.identity;
  const direct = message.channel_type === "im";
  const mode = direct ? "always" : context.settings.mode(teamId, message.channel);
  const user = message.user ?? "";
  if (mode === "off") return addressed ? sayOff(context, message.channel, user) : "silent";
  if (mode === "mention" && !addressed) return "silent";
  const [own, locale] = await Promise.all([
    readContent(context, message),
    addressed ? context.locales.of(user) : undefined,
  ]);
  const meant = addressed && isEmpty(own) ? await contentAbove(context, message) : null;
  const content = meant ?? own;
  if (!addressed && !content.text && content.files.length === 0) return "silent";
  const threadTs = direct ? (message.thread_ts ?? undefined) : (message.thread_ts ?? message.ts);
  const thread = threadTs === undefined ? {} : { thread: threadTs };
  return reply(context, {
    request: {
      command: meant ? "bounce" : "interpret",
      text: content.text,
      files: content.files,
      place: { platform: "slack", tenant: teamId, conversation: message.channel, ...thread, private: direct },
      asker: { id: user, ...(locale === undefined ? {} : { locale }) },
      ...(addressed ? {} : { overheard: true }),
    },
    notes: content.notes,
    outlet: channelOutlet({
      api: context.api,
      channel: message.channel,
      ...(threadTs === undefined ? {} : { threadTs }),
      log: context.log,
      signal: context.signal,
    }),
  });
}

function isEmpty({ text, files, notes }: MessageContent): boolean {
  return !text && files.length === 0 && notes.length === 0;
}

/** Who only mentions the bot in a thread means what the thread is about. */
async function contentAbove(
  context: Context,
  { channel, ts, thread_ts }: SlackMessage,
): Promise<MessageContent | null> {
  if (!thread_ts || thread_ts === ts) return null;
  const found = await findMessage(context, channel, thread_ts);
  const content = found && (await readContent(context, found));
  return content && !isEmpty(content) ? content : null;
}

/** Who mentions a bot that is switched off should not wait in vain; nobody else sees it. */
async function sayOff({ api }: Context, channel: string, user: string): Promise<Replied> {
  const text =
    "Postie is switched off in this channel. Slash commands work, and /mailhelp settings changes it.";
  await api.call("chat.postEphemeral", { channel, user, text });
  return "answered";
}
