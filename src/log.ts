import { type DestinationStream, type Logger, pino } from "pino";
import { describeFault } from "./bot/describe-fault.ts";

/**
 * Names under which platforms and libraries keep what nobody may read in a log, in any spelling. Whoever logs leaves these out;
 * that they are taken out here as well is for the day on which somebody forgets. (pino's `redact` looks at fixed depths only.)
 */
const PRIVATE = new Set([
  "accesstoken",
  "apptoken",
  "attachments",
  "authorization",
  "blocks",
  "body",
  "bottoken",
  "clientsecret",
  "cookie",
  "data",
  "password",
  "refreshtoken",
  "responseurl",
  "secret",
  "signingsecret",
  "text",
  "token",
  "triggerid",
]);

/** What lies deeper in an object is nothing that is meant to be logged. */
const DEEPEST = 6;

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
    formatters: { log: withoutPrivate },
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

function withoutPrivate(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    safe[name] = PRIVATE.has(name.toLowerCase().replace(/[_-]/g, "")) ? REMOVED : safeValue(value, depth);
  }
  return safe;
}

function safeValue(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return describe(value);
  if (ArrayBuffer.isView(value)) return REMOVED;
  if (depth === DEEPEST) return REMOVED;
  if (Array.isArray(value)) return value.map((one) => safeValue(one, depth + 1));
  return withoutPrivate(value as Record<string, unknown>, depth + 1);
}

/** @param depth how many causes are told */
function describe(error: Error, depth = 3): object {
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    ...describeFault(error),
    ...(code !== undefined && /^[\w.-]{1,60}$/.test(code) ? { code } : {}),
    ...(error.cause instanceof Error && depth > 0 ? { cause: describe(error.cause, depth - 1) } : {}),
  };
}
