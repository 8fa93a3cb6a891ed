/** Reads a message that was said before. */
import { z } from "zod";
import type { Context } from "./context.ts";
import { parseContent, type SlackContent } from "./payloads.ts";

export interface Found extends SlackContent {
  /** The thread that it stands in or begins. */
  threadTs: string;
}

const history = z.object({
  messages: z.array(
    z.looseObject({ ts: z.string(), thread_ts: z.string().nullish(), user: z.string().nullish() }),
  ),
});

/**
 * One message by its time, for who points at it. A reply in a thread is not in the channel's history.
 * @returns `null` when it is gone, is the bot's own, or Slack does not hand it out
 */
export async function findMessage(context: Context, channel: string, ts: string): Promise<Found | null> {
  try {
    return await readHistory(context, channel, ts);
  } catch (error) {
    context.log.warn({ error: error instanceof Error ? error.message : "" }, "a message could not be read");
    return null;
  }
}

async function readHistory({ api, identity }: Context, channel: string, ts: string): Promise<Found | null> {
  const one = { channel, latest: ts, oldest: ts, inclusive: true, limit: 1 };
  for (const [method, args] of [
    ["conversations.history", one],
    ["conversations.replies", { ...one, ts }],
  ] as const) {
    const parsed = history.safeParse(await api.call(method, args));
    const found = parsed.data?.messages.find((message) => message.ts === ts);
    const content = found ? parseContent(found) : null;
    if (found && content) {
      return found.user === identity.botUserId ? null : { ...content, threadTs: found.thread_ts ?? ts };
    }
  }
  return null;
}
