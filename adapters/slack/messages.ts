/** Messages that the bot hears: mentions, direct messages, and what is said in channels it is in. */
import { answersIn } from "./channel-outlet.ts";
import { type MessageContent, readContent } from "./content.ts";
import type { Context } from "./context.ts";
import { findMessage, messageAt } from "./history.ts";
import { parseMessage, type SlackMessage } from "./payloads.ts";
import { requestOf } from "./question.ts";
import { type Replied, reply } from "./reply.ts";
import type { Identity } from "./workspaces.ts";

/** The kinds of messages that people write; joins, topics, bots and the like are none. */
const written = new Set([undefined, null, "file_share", "thread_broadcast", "me_message"]);

/**
 * By what a message that may be answered is known, and what another instance needs to go on with it, which is no text: that can be
 * read again. A mention arrives twice, as `app_mention` and as `message`, and is one. An edited question is answered anew; an
 * edited bounce that has been answered is not.
 * @returns `null` for a message that nobody wrote, or the bot itself
 */
export function keepMessage(event: unknown, identity: Identity): { name: string; kept: unknown } | null {
  const message = parseMessage(event);
  if (!message || !(isFromPerson(identity, message) || isMailPost(identity, message))) return null;
  const { type, channel, channel_type, ts, edited, user } = message;
  const addressed = isAddressed(identity, message);
  const version = addressed && edited ? `:${edited.ts}` : "";
  return {
    name: `${channel}:${ts}${version}`,
    kept: { type, channel, channel_type, ts, thread_ts: message.thread_ts, user, addressed },
  };
}

export async function handleMessage(context: Context, event: unknown): Promise<Replied> {
  const message = parseMessage(event);
  if (!message) return "silent";
  if (!context.turn.again) return answer(context, message);
  const found = await messageAt(context, message.channel, message.ts);
  const now = found && parseMessage({ ...found, type: message.type, ...placeOf(message) });
  return answer(context, now ?? message, { lost: !now });
}

const placeOf = ({ channel, channel_type }: SlackMessage) => ({ channel, channel_type });

function isFromPerson(identity: Identity, { subtype, bot_id, user }: SlackMessage): boolean {
  return written.has(subtype ?? undefined) && !bot_id && Boolean(user) && user !== identity.botUserId;
}

/** Mail that was sent to the channel's address: Slack's own bot posts it, but it comes from outside. */
function isMailPost(identity: Identity, { files, user, bot_id }: SlackMessage): boolean {
  const own = user === identity.botUserId || bot_id === identity.botId;
  return !own && (files ?? []).some(({ mode }) => mode === "email");
}

function isAddressed(identity: Identity, { type, channel_type, text, addressed }: SlackMessage): boolean {
  if (channel_type === "im" || type === "app_mention" || addressed) return true;
  return new RegExp(`<@${identity.botUserId}(\\|[^>]*)?>`).test(text ?? "");
}

async function answer(context: Context, message: SlackMessage, { lost = false } = {}): Promise<Replied> {
  const { tenant, identity } = context;
  const addressed = isAddressed(identity, message);
  const direct = message.channel_type === "im";
  const mode = direct ? "always" : await context.settings.mode(tenant, message.channel);
  const user = message.user ?? "";
  if (mode === "off") return addressed ? sayOff(context, message.channel, user) : "silent";
  if (mode === "mention" && !addressed) return "silent";
  const [own, locale] = await Promise.all([
    readContent(context, message),
    addressed ? context.locales.of(user) : undefined,
  ]);
  const meant = addressed && !lost && isEmpty(own) ? await contentAbove(context, message) : null;
  const content = meant ?? own;
  if (!addressed && !content.text && content.files.length === 0) return "silent";
  const thread = direct ? (message.thread_ts ?? undefined) : (message.thread_ts ?? message.ts);
  return reply(context, {
    request: requestOf(
      context,
      {
        command: meant ? "bounce" : "interpret",
        text: content.text,
        files: content.files,
        channel: message.channel,
        thread,
        private: direct,
        user,
        overheard: !addressed,
      },
      locale,
    ),
    notes: content.notes,
    outlet: answersIn(context, { channel: message.channel, threadTs: thread }),
    lost,
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
async function sayOff({ api, turn }: Context, channel: string, user: string): Promise<Replied> {
  const text =
    "Postie is switched off in this channel. Slash commands work, and /mailhelp settings changes it.";
  if (await turn.begin()) await api.call("chat.postEphemeral", { channel, user, text });
  return "answered";
}
