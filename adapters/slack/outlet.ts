/** Where an answer goes: the only place that sends messages, so that none goes unchecked. */
import type { Logger } from "pino";
import { CALL_TIMEOUT_MS, patiently, RateLimited, SlackRefusal, wait } from "./calls.ts";
import { escapeText } from "./fallback.ts";
import { LIMITS, type Message } from "./message.ts";
import { messageProblems } from "./validate.ts";
import type { WebApi } from "./web-api.ts";

/** One answer's place in Slack. The first message shown is the one that later ones replace, where that can be done. */
export interface Outlet {
  /** Whether a message that was shown can be replaced by the next. */
  readonly replaces: boolean;
  /** Shows the message in place of what this outlet has shown before. */
  show(message: Message): Promise<void>;
  /** Adds a message below. */
  add(message: Message): Promise<void>;
}

export interface ChannelOutlet {
  readonly api: WebApi;
  readonly channel: string;
  readonly threadTs?: string;
  /** A message of ours that the first one shown replaces. */
  readonly replaceTs?: string;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/** Slack takes about one message a second in a channel. */
const PAUSE_MS = 1_000;

// What people pasted must not unfold into previews, nor be read for mentions.
const asWritten = { unfurl_links: false, unfurl_media: false, link_names: false, parse: "none" };

/** Messages of the bot in a channel, a thread or a direct message. */
export function channelOutlet({ api, channel, threadTs, replaceTs, log, signal }: ChannelOutlet): Outlet {
  let shownTs = replaceTs;

  async function post(message: Message): Promise<string | undefined> {
    const target = { channel, ...(threadTs === undefined ? {} : { thread_ts: threadTs }) };
    const sent = await patiently(
      () => api.call("chat.postMessage", { ...target, ...checked(message), ...asWritten }),
      log,
      signal,
    );
    return typeof sent.ts === "string" ? sent.ts : undefined;
  }

  async function replace(ts: string, message: Message): Promise<boolean> {
    try {
      const args = { channel, ts, ...checked(message), parse: "none", link_names: false };
      await patiently(() => api.call("chat.update", args), log, signal);
      return true;
    } catch (error) {
      if (isRefusal(error, /message_not_found|cant_update_message|edit_window_closed/)) return false;
      throw error;
    }
  }

  return {
    replaces: true,
    async show(message) {
      // A message that somebody deleted, or that is not ours to edit, is left and a new one posted.
      if (shownTs === undefined || !(await replace(shownTs, message))) shownTs = await post(message);
    },
    async add(message) {
      await wait(PAUSE_MS, signal);
      await post(message);
    },
  };
}

/**
 * An outlet with another for where the bot may not speak.
 * @param otherwise what to use when Slack says that the bot is not in the channel
 */
export function withFallback(outlet: Outlet, otherwise: () => Outlet): Outlet {
  let current = outlet;
  return {
    get replaces() {
      return current.replaces;
    },
    async show(message) {
      try {
        await current.show(message);
      } catch (error) {
        if (
          current !== outlet ||
          !isRefusal(error, /not_in_channel|channel_not_found|is_archived|restricted_action/)
        )
          throw error;
        current = otherwise();
        await current.show(message);
      }
    },
    add: (message) => current.add(message),
  };
}

export interface ResponseUrlOutlet {
  readonly url: string;
  /** Everybody in the channel sees it; otherwise only the person who asked. */
  readonly inChannel?: boolean;
  /** The url belongs to a pressed button: the first message replaces the one that holds the button. */
  readonly replace?: boolean;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/** Slack takes five messages by one response_url, within 30 minutes. */
const RESPONSE_URL_USES = 5;

/**
 * Messages by an interaction's `response_url`, which works where the bot is no member. What was sent by the url of a
 * slash command cannot be replaced by it again (slackapi/bolt-js issue 2287).
 */
export function responseUrlOutlet({ url, inChannel, replace, log, signal }: ResponseUrlOutlet): Outlet {
  let uses = 0;

  async function send(message: Message, replaceOriginal: boolean) {
    uses += 1;
    if (uses > RESPONSE_URL_USES) throw new SlackRefusal("response_url", "used_up");
    const body = JSON.stringify({
      response_type: inChannel ? "in_channel" : "ephemeral",
      replace_original: replaceOriginal,
      ...checked(message),
      ...asWritten,
    });
    await patiently(() => postToResponseUrl(url, body), log, signal);
  }

  return {
    // Of the five messages enough are left for the longest answer.
    get replaces() {
      return (replace ?? false) && uses < 2;
    },
    show: (message) => send(message, replace ?? false),
    add: (message) => send(message, false),
  };
}

async function postToResponseUrl(url: string, body: string): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8" },
    body,
    redirect: "error",
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  if (response.status === 429) throw new RateLimited(retryAfterMs(response.headers.get("retry-after")));
  const said = (await response.text()).slice(0, 200).trim();
  if (!response.ok) throw new SlackRefusal("response_url", said || String(response.status));
}

function retryAfterMs(header: string | null): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 1_000;
}

/**
 * The message as it may be sent.
 * @throws {SlackRefusal} `invalid_blocks` as Slack would say, but with what is wrong
 */
function checked(message: Message): Message {
  const problems = messageProblems(message);
  if (problems.length > 0)
    throw new SlackRefusal("our own check", `invalid_blocks (${problems.slice(0, 5).join("; ")})`);
  return message;
}

function isRefusal(error: unknown, codes: RegExp): boolean {
  return error instanceof SlackRefusal && codes.test(error.code);
}

/** Whether Slack did not take the form of a message, so that a plainer one may do. */
export function refusedForm(error: unknown): boolean {
  return (
    error instanceof SlackRefusal &&
    /invalid_blocks|invalid_attachments|msg_blocks_too_long|only_one_table/.test(error.message)
  );
}

/** A message of text alone, for when its blocks were refused. */
export function textMessage(text: string): Message {
  return {
    text: escapeText(text, LIMITS.fallbackText),
    blocks: [
      { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] },
    ],
  };
}
