/** Reads what was said before. */
import type { Logger } from "pino";
import { z } from "zod";
import { patiently } from "./calls.ts";
import type { Context } from "./context.ts";
import { describeFault } from "./faults.ts";
import { isRefusal } from "./outlet.ts";
import { parseContent, type SlackContent } from "./payloads.ts";
import type { WebApi } from "./web-api.ts";

export interface Found extends SlackContent {
  /** The thread that it stands in or begins. */
  threadTs: string;
}

const history = z.object({
  messages: z.array(
    z.looseObject({ ts: z.string(), thread_ts: z.string().nullish(), user: z.string().nullish() }),
  ),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});
type Said = z.infer<typeof history>["messages"][number];

/**
 * One message by its time, for who points at it. A reply in a thread is not in the channel's history.
 * @returns `null` when it is gone, is the bot's own, or Slack does not hand it out
 */
export async function findMessage(context: Context, channel: string, ts: string): Promise<Found | null> {
  const found = await messageAt(context, channel, ts);
  const content = found && parseContent(found);
  if (!found || !content || found.user === context.identity.botUserId) return null;
  return { ...content, threadTs: found.thread_ts ?? ts };
}

/** One message by its time, whoever wrote it, as Slack tells it. */
export async function messageAt(
  { api, log, signal }: Context,
  channel: string,
  ts: string,
): Promise<Said | null> {
  try {
    return await patiently(() => readMessage(api, channel, ts), log, signal);
  } catch (error) {
    log.warn(describeFault(error), "a message could not be read");
    return null;
  }
}

async function readMessage(
  api: WebApi,
  channel: string,
  ts: string,
  more: Record<string, unknown> = {},
): Promise<Said | null> {
  const one = { channel, latest: ts, oldest: ts, inclusive: true, limit: 1, ...more };
  for (const [method, args] of [
    ["conversations.history", one],
    ["conversations.replies", { ...one, ts }],
  ] as const) {
    const found = await api.call(method, args).then(
      (said) => history.parse(said).messages.find((message) => message.ts === ts),
      (error: unknown) => {
        if (isRefusal(error, /^(thread_not_found|message_not_found)$/)) return undefined;
        throw error;
      },
    );
    if (found) return found;
  }
  return null;
}

/** What a message carries unseen: Slack's message metadata. */
export interface Mark {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, string>>;
}

export interface MarkedPlace {
  readonly channel: string;
  readonly threadTs: string | undefined;
  /** The message that was to carry the mark, where one was there before. */
  readonly shownTs: string | undefined;
  /** Nothing that was posted before this time carries it. */
  readonly since: string;
  readonly mark: Mark;
}

/** More than that many messages after the question nobody looks through. */
const PAGES = 5;
const PAGE = 200;

/**
 * Whether a message that carries the mark is in a conversation.
 * @returns `null` when Slack does not tell, such as where Postie may not read
 */
export async function isMarkedThere(
  api: WebApi,
  { channel, threadTs, shownTs, since, mark }: MarkedPlace,
  log: Logger,
): Promise<boolean | null> {
  const all = { include_all_metadata: true };
  try {
    const shown =
      shownTs === undefined ? null : await patiently(() => readMessage(api, channel, shownTs, all), log);
    if (shown && carries(shown, mark)) return true;
    const method = threadTs === undefined ? "conversations.history" : "conversations.replies";
    const args = { channel, oldest: since, limit: PAGE, ...all, ...(threadTs && { ts: threadTs }) };
    let cursor: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const said = await patiently(() => api.call(method, cursor ? { ...args, cursor } : args), log);
      const { messages, response_metadata } = history.parse(said);
      if (messages.some((message) => carries(message, mark))) return true;
      cursor = response_metadata?.next_cursor ?? undefined;
      if (!cursor) return false;
    }
    return null;
  } catch (error) {
    log.warn(describeFault(error), "it could not be seen what was posted");
    return null;
  }
}

/**
 * The time of the message that carries the mark, of those said last. Slack is asked once, without waiting until it may be: an answer
 * is held up by it.
 * @returns `undefined` when it is not there, or Slack does not tell
 */
export async function markedAt(
  api: WebApi,
  { channel, threadTs, since, mark }: Omit<MarkedPlace, "shownTs">,
  log: Logger,
): Promise<string | undefined> {
  const args = { channel, oldest: since, limit: PAGE, include_all_metadata: true };
  try {
    const said = await (threadTs === undefined
      ? api.call("conversations.history", args)
      : api.call("conversations.replies", { ...args, ts: threadTs }));
    return history.parse(said).messages.find((message) => carries(message, mark))?.ts;
  } catch (error) {
    log.debug(describeFault(error), "it could not be seen what was posted");
    return undefined;
  }
}

const marked = z.object({
  metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }),
});

function carries(message: Said, { event_type, event_payload }: Mark): boolean {
  const parsed = marked.safeParse(message);
  if (!parsed.success || parsed.data.metadata.event_type !== event_type) return false;
  const there = parsed.data.metadata.event_payload;
  return Object.entries(event_payload).every(([key, value]) => there[key] === value);
}
