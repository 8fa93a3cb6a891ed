import { describeFault as describeAnyFault } from "../../src/bot/describe-fault.ts";

/** Errors of our own and of Slack, whose messages hold nothing of a request. */
const TELLING = ["SlackRefusal", "RateLimited", "MaybePosted", "SlackAway", "StoreUnavailable", "SealError"];

/** What may be logged of a fault: its message only where that cannot quote what was asked or sent. */
export function describeFault(error: unknown): { error: string; reason?: string; at?: string[] } {
  const described = describeAnyFault(error);
  if (!(error instanceof Error)) return described;
  if (TELLING.includes(error.name)) return { error: error.name, reason: error.message.slice(0, 200) };
  const reason = codeOf(error) ?? codeOf(error.cause);
  return reason === undefined ? described : { ...described, reason };
}

/** A word such as ECONNREFUSED. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return /^\w{1,60}$/.test(error.code) ? error.code : undefined;
}
