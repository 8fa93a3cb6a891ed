/**
 * The Web API methods that Postie calls, with one way of failing: {@link RateLimited}, {@link SlackRefusal}, {@link MaybePosted}, or the
 * network's error.
 */
import type { webApi as slackWebApi } from "@slack/bolt";
import { z } from "zod";
import { CALL_TIMEOUT_MS, MaybePosted, wait as pause, RateLimited, SlackRefusal } from "./calls.ts";
import type { Tokens } from "./tokens.ts";

export interface WebApi {
  /**
   * @returns Slack's answer, which says `ok: true`
   * @throws {RateLimited} also without asking Slack, while it wants no such call
   * @throws {SlackRefusal}
   * @throws {MaybePosted} only where calling again would perhaps say something twice
   */
  call(method: string, args: Record<string, unknown>): Promise<Record<string, unknown>>;
}

/** What the Web API's client is made with: rate limits are handled by us, per call, and not for all calls at once. */
export function clientOptions(apiUrl: string | undefined) {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    timeout: CALL_TIMEOUT_MS,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 2, minTimeout: 300, maxTimeout: 2_000 },
    allowAbsoluteUrls: false,
  };
}

const refusal = z.object({ data: z.object({ error: z.string() }) });
const limited = z.object({ retryAfter: z.number() });

/** What Slack refused with, or `null` for an error that is not Slack's answer. */
export function slackRefusal(method: string, error: unknown): SlackRefusal | null {
  const refused = refusal.safeParse(error);
  return refused.success ? new SlackRefusal(method, refused.data.data.error) : null;
}

/** Slack's words for that it is at fault itself: they tell nothing of what was asked. */
const AT_FAULT = /^(internal_error|fatal_error|service_unavailable|request_timeout|ratelimited)$/;

/** Whether Slack refused a call only since it could not answer. */
export function couldNotTell({ code }: SlackRefusal): boolean {
  return AT_FAULT.test(code);
}

/** What says something anew each time that it is called. */
const POSTS = /^chat\.post/;
/** How often a call is made to which no answer comes, and the pause after the first time, which doubles. */
const TRIES = 3;
const FIRST_PAUSE_MS = 300;

const unanswered = z.object({ code: z.enum(["slack_webapi_request_error", "slack_webapi_http_error"]) });
/** No connection came about. */
const unsent = z.object({
  cause: z.object({ cause: z.object({ code: z.enum(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]) }) }),
});

/** Slack's words for a token that is no good, be it that another has taken its place. */
const BAD_TOKEN = /^(invalid_auth|not_authed|token_expired|token_revoked|account_inactive)$/;

/**
 * The Web API with the tokens of one workspace.
 * @param client one for all workspaces, without a token of its own; it calls once only
 */
export function webApi(client: slackWebApi.WebClient, tokens: Tokens): WebApi {
  // Slack limits messages per channel and everything else per method.
  const notBefore = new Map<string, number>();

  function wait(key: string): number {
    const ms = (notBefore.get(key) ?? 0) - Date.now();
    if (ms <= 0) notBefore.delete(key);
    return Math.max(0, ms);
  }

  async function send(method: string, args: Record<string, unknown>, key: string, token: string) {
    try {
      return { ...(await client.apiCall(method, { ...args, token })) };
    } catch (error) {
      const later = limited.safeParse(error);
      if (later.success) {
        const retryAfterMs = later.data.retryAfter * 1_000;
        notBefore.set(key, Date.now() + retryAfterMs);
        throw new RateLimited(retryAfterMs);
      }
      throw slackRefusal(method, error) ?? error;
    }
  }

  async function sendAgain(method: string, args: Record<string, unknown>, key: string, token: string) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await send(method, args, key, token);
      } catch (error) {
        if (!unanswered.safeParse(error).success) throw error;
        if (POSTS.test(method) && !unsent.safeParse(error).success) throw new MaybePosted(method, error);
        if (tries === TRIES) throw error;
      }
      await pause(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2));
    }
  }

  return {
    async call(method, args) {
      const key = method.startsWith("chat.") ? `${method} ${String(args.channel)}` : method;
      const ms = wait(key);
      if (ms > 0) throw new RateLimited(ms);
      const token = await tokens.current();
      try {
        return await sendAgain(method, args, key, token);
      } catch (error) {
        const isBad = error instanceof SlackRefusal && BAD_TOKEN.test(error.code);
        if (!isBad || !(await tokens.replaced(token))) throw error;
        return await sendAgain(method, args, key, await tokens.current());
      }
    },
  };
}
