import type { Logger } from "pino";
import { code, say } from "../../src/bot/answer.ts";
import { describeFault as describeAnyFault } from "../../src/bot/describe-fault.ts";
import type { Message } from "./activity.ts";
import { fitAnswer } from "./fit.ts";

/** What a person is told of a fault: kindly, and with the id under which the log has it. */
export function faultMessage(
  error: unknown,
  { log, requestId }: { log: Logger; requestId: string },
): Message {
  log.error({ errorId: requestId, ...describeFault(error) }, "a question could not be answered");
  return fitAnswer({
    title: "Something went wrong inside Postie",
    status: "unknown",
    summary: say`This says nothing about the mail. Ask again; if it stays, tell whoever runs Postie the error id ${code(requestId)}.`,
    sections: [],
    followUps: [],
    sources: [],
  });
}

/** Errors of our own, whose messages hold nothing of a request. */
const OURS = ["DeliveryError", "InvalidCardError", "StoreUnavailable", "LeftUndone"];

/** What may be logged of a fault: errors of the SDK carry whole requests, with mail text and tokens. */
export function describeFault(error: unknown): { error: string; reason?: string; at?: string[] } {
  const described = describeAnyFault(error);
  const isOurs = error instanceof Error && OURS.includes(error.name);
  return isOurs ? { ...described, reason: error.message } : described;
}
