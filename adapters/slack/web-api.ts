/** The Web API methods that Postie calls, with one way of failing: {@link RateLimited}, {@link SlackRefusal}, or the network's error. */
import type { webApi as slackWebApi } from "@slack/bolt";
import { z } from "zod";
import { CALL_TIMEOUT_MS, RateLimited, SlackRefusal } from "./calls.ts";

export interface WebApi {
  /** @returns Slack's answer, which says `ok: true` */
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

export function webApi(client: slackWebApi.WebClient): WebApi {
  return {
    async call(method, args) {
      try {
        return { ...(await client.apiCall(method, args)) };
      } catch (error) {
        const wait = limited.safeParse(error);
        if (wait.success) throw new RateLimited(wait.data.retryAfter * 1_000);
        const refused = refusal.safeParse(error);
        if (refused.success) throw new SlackRefusal(method, refused.data.data.error);
        throw error;
      }
    },
  };
}
