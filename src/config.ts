import { isIP } from "node:net";
import { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { type MailConfig, readMailConfig } from "./mail-config.ts";

/** What the environment configures; see `.env.example` for every variable. */
export interface Config extends MailConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** The file of what must last; in memory when not set. */
  readonly store: string | undefined;
  readonly slack: SlackConfig | undefined;
  readonly teams: TeamsConfig | "local" | undefined;
  /**
   * Set when the page is wanted: the names by which it may be reached beside this machine's own; none for loopback only.
   */
  readonly web: readonly string[] | undefined;
}

export interface SlackConfig {
  readonly botToken: string;
  /** Set for HTTP. */
  readonly signingSecret: string | undefined;
  /** Set for Socket Mode. */
  readonly appToken: string | undefined;
  /** Another Web API than Slack's, with a final slash. */
  readonly apiUrl: string | undefined;
  /** The reaction that asks to explain a message, without colons. */
  readonly reaction: string | undefined;
}

export interface TeamsConfig {
  readonly appId: string;
  readonly password: string | undefined;
  readonly type: "SingleTenant" | "MultiTenant" | "UserAssignedMsi";
  readonly tenantId: string | undefined;
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
const TEAMS_TYPES = ["SingleTenant", "MultiTenant", "UserAssignedMsi"] as const;

const text = z
  .string()
  .transform((value) => value.trim() || undefined)
  .optional();

/** A variable with the reason that is given when it does not fit; never the value, which may be a secret. */
const environment = z.object({
  HOST: text,
  PORT: text.pipe(
    z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number)
      .pipe(z.number().max(65_535))
      .optional(),
  ),
  LOG_LEVEL: text.pipe(z.enum(LOG_LEVELS).optional()),
  SLACK_BOT_TOKEN: text.pipe(
    z
      .string()
      .regex(/^(?!xapp-)\S+$/)
      .optional(),
  ),
  SLACK_SIGNING_SECRET: text.pipe(
    z
      .string()
      .regex(/^(?!xapp-|xoxb-)\S+$/)
      .optional(),
  ),
  SLACK_APP_TOKEN: text.pipe(
    z
      .string()
      .regex(/^(?!xoxb-)\S+$/)
      .optional(),
  ),
  SLACK_API_URL: text,
  SLACK_REACTION: text.pipe(
    z
      .string()
      .regex(/^[\p{L}\p{N}_+'-]{1,100}$/u)
      .optional(),
  ),
  POSTIE_STORE: text,
  POSTIE_WEB: text.pipe(
    z
      .string()
      .max(1_000)
      .regex(/^(?:1|[\w.:[\]-]{2,}(?:,[\w.:[\]-]{2,})*)$/)
      .optional(),
  ),
  TEAMS: text.pipe(z.literal("local").optional()),
  TEAMS_APP_ID: text,
  TEAMS_APP_PASSWORD: text,
  TEAMS_APP_TYPE: text.pipe(z.enum(TEAMS_TYPES).optional()),
  TEAMS_TENANT_ID: text,
});
type Environment = z.infer<typeof environment>;

const WRONG: Record<string, [problem: string, example: string]> = {
  PORT: ["is not a port number from 0 to 65535", "3978"],
  LOG_LEVEL: [`is not one of ${LOG_LEVELS.join(", ")}`, "info"],
  SLACK_BOT_TOKEN: ["is not a bot token (it looks like an app-level token, or holds blanks)", "xoxb-…"],
  SLACK_SIGNING_SECRET: [
    "is not a signing secret (it looks like a token, or holds blanks)",
    "8f742231b10e8888abcd99…",
  ],
  SLACK_APP_TOKEN: ["is not an app-level token (it looks like a bot token, or holds blanks)", "xapp-…"],
  SLACK_REACTION: ["is not the name of a reaction (written without colons)", "incoming_envelope"],
  POSTIE_WEB: ["is neither 1 nor the names of the page, with commas between them", "postie.example.org"],
  TEAMS: ["can only be local", "local"],
  TEAMS_APP_TYPE: [`is not one of ${TEAMS_TYPES.join(", ")}`, "SingleTenant"],
};

/**
 * Reads the configuration.
 * @throws {ConfigError} at the first setting that is wrong or half given
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const variable = String(parsed.error.issues[0]?.path[0]);
    const [problem, example] = WRONG[variable] ?? ["is not valid", "…"];
    throw new ConfigError(variable, problem, example);
  }
  const given = parsed.data;
  const host = readHost(given.HOST ?? "127.0.0.1");
  return {
    ...readMailConfig(env),
    host,
    port: given.PORT ?? 3978,
    logLevel: given.LOG_LEVEL ?? "info",
    store: given.POSTIE_STORE,
    slack: readSlack(given),
    teams: readTeams(given, host),
    web: given.POSTIE_WEB === "1" ? [] : given.POSTIE_WEB?.split(","),
  };
}

function readHost(host: string): string {
  if (host !== "localhost" && isIP(host) === 0) {
    throw new ConfigError("HOST", "is not an IP address to listen on, nor localhost", "127.0.0.1");
  }
  return host;
}

/** Whether an address to listen on is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function readSlack(given: Environment): SlackConfig | undefined {
  const { SLACK_BOT_TOKEN: botToken, SLACK_SIGNING_SECRET: signingSecret, SLACK_APP_TOKEN: appToken } = given;
  const set = (["SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_API_URL", "SLACK_REACTION"] as const).find(
    (name) => given[name],
  );
  if (!botToken) {
    if (set) throw new ConfigError("SLACK_BOT_TOKEN", `is missing, though ${set} is set`, "xoxb-…");
    return undefined;
  }
  if (!signingSecret && !appToken) {
    const problem =
      "is missing, though SLACK_BOT_TOKEN is set (or set SLACK_APP_TOKEN=xapp-… for Socket Mode)";
    throw new ConfigError("SLACK_SIGNING_SECRET", problem, "8f742231b10e8888abcd99…");
  }
  return {
    botToken,
    signingSecret,
    appToken,
    apiUrl: readApiUrl(given.SLACK_API_URL),
    reaction: given.SLACK_REACTION,
  };
}

function readApiUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : null;
  // The bot token travels to this address, so it goes over plain HTTP on this machine only.
  if (
    !url ||
    !(
      url.protocol === "https:" ||
      (url.protocol === "http:" && isLoopback(url.hostname.replace(/^\[|\]$/g, "")))
    )
  ) {
    throw new ConfigError(
      "SLACK_API_URL",
      "is not an https address (http on this machine only)",
      "https://slack.com/api/",
    );
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

function readTeams(given: Environment, host: string): TeamsConfig | "local" | undefined {
  const { TEAMS_APP_ID: appId, TEAMS_APP_PASSWORD: password, TEAMS_TENANT_ID: tenantId } = given;
  const set = (["TEAMS_APP_PASSWORD", "TEAMS_APP_TYPE", "TEAMS_TENANT_ID"] as const).find(
    (name) => given[name],
  );
  if (given.TEAMS === "local") {
    if (appId)
      throw new ConfigError(
        "TEAMS",
        "is local, which accepts unsigned messages, though TEAMS_APP_ID is set; unset one of them",
        "local",
      );
    if (!isLoopback(host)) {
      throw new ConfigError(
        "HOST",
        "must be a loopback address while TEAMS=local accepts unsigned messages",
        "127.0.0.1",
      );
    }
    return "local";
  }
  const example = "11111111-2222-3333-4444-555555555555";
  if (!appId) {
    if (set) throw new ConfigError("TEAMS_APP_ID", `is missing, though ${set} is set`, example);
    return undefined;
  }
  const type = given.TEAMS_APP_TYPE ?? "SingleTenant";
  if (type !== "UserAssignedMsi" && !password) {
    throw new ConfigError(
      "TEAMS_APP_PASSWORD",
      `is missing, though TEAMS_APP_ID is set and TEAMS_APP_TYPE is ${type}`,
      "the client secret's value",
    );
  }
  if (type !== "MultiTenant" && !tenantId) {
    throw new ConfigError("TEAMS_TENANT_ID", `is missing, though TEAMS_APP_TYPE is ${type}`, example);
  }
  return { appId, password, type, tenantId };
}
