/** Who the bot is in the one workspace of a configured token. Only Slack knows that, which may be away when Postie starts. */
import type { Logger } from "pino";
import { ConfigError } from "../../src/config-error.ts";
import { SlackRefusal, wait } from "./calls.ts";
import { describeFault } from "./faults.ts";
import { couldNotTell, type WebApi } from "./web-api.ts";
import type { Identity } from "./workspaces.ts";

export interface IdentityOptions {
  readonly api: WebApi;
  readonly log: Logger;
  /** Ends asking. */
  readonly signal: AbortSignal;
  /** Told when Slack cannot be reached at the start. */
  readonly onAway: (error: unknown) => void;
}

/** The start of everything else does not wait longer for Slack. */
const PATIENCE_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Asks Slack who the bot is; when it does not tell at once, again and again in the background.
 * @returns what is known by now; `null` until Slack has told
 * @throws {ConfigError} when Slack refuses the token at the start
 */
export async function learnIdentity(options: IdentityOptions): Promise<() => Identity | null> {
  const { api, log, signal, onAway } = options;
  let identity: Identity | null = null;

  async function ask(): Promise<void> {
    identity = await whoIs(api);
  }

  /** What Slack refuses it will hardly take soon: after that it is asked as seldom as can be. */
  async function untilTold(asked: Promise<void>): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    let isRefused = false;
    for (let asking = asked; ; asking = ask()) {
      try {
        await asking;
        log.info("Slack can be reached");
        return;
      } catch (error) {
        if (error instanceof ConfigError) {
          if (!isRefused)
            log.error({ reason: error.message }, "Slack can be reached, and Postie is not served");
          isRefused = true;
          pause = LONGEST_PAUSE_MS;
        } else log.debug(describeFault(error), "Slack cannot be reached yet");
      }
      await wait(pause * (0.75 + Math.random() / 2), signal);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }

  const first = ask();
  const inTime = new AbortController();
  const late = wait(PATIENCE_MS, inTime.signal).then(() => {
    throw new Error("Slack did not answer in time");
  });
  try {
    await Promise.race([first, late]);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    onAway(error);
    untilTold(first).catch((stopped: unknown) => {
      if (!signal.aborted) throw stopped;
    });
  } finally {
    late.catch(() => {});
    inTime.abort();
  }
  return () => identity;
}

async function whoIs(api: WebApi): Promise<Identity> {
  const { user_id, bot_id } = await api.call("auth.test", {}).catch((error: unknown) => {
    if (!(error instanceof SlackRefusal) || couldNotTell(error)) throw error;
    throw new ConfigError("SLACK_BOT_TOKEN", `is refused by Slack (${error.code})`, "xoxb-…");
  });
  if (typeof user_id !== "string" || typeof bot_id !== "string") {
    throw new ConfigError("SLACK_BOT_TOKEN", "is not the token of a bot", "xoxb-…");
  }
  return { botUserId: user_id, botId: bot_id };
}
