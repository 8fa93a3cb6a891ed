import { isIP } from "node:net";
import { ConfigError } from "./config-error.ts";
import { readEnvironment } from "./environment.ts";
import { type MailConfig, readMailConfig } from "./mail-config.ts";
import { readSlack, type SlackConfig } from "./slack-config.ts";
import { readStore, type StoreConfig } from "./store-config.ts";
import { readTeams, type TeamsConfig } from "./teams-config.ts";

/** What the environment configures; see `.env.example` for every variable. */
export interface Config extends MailConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly store: StoreConfig;
  readonly slack: SlackConfig | undefined;
  readonly teams: TeamsConfig | "local" | undefined;
  /** The most watches of one workspace or tenant. */
  readonly watches: number;
  /**
   * Set when the page is wanted: the names by which it may be reached beside this machine's own; none for loopback only.
   */
  readonly web: readonly string[] | undefined;
}

const DEFAULT_WATCHES = 200;

/**
 * Reads the configuration.
 * @throws {ConfigError} at the first setting that is wrong or half given
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = readEnvironment(env);
  const host = readHost(given.HOST ?? "127.0.0.1");
  const store = readStore(given);
  const lasting = store.path !== undefined || store.url !== undefined;
  return {
    ...readMailConfig(env),
    host,
    port: given.PORT ?? 3978,
    logLevel: given.LOG_LEVEL ?? "info",
    store,
    slack: readSlack(given, { publicUrl: readPublicUrl(given.POSTIE_URL), lasting }),
    teams: readTeams(given, host),
    watches: given.POSTIE_WATCHES ?? DEFAULT_WATCHES,
    web: given.POSTIE_WEB === "1" ? [] : given.POSTIE_WEB?.split(","),
  };
}

function readHost(host: string): string {
  if (host !== "localhost" && isIP(host) === 0) {
    throw new ConfigError("HOST", "is not an IP address to listen on, nor localhost", "127.0.0.1");
  }
  return host;
}

function readPublicUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : null;
  const isBare = url?.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (url?.protocol !== "https:" || !isBare) {
    const problem = "is not the https address of a server, without a path";
    throw new ConfigError("POSTIE_URL", problem, "https://postie.example.org");
  }
  return url.origin;
}
