/** What the fake Slack hands out of what was said, with its rules: who may read, in which order, and what a thread hides. */
import type { ApiResult } from "./fake-slack-api.ts";
import type { FakeChannel, FakeMessage } from "./fake-slack-state.ts";

type Args = Record<string, unknown>;

/** The channel's messages, the newest first; replies in threads are not among them. */
export function channelHistory(channel: FakeChannel, args: Args): ApiResult {
  const said = channel.messages.filter(({ ts, threadTs }) => threadTs === undefined || threadTs === ts);
  return page(said.filter((message) => isWithin(message, args)).reverse(), args, 100);
}

/** A thread with the message that begins it, or one reply when its own time is given; the oldest first. */
export function threadReplies(channel: FakeChannel, args: Args): ApiResult {
  const inThread = channel.messages.filter(({ ts, threadTs }) => ts === args.ts || threadTs === args.ts);
  if (inThread.length === 0) return { status: 200, body: { ok: false, error: "thread_not_found" } };
  return page(
    inThread.filter((message) => message.ts === args.ts || isWithin(message, args)),
    args,
    1_000,
  );
}

function isWithin({ ts, onlyFor }: FakeMessage, { latest, oldest, inclusive }: Args): boolean {
  if (onlyFor) return false;
  const at = Number(ts);
  const isEnd = ts === latest || ts === oldest;
  if (isEnd) return String(inclusive) === "true";
  return (latest === undefined || at < Number(latest)) && (oldest === undefined || at > Number(oldest));
}

function page(messages: FakeMessage[], args: Args, most: number): ApiResult {
  const start = Number(args.cursor ?? 0);
  const end = start + Math.min(Number(args.limit ?? most), most);
  const withMetadata = String(args.include_all_metadata) === "true";
  return {
    status: 200,
    body: {
      ok: true,
      messages: messages.slice(start, end).map((message) => asSent(message, withMetadata)),
      has_more: end < messages.length,
      response_metadata: { next_cursor: end < messages.length ? String(end) : "" },
    },
  };
}

function asSent({ ts, threadTs, user, text, blocks, metadata, more }: FakeMessage, withMetadata: boolean) {
  return {
    type: "message",
    ts,
    user,
    text,
    blocks,
    ...more,
    ...(threadTs ? { thread_ts: threadTs } : {}),
    ...(withMetadata && metadata ? { metadata } : {}),
  };
}
