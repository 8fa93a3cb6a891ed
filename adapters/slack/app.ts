/** Puts the Slack adapter together: whom it serves, how Slack reaches it, and what is done with what arrives. */
import type { Receiver } from "@slack/bolt";
import type { Express } from "express";
import type { Logger } from "pino";
import type { Bot } from "../../src/bot/bot.ts";
import type { Watching } from "../../src/bot/watching.ts";
import { ConfigError } from "../../src/config-error.ts";
import type { Store } from "../../src/store/index.ts";
import { type Bolt, httpReceiver, loadBolt, socketReceiver } from "./bolt.ts";
import { boltLog } from "./bolt-log.ts";
import { SlackRefusal } from "./calls.ts";
import type { Shared } from "./context.ts";
import { describeFault } from "./faults.ts";
import { createTurns } from "./files.ts";
import { createGate, type Gate, type Taken } from "./gate.ts";
import { workOn } from "./handlers.ts";
import { createKeptAnswers } from "./kept-answers.ts";
import { createLocales } from "./locales.ts";
import type { SlackOAuth } from "./oauth.ts";
import { createPoster } from "./poster.ts";
import { readiness } from "./readiness.ts";
import { allReceivers, type Connection, keptOpen, mounted } from "./receivers.ts";
import { createRecent } from "./recent.ts";
import { createRefusals } from "./refusals.ts";
import { type ServeMany, type ServeOne, type Serving, serveMany, serveOne } from "./serving.ts";
import { createSettings } from "./settings.ts";
import { createTakeOver } from "./take-over.ts";
import { clientOptions } from "./web-api.ts";
import { createWork } from "./work.ts";

export interface SlackOptions {
  readonly bot: Bot;
  readonly log: Logger;
  /** The token of the one workspace; either this or `oauth`. */
  readonly botToken?: string | undefined;
  /** Set where workspaces install Postie by themselves; needs `signingSecret` and `app`. */
  readonly oauth?: SlackOAuth | undefined;
  /** Set for HTTP, together with `app`. */
  readonly signingSecret?: string | undefined;
  /** Set for Socket Mode. */
  readonly appToken?: string | undefined;
  /** Another Web API than Slack's, with a final slash. */
  readonly apiUrl?: string | undefined;
  /** The server's app: `POST /slack/events` is mounted on it, and with `oauth` the pages for installing. */
  readonly app?: Express;
  /** Where settings, installations and deliveries are, which all instances share. */
  readonly store: Store;
  /** Where watches are told that Slack can be posted in, and what of it has ended. */
  readonly watching?: Watching | undefined;
  /** The name of the reaction that asks to explain a message, without colons. */
  readonly reaction?: string | undefined;
}

export interface SlackAdapter {
  /** Takes nothing new, and resolves when what is under way is answered or has had its time. */
  stop(): Promise<void>;
  /** Goes on with what other instances left undone when they died; to be called after each sign of life of this one. */
  takeOver(): Promise<void>;
  /** Whether Slack can be reached, and reaches Postie as far as that can be told. */
  isReady(): Promise<boolean>;
}

/** 📨 */
export const DEFAULT_REACTION = "incoming_envelope";

const CONNECTIONS = 2;
const DRAIN_MS = 7_000;
/** What was ended lets go of the store. */
const SETTLE_MS = 500;

/**
 * Starts the bot in Slack; also when Slack cannot be reached, which is then tried again in the background.
 * @throws {ConfigError} when Slack refuses a token
 */
export async function startSlack(options: SlackOptions): Promise<SlackAdapter> {
  const { store, watching, reaction = DEFAULT_REACTION, apiUrl } = options;
  const bolt = await loadBolt();
  const log = options.log.child({ adapter: "slack" });
  const logger = boltLog(log);
  // Whether a call may be made again without saying something twice is for `web-api.ts` to know.
  const retryConfig = { retries: 0 };
  const client = new bolt.webApi.WebClient(undefined, { ...clientOptions(apiUrl), retryConfig, logger });
  const ending = new AbortController();
  const { signal } = ending;
  const shared: Shared = {
    bot: options.bot,
    settings: createSettings(store, signal),
    kept: createKeptAnswers({ store }),
    recent: createRecent(),
    reaction,
    blocks: { folds: true },
    watching,
    signal,
  };
  const forgetKept = (tenants: readonly string[]) => {
    for (const tenant of tenants) {
      shared.kept.forget(tenant);
      shared.recent.forget(tenant);
    }
  };
  const speaking = { client, apiUrl, inTurn: createTurns(), localesOf: createLocales(), log };
  let isAway = false;
  /** Several parts find that out at the same time. */
  function onAway(error: unknown): void {
    if (!isAway) log.warn(describeFault(error), "Slack cannot be reached yet: Postie goes on trying");
    isAway = true;
  }
  const serving = await serve(options, { speaking, onDropped: forgetKept, signal, onAway });
  const { workspaces, installations } = serving;

  const work = createWork(log);
  const { run } = work;
  const working = { shared, removing: { ...shared, store, installations, workspaces }, log };
  const refuse = createRefusals({ workspaces, run });
  const gate = createGate({ store, workspaces, reaction, refuse, run, log, signal });
  const { receivers, connections } = makeReceivers(options, bolt, serving, { log, onAway });
  const receiver = allReceivers(receivers, gate);
  const app = new bolt.App({
    receiver,
    logger,
    convoStore: false,
    // The gate knows the workspace, and passes on nothing of the bot's own.
    ignoreSelf: false,
    authorize: async () => ({}),
    clientOptions: clientOptions(apiUrl),
  });
  listen(app, gate, ({ arrival, ...taken }) => run(workOn({ ...taken, payload: arrival.payload }, working)));
  await receiver.start().catch(async (error: unknown) => {
    ending.abort(error);
    await receiver.stop();
    if (!(error instanceof SlackRefusal)) throw error;
    throw new ConfigError("SLACK_APP_TOKEN", `is refused by Slack (${error.code})`, "xapp-…");
  });
  watching?.addPoster(createPoster({ workspaces, blocks: shared.blocks, log, signal }));
  const { oauth, signingSecret, appToken } = options;
  const ways = { http: Boolean(signingSecret), socketMode: Boolean(appToken), oauth: Boolean(oauth) };
  log.info(ways, isAway ? "Slack is started" : "Slack is ready");

  const takeOver = createTakeOver({
    store,
    workspaces,
    work: (left) => workOn({ ...left, payload: left.note.kept }, working),
    run,
    log,
    signal,
  });
  const isReachable = readiness(client, connections);
  let stopping = false;
  return {
    async stop() {
      stopping = true;
      await receiver.stop();
      await work.drained(DRAIN_MS);
      ending.abort(new Error("Postie is stopping"));
      await work.drained(SETTLE_MS);
    },
    async takeOver() {
      // Other instances may know Slack already.
      if (stopping || !serving.isKnown()) return;
      await takeOver();
      await workspaces.refresh();
    },
    isReady: async () => serving.isKnown() && (await isReachable()),
  };
}

function serve(
  options: SlackOptions,
  { onDropped, onAway, ...rest }: Pick<ServeMany & ServeOne, "speaking" | "onDropped" | "signal" | "onAway">,
) {
  const { botToken, oauth, app, store } = options;
  if (oauth) {
    if (!app) throw new TypeError("workspaces install Postie by HTTP, and there is no server");
    return serveMany({ oauth, app, store, onDropped, ...rest });
  }
  if (botToken === undefined) throw new TypeError("neither a token nor OAuth is configured");
  return serveOne({ token: botToken, onAway, ...rest });
}

function makeReceivers(
  { signingSecret, appToken, apiUrl, app }: SlackOptions,
  bolt: Bolt,
  serving: Serving,
  { log, onAway }: { log: Logger; onAway: (error: unknown) => void },
): { receivers: Receiver[]; connections: Connection[] } {
  const receivers: Receiver[] = [];
  if (signingSecret !== undefined && app) {
    const http = httpReceiver(bolt, { signingSecret, app, oauth: serving.oauth, log });
    serving.renewWith(http);
    receivers.push(mounted(http));
  }
  const connections = Array.from({ length: appToken === undefined ? 0 : CONNECTIONS }, () =>
    keptOpen(socketReceiver(bolt, { appToken: appToken ?? "", apiUrl, log }), { log, onAway }),
  );
  return { receivers: [...receivers, ...connections], connections };
}

/** Every delivery is acknowledged before anything is done about it: Slack waits 3 s only. */
function listen(app: InstanceType<Bolt["App"]>, gate: Gate, work: (taken: Taken) => void): void {
  const start = (body: object) => {
    const taken = gate.take(body);
    if (taken) work(taken);
  };
  const acknowledged = async ({ ack, body }: { ack: () => Promise<void>; body: object }) => {
    await ack();
    start(body);
  };
  // Bolt acknowledges events by itself.
  app.event(/./, async ({ body }) => start(body));
  app.command(/./, acknowledged);
  app.action(/./, acknowledged);
  app.shortcut(/./, acknowledged);
  app.view(/./, acknowledged);
}
