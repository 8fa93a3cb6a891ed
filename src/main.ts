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

// Most of a short command's time would otherwise go into compiling its modules anew.
enableCompileCache();

const { createBot } = await import("./bot/bot.ts");
const { commands } = await import("./bot/commands/index.ts");
const { UsageError } = await import("./bot/errors.ts");
const { ConfigError } = await import("./config-error.ts");
const { readMailConfig } = await import("./mail-config.ts");
const { createServices } = await import("./services.ts");

/** How long a stop waits for answers under way, in milliseconds. */
const DRAIN_MS = 8_000;

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
    import("./config.ts"),
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

async function serve(config: Config): Promise<void> {
  const [{ pino }, { createHttpServer, PortInUseError }, { createLimits }, { openStore }] = await Promise.all(
    [import("pino"), import("../adapters/http.ts"), import("./bot/limits.ts"), import("./store/index.ts")],
  );
  const log = pino({ level: config.logLevel, base: { app: "postie" } });
  const services = createServices(config);
  // Broken knowledge or resolvers stop the start, not the first question.
  const [knowledge] = await Promise.all([services.knowledge(), services.resolver(), services.blocklists()]);
  for (const problem of knowledge.problems)
    log.warn(problem, "a reference in the knowledge files leads nowhere");
  const store = await openStore({ path: config.store }).catch((error: unknown) => {
    throw new ConfigError(
      "POSTIE_STORE",
      `cannot be opened (${reasonOf(error)})`,
      "/var/lib/postie/postie.sqlite",
    );
  });
  const bot = createBot({ commands, services, limits: createLimits(), log });

  const http = createHttpServer(config);
  const { app } = http;
  const adapters: { stop(): Promise<void> }[] = [];
  if (config.slack) {
    const { startSlack } = await import("../adapters/slack/index.ts");
    adapters.push(await startSlack({ ...config.slack, bot, log, app, store }));
  }
  if (config.teams) {
    const { startTeams } = await import("../adapters/teams/index.ts");
    adapters.push(await startTeams({ credentials: config.teams, bot, log, app }));
  }
  if (config.web) {
    const { addWeb } = await import("../adapters/web/index.ts");
    addWeb({ app, bot, services, names: config.web });
  }
  const address = await http.listen().catch((error: unknown) => {
    if (!(error instanceof PortInUseError)) throw error;
    throw new ConfigError("PORT", `cannot be used: ${error.message}`, String(config.port + 1));
  });
  const { slack, teams, web } = config;
  log.info({ address, slack: Boolean(slack), teams: Boolean(teams), web: Boolean(web) }, "Postie is ready");
  stopOnSignal(log, async () => {
    await Promise.all([http.close(DRAIN_MS), ...adapters.map((adapter) => adapter.stop())]);
    (await services.resolver()).close();
    store.close();
  });
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
    setTimeout(() => process.exit(1), DRAIN_MS + 1_000).unref();
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
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
