/**
 * The one place that puts parts together: configuration → services → bot → adapters.
 *
 * `main.ts serve` starts the chat platforms that the environment configures, or the terminal chat when there are none; with
 * anything else (or nothing) it is the terminal command. What a start does not use is never loaded.
 */
import { enableCompileCache } from "node:module";
import type { Logger } from "pino";
import type { BotLog } from "./bot/bot.ts";
import type { Config } from "./config.ts";
import type { MailConfig } from "./mail-config.ts";
import type { Store } from "./store/index.ts";

// Most of a short command's time would otherwise go into compiling its modules anew.
enableCompileCache();

const { createBot } = await import("./bot/bot.ts");
const { commands } = await import("./bot/commands/index.ts");
const { describeFault } = await import("./bot/describe-fault.ts");
const { UsageError } = await import("./bot/errors.ts");
const { ConfigError } = await import("./config-error.ts");
const { readMailConfig } = await import("./mail-config.ts");
const { createServices } = await import("./services.ts");

/** How long a balancer is given to see that this instance stops, in milliseconds; nobody waits for it where there is none. */
const TURN_AWAY_MS = 1_500;
/** How long a stop then waits for answers under way, in milliseconds: with all else less than the ten seconds of `docker stop`. */
const DRAIN_MS = 7_000;
/** When a stop that hangs is ended. */
const STOPPED_MS = 9_700;

async function runTerminal(
  config: MailConfig,
  words: readonly string[],
  services?: ReturnType<typeof createServices>,
): Promise<number> {
  const terminal = await import("../adapters/terminal/index.ts");
  return terminal.runTerminal({
    args: words,
    knowledge: config.knowledge,
    makeServices: ({ resolver }) => services ?? createServices({ ...config, dns: resolver ?? config.dns }),
    makeBot: (services) => createBot({ commands, services, log: faultsOnly }),
    openStore: async () => (await import("./configured-store.ts")).openOperatorStore(process.env),
  });
}

/**
 * Starts the chat platforms that are configured, or the terminal chat with the page beside it. Where there is nobody to chat
 * with, POSTIE_WEB makes it a service of the page alone.
 */
async function start(): Promise<number> {
  const { readConfig } = await import("./config.ts");
  const config = readConfig(process.env);
  if (!config.slack && !config.teams && (!config.web || process.stdin.isTTY)) return chatWithPage(config);
  await serve(config);
  return 0;
}

/** The page lives as long as the chat; without it the chat goes on. */
async function chatWithPage(config: Config): Promise<number> {
  const [{ createHttpServer }, { createLimits }, { addWeb }, { isLoopback }] = await Promise.all([
    import("../adapters/http.ts"),
    import("./bot/limits.ts"),
    import("../adapters/web/index.ts"),
    import("./environment.ts"),
  ]);
  const services = createServices(config);
  // Broken knowledge stops the start, not the first question.
  await services.knowledge();
  const bot = createBot({ commands, services, limits: createLimits(), log: faultsOnly });
  const names = config.web ?? [];
  const host = names.length > 0 || isLoopback(config.host) ? config.host : "127.0.0.1";
  const http = createHttpServer({ host, port: config.port });
  addWeb({ app: http.app, bot, services, names });
  try {
    process.stderr.write(`Postie in a browser: ${await http.listen()}/\n`);
  } catch (error) {
    process.stderr.write(
      `Without the page in a browser: ${reasonOf(error)}. PORT sets another port than ${config.port}.\n`,
    );
  }
  try {
    return await runTerminal(config, [], services);
  } finally {
    await http.close(0);
  }
}

/** In the terminal only a fault is told, as a line of JSON that holds the error id that the answer names. */
const faultsOnly: BotLog = {
  info: () => {},
  error: (fields, message) => process.stderr.write(`${JSON.stringify({ ...fields, msg: message })}\n`),
};

/** Everything that a service has: what lasts, what works in the background, what its operator asks for, and the platforms. */
async function serve(config: Config): Promise<void> {
  const { createLog } = await import("./log.ts");
  const log = createLog(config.logLevel);
  endOnFault(log);
  // From the beginning: the first process of a container is not ended by a signal that it does not listen to.
  let stop = async () => {};
  stopOnSignal(log, () => stop());
  const [{ createHttpServer, PortInUseError }, { createLimits }, { createMetrics }, { createReadiness }] =
    await Promise.all([
      import("../adapters/http.ts"),
      import("./bot/limits.ts"),
      import("./metrics.ts"),
      import("./readiness.ts"),
    ]);
  const { openServiceStore } = await import("./configured-store.ts");
  const store = await openServiceStore(config.store, log);
  const [{ openJobs }, { createWatching }, { startHeartbeat }] = await Promise.all([
    import("./jobs/index.ts"),
    import("./bot/watching.ts"),
    import("./heartbeat.ts"),
  ]);
  const jobs = await openJobs(store.database, { log });
  const metrics = createMetrics({
    sources: { watches: () => store.watches.count(), jobs: () => jobs.backlog() },
  });
  const shared: Store = { ...store, deliveries: metrics.counting(store.deliveries) };

  const services = createServices(config, metrics);
  // Broken knowledge or resolvers stop the start, not the first question.
  const [knowledge] = await Promise.all([services.knowledge(), services.resolver(), services.blocklists()]);
  for (const problem of knowledge.problems)
    log.warn(problem, "a reference in the knowledge files leads nowhere");
  const watching = createWatching({ store: shared, services, jobs, log, limits: { tenant: config.watches } });
  const bot = createBot({
    commands,
    services: { ...services, watching: () => watching },
    limits: createLimits({ makeLimiter: store.rateLimiter }),
    log,
    onAnswered: metrics.onAnswered,
  });

  const { host, port, slack, teams, web } = config;
  const adapters: { slack?: ChatAdapter; teams?: ChatAdapter } = {};
  const isReady = (name: "slack" | "teams") => async () => (await adapters[name]?.isReady()) ?? false;
  const readiness = createReadiness({
    parts: {
      store: async () => heartbeat.isAlive() && (await store.isReachable()),
      ...(slack && { slack: isReady("slack") }),
      ...(teams && { teams: isReady("teams") }),
    },
  });
  const http = createHttpServer({ host, port, ready: readiness.check, metrics: metrics.expose });
  const { app } = http;
  const heartbeat = await startHeartbeat({
    store: shared,
    takeOver: async () => void (await Promise.all([adapters.slack?.takeOver(), adapters.teams?.takeOver()])),
    log,
  });
  if (slack) {
    const { startSlack } = await import("../adapters/slack/index.ts");
    adapters.slack = await startSlack({ ...slack, bot, log, app, store: shared, watching });
  }
  if (teams) {
    const { startTeams } = await import("../adapters/teams/index.ts");
    adapters.teams = await startTeams({ ...teamsOptions(teams), bot, log, app, store: shared, watching });
  }
  if (web) {
    const { addWeb } = await import("../adapters/web/index.ts");
    addWeb({ app, bot, services, names: web });
  }
  const address = await http.listen().catch((error: unknown) => {
    if (!(error instanceof PortInUseError)) throw error;
    throw new ConfigError("PORT", `cannot be used: ${error.message}`, String(port + 1));
  });
  await watching.start();
  stop = async () => {
    readiness.stopping();
    await http.turnAway(TURN_AWAY_MS);
    await Promise.all([
      http.close(DRAIN_MS),
      watching.stop(DRAIN_MS),
      jobs.stop(DRAIN_MS),
      adapters.slack?.stop(),
      adapters.teams?.stop(),
    ]);
    await heartbeat.stop();
    (await services.resolver()).close();
    await store.close();
  };
  log.info({ address, slack: Boolean(slack), teams: Boolean(teams), web: Boolean(web) }, "Postie is ready");
}

/** What an adapter of a chat platform offers besides answering. */
interface ChatAdapter {
  stop(): Promise<void>;
  takeOver(): Promise<void>;
  isReady(): Promise<boolean>;
}

function teamsOptions(teams: NonNullable<Config["teams"]>) {
  if (teams === "local") return { credentials: teams, tenants: "all" as const };
  return { credentials: teams, tenants: teams.tenants, endpoints: teams.endpoints };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends the process after what is under way has been answered; a second signal ends it at once. */
function stopOnSignal(log: Logger, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), STOPPED_MS).unref();
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/** A fault that nobody handles ends the process. Node would tell all that the fault holds: mail text, requests with their tokens. */
function endOnFault(log: Logger): void {
  process.on("uncaughtException", (error: unknown) => {
    log.fatal(describeFault(error), "a fault that nobody handled");
    process.exit(1);
  });
}

const args = process.argv.slice(2);
try {
  process.exitCode =
    args[0] === "serve" && args.length === 1
      ? await start()
      : await runTerminal(readMailConfig(process.env), args);
} catch (error) {
  const isSetting = error instanceof ConfigError || error instanceof UsageError;
  process.stderr.write(isSetting ? `${error.message}\n` : `Postie could not start: ${reasonOf(error)}\n`);
  // Ends what has been started already, such as a connection to Slack.
  process.exit(isSetting ? 2 : 1);
}
