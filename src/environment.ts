/** The variables that a server reads, checked one by one; what they mean together is told by the files of each part. */
import { z } from "zod";
import { ConfigError } from "./config-error.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export const TEAMS_TYPES = ["SingleTenant", "MultiTenant", "UserAssignedMsi"] as const;

/** A variable that is empty counts as not set. */
const text = z
  .string()
  .transform((value) => value.trim() || undefined)
  .optional();

const matching = (form: RegExp) => text.pipe(z.string().regex(form).optional());

const wholeNumber = (max: number) =>
  text.pipe(
    z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number)
      .pipe(z.number().max(max))
      .optional(),
  );

/** At least 32 characters, of which nobody can guess any. */
const secret = matching(/^\S{32,}$/);

const environment = z.object({
  HOST: text,
  PORT: wholeNumber(65_535),
  LOG_LEVEL: text.pipe(z.enum(LOG_LEVELS).optional()),
  SLACK_BOT_TOKEN: matching(/^(?!xapp-)\S+$/),
  SLACK_SIGNING_SECRET: matching(/^(?!xapp-|xoxb-)\S+$/),
  SLACK_APP_TOKEN: matching(/^(?!xoxb-)\S+$/),
  SLACK_CLIENT_ID: matching(/^[\w.-]{1,100}$/),
  SLACK_CLIENT_SECRET: matching(/^(?!xapp-|xoxb-)\S+$/),
  SLACK_API_URL: text,
  SLACK_REACTION: matching(/^[\p{L}\p{N}_+'-]{1,100}$/u),
  TEAMS: text.pipe(z.literal("local").optional()),
  TEAMS_APP_ID: text,
  TEAMS_APP_PASSWORD: text,
  TEAMS_APP_TYPE: text.pipe(z.enum(TEAMS_TYPES).optional()),
  TEAMS_TENANT_ID: text,
  TEAMS_TENANTS: matching(/^(?:\*|[\w.-]+(?:\s*,\s*[\w.-]+)*)$/),
  TEAMS_OPENID_METADATA: text,
  TEAMS_TOKEN_ISSUER: text,
  TEAMS_LOGIN_URL: text,
  DATABASE_URL: text,
  POSTIE_STORE: text,
  POSTIE_SECRET: secret,
  POSTIE_SECRET_OLD: secret,
  POSTIE_URL: text,
  POSTIE_WATCHES: wholeNumber(100_000),
  POSTIE_WEB: text.pipe(
    z
      .string()
      .max(1_000)
      .regex(/^(?:1|[\w.:[\]-]{2,}(?:,[\w.:[\]-]{2,})*)$/)
      .optional(),
  ),
});
export type Environment = z.infer<typeof environment>;

const TENANT = "11111111-2222-3333-4444-555555555555";
const SECRET_EXAMPLE = "$(openssl rand -base64 33)";

/** Why a variable does not fit; never the value, which may be a secret. */
const WRONG: Record<string, [problem: string, example: string]> = {
  PORT: ["is not a port number from 0 to 65535", "3978"],
  LOG_LEVEL: [`is not one of ${LOG_LEVELS.join(", ")}`, "info"],
  SLACK_BOT_TOKEN: ["is not a bot token (it looks like an app-level token, or holds blanks)", "xoxb-…"],
  SLACK_SIGNING_SECRET: [
    "is not a signing secret (it looks like a token, or holds blanks)",
    "8f742231b10e8888abcd99…",
  ],
  SLACK_APP_TOKEN: ["is not an app-level token (it looks like a bot token, or holds blanks)", "xapp-…"],
  SLACK_CLIENT_ID: ["is not the client id of a Slack app", "1234567890.1234567890123"],
  SLACK_CLIENT_SECRET: [
    "is not a client secret (it looks like a token, or holds blanks)",
    "0123456789abcdef…",
  ],
  SLACK_REACTION: ["is not the name of a reaction (written without colons)", "incoming_envelope"],
  TEAMS: ["can only be local", "local"],
  TEAMS_APP_TYPE: [`is not one of ${TEAMS_TYPES.join(", ")}`, "SingleTenant"],
  TEAMS_TENANTS: ["is neither * nor a list of tenant ids with commas between them", TENANT],
  POSTIE_SECRET: ["is not a secret of at least 32 characters without blanks", SECRET_EXAMPLE],
  POSTIE_SECRET_OLD: ["is not a secret of at least 32 characters without blanks", SECRET_EXAMPLE],
  POSTIE_WATCHES: ["is not a number from 0 to 100000", "200"],
  POSTIE_WEB: ["is neither 1 nor the names of the page, with commas between them", "postie.example.org"],
};

/** @throws {ConfigError} at the first variable that does not fit */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const parsed = environment.safeParse(env);
  if (parsed.success) return parsed.data;
  const variable = String(parsed.error.issues[0]?.path[0]);
  const [problem, example] = WRONG[variable] ?? ["is not valid", "…"];
  throw new ConfigError(variable, problem, example);
}

/** Whether secrets may travel to an address: by https, or by plain HTTP on this machine only. */
export function isSafeUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname.replace(/^\[|\]$/g, "")));
}

/** Whether an address to listen on is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
