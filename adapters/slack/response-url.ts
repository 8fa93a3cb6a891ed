/** Answers by an interaction's `response_url`. */
import type { Logger } from "pino";
import { CALL_TIMEOUT_MS, patiently, RateLimited, SlackRefusal } from "./calls.ts";
import type { Message } from "./message.ts";
import { asWritten, checked, type Outlet } from "./outlet.ts";

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
    progress: (message) => send(message, replace ?? false),
    show: (message) => send(message, replace ?? false),
    add: (message) => send(message, false),
    // Slack does not tell what came by it.
    isAnswered: async () => null,
  };
}

/** Says something in one line to the person who did something, when there is no more to be had. */
export async function sayByResponseUrl(url: string, text: string): Promise<void> {
  await postToResponseUrl(
    url,
    JSON.stringify({ response_type: "ephemeral", replace_original: false, text, ...asWritten }),
  );
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
