/** Puts the Slack adapter together: who we are, how Slack reaches us, and what is done with what arrives. */
import type { Receiver } from "@slack/bolt";
import type { Express } from "express";
import type { Logger } from "pino";
import type { Bot } from "../../src/bot/bot.ts";
import { handleAction } from "./actions.ts";
import { boltLog } from "./bolt-log.ts";
import { patiently, wait } from "./calls.ts";
import { handleCommand } from "./commands.ts";
import type { Context, Identity } from "./context.ts";
import { createDeliveries } from "./deliveries.ts";
import { createKeptAnswers } from "./kept-answers.ts";
import { handleMessage } from "./messages.ts";
import { allReceivers, keptOpen, mounted } from "./receivers.ts";
import { clientOptions, type WebApi, webApi } from "./web-api.ts";

export interface SlackOptions {
  readonly bot: Bot;
  readonly log: Logger;
  readonly botToken: string;
  /** Set for HTTP, together with `app`. */
  readonly signingSecret?: string | undefined;
  /** Set for Socket Mode. */
  readonly appToken?: string | undefined;
  /** Another Web API than Slack's, with a final slash. */
  readonly apiUrl?: string | undefined;
  /** The server's app: `POST /slack/events` is mounted on it. */
  readonly app?: Express;
}

export interface SlackAdapter {
  /** Takes nothing new, and resolves when what is under way is answered or has had its time. */
  stop(): Promise<void>;
}

const PATH = "/slack/events";
const CONNECTIONS = 2;
/** The largest request that is read: far more than a message of Slack's 40,000 characters takes. */
const BODY_LIMIT = 1024 * 1024;
const DRAIN_MS = 7_000;

/**
 * Starts the bot in Slack.
 * @throws {Error} when Slack does not accept the token, or cannot be reached
 */
export async function startSlack(options: SlackOptions): Promise<SlackAdapter> {
  const { App, ExpressReceiver, SocketModeReceiver, webApi: slackWebApi } = await import("@slack/bolt");
  const log = options.log.child({ adapter: "slack" });
  const logger = boltLog(log);
  const api = webApi(
    new slackWebApi.WebClient(options.botToken, { ...clientOptions(options.apiUrl), logger }),
  );
  const identity = await whoAmI(api, log);
  const ending = new AbortController();
  const context: Context = {
    bot: options.bot,
    api,
    log,
    identity,
    deliveries: createDeliveries(),
    kept: createKeptAnswers(),
    signal: ending.signal,
    folds: true,
  };

  const receivers: Receiver[] = [];
  if (options.signingSecret !== undefined && options.app) {
    const { signingSecret, app } = options;
    receivers.push(
      mounted(new ExpressReceiver({ signingSecret, app, endpoints: PATH, logger, bodyLimit: BODY_LIMIT })),
    );
  }
  if (options.appToken !== undefined) {
    for (let index = 0; index < CONNECTIONS; index += 1) {
      const socket = new SocketModeReceiver({
        appToken: options.appToken,
        logger,
        autoReconnectEnabled: false,
        installerOptions: {
          clientOptions: {
            ...clientOptions(options.apiUrl),
            rejectRateLimitedCalls: false,
            retryConfig: { retries: 0 },
          },
        },
      });
      receivers.push(keptOpen(socket, log));
    }
  }
  const receiver = allReceivers(receivers);

  const app = new App({
    receiver,
    logger,
    convoStore: false,
    clientOptions: clientOptions(options.apiUrl),
    authorize: async () => ({ ...identity, botToken: options.botToken }),
  });

  const underWay = new Set<Promise<unknown>>();
  /** Runs what an acknowledged delivery asks for; faults end in the log. */
  function run(work: Promise<unknown>): void {
    const settled = work
      .catch((error: unknown) =>
        log.error({ error: error instanceof Error ? error.message : "" }, "a delivery failed"),
      )
      .finally(() => underWay.delete(settled));
    underWay.add(settled);
  }

  app.event(/^(message|app_mention)$/, async ({ event, body }) =>
    run(handleMessage(context, event, body.event_id)),
  );
  app.command(/./, async ({ ack, payload }) => {
    await ack();
    run(handleCommand(context, payload));
  });
  app.action(/./, async ({ ack, body }) => {
    await ack();
    run(handleAction(context, body));
  });
  await receiver.start();
  log.info(
    { team: identity.teamId, http: Boolean(options.signingSecret), socketMode: Boolean(options.appToken) },
    "Slack is ready",
  );

  return {
    async stop() {
      await receiver.stop();
      const drained = new AbortController();
      await Promise.race([Promise.allSettled(underWay), wait(DRAIN_MS, drained.signal).catch(() => {})]);
      drained.abort(new Error("drained"));
      ending.abort(new Error("Postie is stopping"));
    },
  };
}

async function whoAmI(api: WebApi, log: Logger): Promise<Identity> {
  const { team_id, user_id, bot_id } = await patiently(() => api.call("auth.test", {}), log);
  if (typeof team_id !== "string" || typeof user_id !== "string" || typeof bot_id !== "string") {
    throw new Error("SLACK_BOT_TOKEN is not the token of a bot: Slack names no bot for it");
  }
  return { teamId: team_id, botUserId: user_id, botId: bot_id };
}
