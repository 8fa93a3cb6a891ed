import type { Logger as BoltLogger } from "@slack/bolt";
import type { Logger } from "pino";

/** Calls that failed, each time that they are tried: whoever made one tells what becomes of it. */
const TOLD_BY_CALLER = /^(http request failed|Failed to retrieve a new WSS URL)/;

/**
 * Bolt's messages in our log. Its debug messages hold whole payloads and so the text of mail, and its errors may carry
 * what was sent: the first are dropped, of the second only the message is kept.
 */
export function boltLog(log: Logger): BoltLogger {
  const words = (args: unknown[]) =>
    args
      .map((arg) => (arg instanceof Error ? arg.message : typeof arg === "string" ? arg : typeof arg))
      .join(" ");
  const tell = (level: "warn" | "error", said: string) =>
    log[TOLD_BY_CALLER.test(said) ? "debug" : level](said);
  return {
    debug: () => {},
    info: (...args) => log.debug(words(args)),
    warn: (...args) => tell("warn", words(args)),
    error: (...args) => tell("error", words(args)),
    setLevel: () => {},
    setName: () => {},
    // "info" rather than a member of Bolt's enum, so that this file does not load Bolt.
    getLevel: () => "info" as ReturnType<BoltLogger["getLevel"]>,
  };
}
