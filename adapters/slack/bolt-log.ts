import type { Logger as BoltLogger } from "@slack/bolt";
import type { Logger } from "pino";

/**
 * Bolt's messages in our log. Its debug messages hold whole payloads and so the text of mail, and its errors may carry
 * what was sent: the first are dropped, of the second only the message is kept.
 */
export function boltLog(log: Logger): BoltLogger {
  const words = (args: unknown[]) =>
    args
      .map((arg) => (arg instanceof Error ? arg.message : typeof arg === "string" ? arg : typeof arg))
      .join(" ");
  return {
    debug: () => {},
    info: (...args) => log.debug(words(args)),
    warn: (...args) => log.warn(words(args)),
    error: (...args) => log.error(words(args)),
    setLevel: () => {},
    setName: () => {},
    // "info" rather than a member of Bolt's enum, so that this file does not load Bolt.
    getLevel: () => "info" as ReturnType<BoltLogger["getLevel"]>,
  };
}
