/** Puts the Slack adapter together: who we are, how Slack reaches us, and what is done with what arrives. */
import type { Receiver } from "@slack/bolt";
import type { Express } from "express";
import type { Logger } from "pino";
import { z } from "zod";
import type { Bot } from "../../src/bot/bot.ts";
import { ConfigError } from "../../src/config-error.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { handleAction } from "./actions.ts";
import { ASK_VIEW, openAskView } from "./ask-view.ts";
import { boltLog } from "./bolt-log.ts";
import { patiently, SlackRefusal, wait } from "./calls.ts";
import { handleCommand } from "./commands.ts";
import type { Context, Identity } from "./context.ts";
import { createDeliveries } from "./deliveries.ts";
import { createFileFetcher } from "./files.ts";
import { handleHomeOpened } from "./home.ts";
import { createKeptAnswers } from "./kept-answers.ts";
import { createLocales } from "./locales.ts";
import { handleMessage } from "./messages.ts";
import { EXPLAIN_SHORTCUT, handleExplain, handleReaction } from "./pointed-at.ts";
import { allReceivers, keptOpen, mounted } from "./receivers.ts";
import { createRecent } from "./recent.ts";
import { createSettings } from "./settings.ts";
import { handleSubmission } from "./submissions.ts";
import { clientOptions, slackRefusal, type WebApi, webApi } from "./web-api.ts";

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
  /** Where settings and claims are kept; in memory when there is none. */
  readonly store?: Store | undefined;
  /** The name of the reaction that asks to explain a message, without colons. */
  readonly reaction?: string | undefined;
}

export interface SlackAdapter {
  /** Takes nothing new, and resolves when what is under way is answered or has had its time. */
  stop(): Promise<void>;
}

/** 📨 */
export const DEFAULT_REACTION = "incoming_envelope";
/** The global shortcut that opens the window. */
export const ASK_SHORTCUT = "ask_postie";

const PATH = "/slack/events";
const CONNECTIONS = 2;
/** The largest request that is read: far more than a message of Slack's 40,000 characters takes. */
const BODY_LIMIT = 1024 * 1024;
const DRAIN_MS = 7_000;

/** Bolt takes most of a second to load: only who starts Slack waits for it. */
const loadBolt = () => import("@slack/bolt");

/**
 * Starts the bot in Slack.
 * @throws {ConfigError} when Slack refuses a token
 * @throws {Error} when Slack cannot be reached
 */
export async function startSlack(options: SlackOptions): Promise<SlackAdapter> {
  const bolt = await loadBolt();
  const log = options.log.child({ adapter: "slack" });
  const logger = boltLog(log);
  const client = new bolt.webApi.WebClient(options.botToken, { ...clientOptions(options.apiUrl), logger });
  const ending = new AbortController();
  const context = await createContext(options, webApi(client), log, ending.signal);

  const receiver = allReceivers(makeReceivers(options, bolt, log));
  const app = new bolt.App({
    receiver,
    logger,
    convoStore: false,
    clientOptions: clientOptions(options.apiUrl),
    authorize: async () => ({ ...context.identity, botToken: options.botToken }),
  });
  const work = createWork(log);
  listen(app, context, work.run);
  await receiver.start().catch(async (error: unknown) => {
    await receiver.stop();
    const refusal = slackRefusal("apps.connections.open", error);
    if (!refusal) throw error;
    throw new ConfigError("SLACK_APP_TOKEN", `is refused by Slack (${refusal.code})`, "xapp-…");
  });
  const { signingSecret, appToken } = options;
  log.info(
    { team: context.identity.teamId, http: Boolean(signingSecret), socketMode: Boolean(appToken) },
    "Slack is ready",
  );

  return {
    async stop() {
      await receiver.stop();
      await work.drained(DRAIN_MS);
      ending.abort(new Error("Postie is stopping"));
    },
  };
}

async function createContext(
  options: SlackOptions,
  api: WebApi,
  log: Logger,
  signal: AbortSignal,
): Promise<Context> {
  const store = options.store ?? (await openStore());
  return {
    bot: options.bot,
    api,
    log,
    identity: await whoAmI(api, log),
    deliveries: createDeliveries(store),
    settings: createSettings(store),
    files: createFileFetcher({ api, botToken: options.botToken, apiUrl: options.apiUrl, log }),
    locales: createLocales(api),
    kept: createKeptAnswers(),
    recent: createRecent(),
    reaction: options.reaction ?? DEFAULT_REACTION,
    signal,
    folds: true,
  };
}

async function whoAmI(api: WebApi, log: Logger): Promise<Identity> {
  const { team_id, user_id, bot_id } = await patiently(() => api.call("auth.test", {}), log).catch(
    (error: unknown) => {
      if (!(error instanceof SlackRefusal)) throw error;
      throw new ConfigError("SLACK_BOT_TOKEN", `is refused by Slack (${error.code})`, "xoxb-…");
    },
  );
  if (typeof team_id !== "string" || typeof user_id !== "string" || typeof bot_id !== "string") {
    throw new ConfigError("SLACK_BOT_TOKEN", "is not the token of a bot", "xoxb-…");
  }
  return { teamId: team_id, botUserId: user_id, botId: bot_id };
}

type Bolt = Awaited<ReturnType<typeof loadBolt>>;

function makeReceivers(
  { signingSecret, appToken, apiUrl, app }: SlackOptions,
  bolt: Bolt,
  log: Logger,
): Receiver[] {
  const logger = boltLog(log);
  const receivers: Receiver[] = [];
  if (signingSecret !== undefined && app) {
    const http = new bolt.ExpressReceiver({
      signingSecret,
      app,
      endpoints: PATH,
      logger,
      bodyLimit: BODY_LIMIT,
    });
    receivers.push(mounted(http));
  }
  for (let index = 0; appToken !== undefined && index < CONNECTIONS; index += 1) {
    const client = { ...clientOptions(apiUrl), rejectRateLimitedCalls: false, retryConfig: { retries: 0 } };
    const socket = new bolt.SocketModeReceiver({
      appToken,
      logger,
      autoReconnectEnabled: false,
      installerOptions: { clientOptions: client },
    });
    receivers.push(keptOpen(socket, log));
  }
  return receivers;
}

/** Every delivery is acknowledged before anything is done about it: Slack waits 3 s only. */
function listen(
  app: InstanceType<Bolt["App"]>,
  context: Context,
  run: (work: Promise<unknown>) => void,
): void {
  app.event(/^(message|app_mention)$/, async ({ event, body }) =>
    run(handleMessage(context, event, body.event_id)),
  );
  app.event("reaction_added", async ({ event, body }) => run(handleReaction(context, event, body.event_id)));
  app.event("app_home_opened", async ({ event }) => run(handleHomeOpened(context, event)));
  app.command(/./, async ({ ack, payload }) => {
    await ack();
    run(handleCommand(context, payload));
  });
  app.action(/./, async ({ ack, body }) => {
    await ack();
    run(handleAction(context, body));
  });
  app.shortcut(EXPLAIN_SHORTCUT, async ({ ack, body }) => {
    await ack();
    run(handleExplain(context, body));
  });
  app.shortcut(ASK_SHORTCUT, async ({ ack, body }) => {
    await ack();
    run(openAskView(context.api, triggerId(body), null));
  });
  app.view(ASK_VIEW, async ({ ack, body }) => {
    await ack();
    run(handleSubmission(context, body));
  });
}

function triggerId(body: unknown): string {
  const parsed = z.object({ trigger_id: z.string() }).safeParse(body);
  return parsed.success ? parsed.data.trigger_id : "";
}

/** What acknowledged deliveries asked for and is not done yet; faults end in the log. */
function createWork(log: Logger) {
  const underWay = new Set<Promise<unknown>>();
  return {
    run(work: Promise<unknown>): void {
      const settled = work
        .catch((error: unknown) => {
          log.error(
            { error: error instanceof Error ? error.message : "" },
            "a delivery could not be handled",
          );
        })
        .finally(() => underWay.delete(settled));
      underWay.add(settled);
    },
    /** Resolves when all is done, or when that takes too long. */
    async drained(ms: number): Promise<void> {
      const done = new AbortController();
      await Promise.race([Promise.allSettled(underWay), wait(ms, done.signal).catch(() => {})]);
      done.abort();
    },
  };
}
