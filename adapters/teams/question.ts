import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { code, say } from "../../src/bot/answer.ts";
import type { Bot } from "../../src/bot/bot.ts";
import type { Attachment, Request } from "../../src/bot/request.ts";
import { type Activity, type Channel, type Message, tenantOf } from "./activity.ts";
import type { Ask } from "./card.ts";
import { fitAnswer } from "./fit.ts";
import { createProgress } from "./progress.ts";
import { DeliveryError } from "./send.ts";

/** The question that an activity asks, as the bot takes it. */
export function requestOf(
  activity: Activity,
  ask: Ask,
  {
    files = [],
    seenByAskerOnly = isPersonal(activity),
  }: { files?: readonly Attachment[]; seenByAskerOnly?: boolean } = {},
): Request {
  const { conversation, from, locale } = activity;
  // A channel's conversation id ends in the message that its thread hangs on.
  const [id = conversation.id, thread] = conversation.id.split(";messageid=");
  return {
    ...ask,
    files,
    place: {
      platform: "teams",
      tenant: tenantOf(activity) ?? "unknown",
      conversation: id,
      ...(thread ? { thread } : {}),
      private: seenByAskerOnly,
    },
    asker: { id: from.aadObjectId ?? from.id, ...(locale ? { locale } : {}) },
  };
}

/** A chat with one person. Clients that do not tell the kind of a conversation are trial clients with a personal chat. */
export function isPersonal({ conversation }: Activity): boolean {
  return conversation.conversationType
    ? conversation.conversationType === "personal"
    : conversation.isGroup !== true;
}

/** Until then an answer is there without anybody wondering, in milliseconds. */
const TYPING_AFTER_MS = 300;

export interface AnswerOptions {
  readonly bot: Bot;
  readonly log: Logger;
  /** Makes the last change to the answer before it is sent. */
  readonly present?: (message: Message) => Message;
}

/** Asks the bot and shows progress and answer in the conversation; never throws. */
export async function answerInto(
  channel: Channel,
  request: Request,
  { bot, log, present = (message) => message }: AnswerOptions,
): Promise<void> {
  const typing = setTimeout(() => {
    channel.typing().catch((error: unknown) => log.debug(describeFault(error), "typing could not be shown"));
  }, TYPING_AFTER_MS);
  const progress = createProgress(channel, (error) =>
    log.warn(describeFault(error), "progress could not be shown"),
  );
  try {
    for await (const update of bot.answer(request)) {
      clearTimeout(typing);
      if ("answer" in update) await progress.finish(present(fitAnswer(update.answer)));
      else progress.show(update.progress);
    }
  } catch (error) {
    const { id, message } = faultMessage(error, log);
    if (!mayBeTold(error)) return;
    await progress
      .finish(message)
      .catch((again: unknown) =>
        log.error({ errorId: id, ...describeFault(again) }, "an error could not be told"),
      );
  } finally {
    clearTimeout(typing);
  }
}

/** Whether another message would get through: not where the conversation itself cannot be reached. */
function mayBeTold(error: unknown): boolean {
  return !(error instanceof DeliveryError) || error.status === 400 || error.status === 413;
}

/** Asks the bot and gives its answer alone. */
export async function answerOf(bot: Bot, request: Request, log: Logger): Promise<Message> {
  try {
    for await (const update of bot.answer(request)) {
      if ("answer" in update) return fitAnswer(update.answer);
    }
    throw new Error("the bot gave no answer");
  } catch (error) {
    return faultMessage(error, log).message;
  }
}

/** What a person is told of a fault: kindly, and with the id under which the log has it. */
export function faultMessage(error: unknown, log: Logger): { id: string; message: Message } {
  const id = randomBytes(4).toString("hex");
  log.error({ errorId: id, ...describeFault(error) }, "a question could not be answered");
  const message = fitAnswer({
    title: "Something went wrong inside Postie",
    status: "unknown",
    summary: say`This says nothing about the mail. Ask again; if it stays, tell whoever runs Postie the error id ${code(id)}.`,
    sections: [],
    followUps: [],
    sources: [],
  });
  return { id, message };
}

/** What may be logged of a fault: errors of the SDK carry whole requests, with mail text and tokens. */
export function describeFault(error: unknown): { error: string; reason?: string; at?: string[] } {
  if (!(error instanceof Error)) return { error: typeof error };
  const ours = ["DeliveryError", "InvalidCardError"].includes(error.name);
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    error: error.name,
    ...(ours ? { reason: error.message } : {}),
    at: frames.slice(0, 6).map((line) => line.trim()),
  };
}
