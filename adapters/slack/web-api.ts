/** The Web API methods that Postie calls, with one way of failing: {@link RateLimited}, {@link SlackRefusal}, or the network's error. */
import type { webApi as slackWebApi } from "@slack/bolt";
import { z } from "zod";
import { CALL_TIMEOUT_MS, RateLimited, SlackRefusal } from "./calls.ts";

export interface WebApi {
  /**
   * @returns Slack's answer, which says `ok: true`
   * @throws {RateLimited} also without asking Slack, while it wants no such call
   * @throws {SlackRefusal}
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

export function webApi(client: slackWebApi.WebClient): WebApi {
  // Slack limits messages per channel and everything else per method.
  const notBefore = new Map<string, number>();

  function wait(key: string): number {
    const ms = (notBefore.get(key) ?? 0) - Date.now();
    if (ms <= 0) notBefore.delete(key);
    return Math.max(0, ms);
  }

  return {
    async call(method, args) {
      const key = method.startsWith("chat.") ? `${method} ${String(args.channel)}` : method;
      const ms = wait(key);
      if (ms > 0) throw new RateLimited(ms);
      try {
        return { ...(await client.apiCall(method, args)) };
      } catch (error) {
        const later = limited.safeParse(error);
        if (later.success) {
          const retryAfterMs = later.data.retryAfter * 1_000;
          notBefore.set(key, Date.now() + retryAfterMs);
          throw new RateLimited(retryAfterMs);
        }
        throw slackRefusal(method, error) ?? error;
      }
    },
  };
}
