/** Messages of the bot in a channel, a thread or a direct message. */
import type { Logger } from "pino";
import { MaybePosted, patiently, wait } from "./calls.ts";
import type { Context } from "./context.ts";
import { isMarkedThere, type Mark, markedAt } from "./history.ts";
import type { Message } from "./message.ts";
import { asWritten, checked, isRefusal, type Outlet } from "./outlet.ts";
import type { WebApi } from "./web-api.ts";

export interface ChannelOutlet {
  readonly api: WebApi;
  readonly channel: string;
  readonly threadTs?: string;
  /** A message of ours that the first one shown replaces. */
  readonly replaceTs?: string;
  /** What the answer's first message carries unseen. */
  readonly mark: Mark;
  /** Nothing that was posted before this time carries the mark. */
  readonly since: string;
  /** Told of the progress message that the answer will replace. */
  readonly onProgress?: (ts: string) => void;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/** Slack takes about one message a second in a channel. */
const PAUSE_MS = 1_000;
const TRIES = 3;

export function channelOutlet(options: ChannelOutlet): Outlet {
  const { api, channel, threadTs, mark, since, onProgress, log, signal } = options;
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
  let shownTs = options.replaceTs;
  const progressMark: Mark = { event_type: "postie_progress", event_payload: mark.event_payload };
  let isProgressLost = false;

  async function postOnce(message: Message, metadata?: Mark): Promise<string | undefined> {
    const args = { channel, ...thread, ...checked(message), ...asWritten, ...(metadata && { metadata }) };
    const sent = await patiently(() => api.call("chat.postMessage", args), log, signal);
    return typeof sent.ts === "string" ? sent.ts : undefined;
  }

  /** Where no answer of Slack's came, the message is looked for before it is posted again. */
  async function post(message: Message, metadata?: Mark): Promise<string | undefined> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await postOnce(message, metadata);
      } catch (error) {
        if (!(error instanceof MaybePosted) || metadata === undefined || tries === TRIES) throw error;
        await wait(PAUSE_MS, signal);
        const isThere = await isAnswered();
        if (isThere) return undefined;
        if (isThere === null) throw error;
      }
    }
  }

  const isAnswered = () => isMarkedThere(api, { channel, threadTs, shownTs, since, mark }, log);

  async function replace(ts: string, message: Message, metadata?: Mark): Promise<boolean> {
    try {
      const args = {
        channel,
        ts,
        ...checked(message),
        parse: "none",
        link_names: false,
        ...(metadata && { metadata }),
      };
      await patiently(() => api.call("chat.update", args), log, signal);
      return true;
    } catch (error) {
      if (isRefusal(error, /message_not_found|cant_update_message|edit_window_closed/)) return false;
      throw error;
    }
  }

  /** A message that somebody deleted, or that is not ours to edit, is left and a new one posted. */
  async function replaceOrPost(message: Message, metadata: Mark): Promise<void> {
    if (shownTs === undefined || !(await replace(shownTs, message, metadata)))
      shownTs = await post(message, metadata);
  }

  /** Nobody tries this again: the answer matters. */
  async function postProgress(message: Message): Promise<string | undefined> {
    try {
      return await postOnce(message, progressMark);
    } catch (error) {
      isProgressLost = error instanceof MaybePosted;
      throw error;
    }
  }

  return {
    replaces: true,
    async progress(message) {
      if (shownTs !== undefined && (await replace(shownTs, message))) return;
      shownTs = undefined;
      shownTs = await postProgress(message);
      if (shownTs !== undefined) onProgress?.(shownTs);
    },
    async show(message) {
      // By now it has arrived, if it ever does.
      if (isProgressLost)
        shownTs ??= await markedAt(api, { channel, threadTs, since, mark: progressMark }, log);
      isProgressLost = false;
      await replaceOrPost(message, mark);
    },
    async add(message) {
      await wait(PAUSE_MS, signal);
      await post(message);
    },
    isAnswered,
  };
}

export interface Where {
  readonly channel: string;
  readonly threadTs?: string | undefined;
  /** A message of ours that the answer replaces. */
  readonly replaceTs?: string | undefined;
}

/** Where the answer to a delivery goes; in place of what another instance showed, if that died. */
export function answersIn(
  { api, turn, log, signal }: Context,
  { channel, threadTs, replaceTs }: Where,
): Outlet {
  const shown = turn.again?.shown ?? replaceTs;
  return channelOutlet({
    api,
    channel,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(shown === undefined ? {} : { replaceTs: shown }),
    mark: { event_type: "postie_answer", event_payload: { delivery: turn.mark } },
    since: turn.since,
    onProgress: turn.shows,
    log,
    signal,
  });
}
