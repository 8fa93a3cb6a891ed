import { ConfigError } from "./config-error.ts";
import { type Environment, isSafeUrl } from "./environment.ts";

export interface SlackConfig {
  /** The token of the one workspace; not set where workspaces install Postie by themselves. */
  readonly botToken: string | undefined;
  /** Set where workspaces install Postie by themselves. */
  readonly oauth: SlackOAuth | undefined;
  /** Set for HTTP. */
  readonly signingSecret: string | undefined;
  /** Set for Socket Mode. */
  readonly appToken: string | undefined;
  /** Another Web API than Slack's, with a final slash. */
  readonly apiUrl: string | undefined;
  /** The reaction that asks to explain a message, without colons. */
  readonly reaction: string | undefined;
}

export interface SlackOAuth {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The address under which browsers reach Postie, without a final slash. */
  readonly publicUrl: string;
}

const SIGNING_EXAMPLE = "8f742231b10e8888abcd99…";

/** @throws {ConfigError} when it is half given */
export function readSlack(
  given: Environment,
  { publicUrl, lasting }: { publicUrl: string | undefined; lasting: boolean },
): SlackConfig | undefined {
  const { SLACK_BOT_TOKEN: botToken, SLACK_SIGNING_SECRET: signingSecret, SLACK_APP_TOKEN: appToken } = given;
  const oauth = readOAuth(given, publicUrl, lasting);
  if (!botToken && !oauth) {
    const names = ["SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_API_URL", "SLACK_REACTION"] as const;
    const set = names.find((name) => given[name]);
    if (set) throw new ConfigError("SLACK_BOT_TOKEN", `is missing, though ${set} is set`, "xoxb-…");
    return undefined;
  }
  if (botToken && !signingSecret && !appToken) {
    const problem =
      "is missing, though SLACK_BOT_TOKEN is set (or set SLACK_APP_TOKEN=xapp-… for Socket Mode)";
    throw new ConfigError("SLACK_SIGNING_SECRET", problem, SIGNING_EXAMPLE);
  }
  const apiUrl = readApiUrl(given.SLACK_API_URL);
  return { botToken, oauth, signingSecret, appToken, apiUrl, reaction: given.SLACK_REACTION };
}

function readOAuth(
  given: Environment,
  publicUrl: string | undefined,
  lasting: boolean,
): SlackOAuth | undefined {
  const { SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret } = given;
  if (!clientId && !clientSecret) return undefined;
  const missing = (variable: string, example: string, why = "is missing, though SLACK_CLIENT_ID is set") =>
    new ConfigError(variable, why, example);
  if (!clientId) {
    const why = "is missing, though SLACK_CLIENT_SECRET is set";
    throw missing("SLACK_CLIENT_ID", "1234567890.1234567890123", why);
  }
  if (!clientSecret) throw missing("SLACK_CLIENT_SECRET", "0123456789abcdef…");
  if (given.SLACK_BOT_TOKEN) {
    const why =
      "is set beside SLACK_CLIENT_ID: one workspace has a token, many install Postie; unset one of them";
    throw missing("SLACK_BOT_TOKEN", "(not set)", why);
  }
  if (!given.SLACK_SIGNING_SECRET) throw missing("SLACK_SIGNING_SECRET", SIGNING_EXAMPLE);
  if (!publicUrl) throw missing("POSTIE_URL", "https://postie.example.org");
  if (!lasting) {
    const why = "or DATABASE_URL must be set with SLACK_CLIENT_ID, so that installations outlive a restart";
    throw missing("POSTIE_STORE", "/var/lib/postie/postie.sqlite", why);
  }
  return { clientId, clientSecret, publicUrl };
}

function readApiUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (!isSafeUrl(value)) {
    const problem = "is not an https address (http on this machine only)";
    throw new ConfigError("SLACK_API_URL", problem, "https://slack.com/api/");
  }
  const { href } = new URL(value);
  return href.endsWith("/") ? href : `${href}/`;
}
