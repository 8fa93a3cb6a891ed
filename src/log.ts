import { type DestinationStream, type Logger, pino } from "pino";

/**
 * Names under which platforms and libraries keep what nobody may read in a log. Whoever logs leaves these out; that they are
 * taken out here as well is for the day on which somebody forgets.
 */
const PRIVATE = [
  "authorization",
  "Authorization",
  "cookie",
  "password",
  "secret",
  "clientSecret",
  "client_secret",
  "signingSecret",
  "token",
  "botToken",
  "bot_token",
  "appToken",
  "accessToken",
  "access_token",
  "refreshToken",
  "refresh_token",
  "response_url",
  "responseUrl",
  "trigger_id",
  "text",
  "blocks",
  "attachments",
  "body",
  "data",
];

/** How deep in an object they are looked for. */
const PLACES = ["", "*.", "*.*.", "*.*.*."];

/** What is secret wherever it stands, such as in the words of an error. */
const SECRETS: readonly RegExp[] = [
  // Slack's tokens, and the addresses that may be posted to without one.
  /\bx(?:ox[a-z]|app)(?:[.-][\w%-]+)+/g,
  /\bhttps?:\/\/hooks\.slack(?:-gov)?\.com\/[^\s"\\]*/g,
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  // JSON Web Tokens (RFC 7519).
  /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g,
  // The user and password of an address.
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s"\\/@]+(?=@)/gi,
];

const REMOVED = "[removed]";

/**
 * The log of a service: a line of JSON for each message, on standard output. It holds no mail text, tokens or addresses to post to,
 * not even where a fault carries them: of an error only its kind and the place in the code are told, never its message, which may
 * quote what was read.
 */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { app: "postie" },
    redact: { paths: PLACES.flatMap((place) => PRIVATE.map((name) => place + name)), censor: REMOVED },
    formatters: { log: withoutErrors },
    hooks: {
      logMethod(this: Logger, args: Parameters<pino.LogFn>, method: pino.LogFn) {
        const [first, ...rest] = args as unknown[];
        // An error alone would otherwise give its message to the line.
        const given =
          first instanceof Error ? [{ err: first }, ...(rest.length > 0 ? rest : ["a fault"])] : args;
        method.apply(this, given as Parameters<pino.LogFn>);
      },
      streamWrite: (line: string) => SECRETS.reduce((safe, secret) => safe.replace(secret, REMOVED), line),
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

function withoutErrors(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describe(value) : value]),
  );
}

/** @param depth how many causes are told */
function describe(error: Error, depth = 3): object {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    error: error.name,
    ...(code !== undefined && /^[\w.-]{1,60}$/.test(code) ? { code } : {}),
    at: frames.slice(0, 8).map((line) => line.trim()),
    ...(error.cause instanceof Error && depth > 0 ? { cause: describe(error.cause, depth - 1) } : {}),
  };
}
