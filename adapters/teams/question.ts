import type { Attachment, Request } from "../../src/bot/request.ts";
import { type Activity, type Channel, isPersonal, type Message, splitThread } from "./activity.ts";
import type { Ask } from "./card.ts";
import type { Context } from "./context.ts";
import { describeFault, faultMessage } from "./faults.ts";
import { fitAnswer } from "./fit.ts";
import { LeftUndone } from "./hold.ts";
import { createProgress } from "./progress.ts";
import { DeliveryError } from "./send.ts";
import { wayBackOf } from "./way-back.ts";

export interface RequestOptions {
  readonly files?: readonly Attachment[];
  readonly seenByAskerOnly?: boolean;
  /** Set where Postie is a member, so that it may post there later. */
  readonly isMember?: boolean;
}

/** The question that an activity asks, as the bot takes it. */
export function requestOf(
  activity: Activity,
  ask: Ask,
  { owner, requestId }: Pick<Context, "owner" | "requestId">,
  { files = [], seenByAskerOnly = isPersonal(activity), isMember = false }: RequestOptions = {},
): Request {
  const { conversation, locale } = activity;
  const { id, thread } = splitThread(conversation.id);
  return {
    ...ask,
    id: requestId,
    files,
    place: {
      ...owner,
      conversation: id,
      ...(thread ? { thread } : {}),
      private: seenByAskerOnly,
    },
    asker: { id: askerOf(activity), ...(locale ? { locale } : {}) },
    ...(isMember ? { wayBack: wayBackOf(activity) } : {}),
  };
}

/** Who sent an activity: the person's id in their organisation where it is told, which is the same in every conversation. */
export function askerOf({ from }: Activity): string {
  return from.aadObjectId ?? from.id;
}

/** Until then an answer is there without anybody wondering, in milliseconds. */
const TYPING_AFTER_MS = 300;

export interface AnswerOptions {
  /** Makes the last change to the answer before it is sent. */
  readonly present?: (message: Message) => Message;
  /** A message that showed how the work went on when another instance did it; the answer is put in its place. */
  readonly shown?: string | null;
}

/**
 * Asks the bot and shows progress and answer in the conversation.
 * @throws {LeftUndone}
 */
export async function answerInto(
  channel: Channel,
  request: Request,
  { bot, log, requestId, hold }: Pick<Context, "bot" | "log" | "requestId" | "hold">,
  { present = (message) => message, shown = null }: AnswerOptions = {},
): Promise<void> {
  const typing = setTimeout(() => {
    channel.typing().catch((error: unknown) => log.debug(describeFault(error), "typing could not be shown"));
  }, TYPING_AFTER_MS);
  const progress = createProgress(channel, {
    shown,
    onShown: (id) => hold.shown(id),
    onError: (error) => log.warn(describeFault(error), "progress could not be shown"),
  });
  const finish = async (message: Message) => {
    if (await hold.answering()) return progress.finish(message);
    log.info("another instance has taken over, so that nothing was answered here");
    return progress.stop();
  };
  try {
    for await (const update of bot.answer(request)) {
      clearTimeout(typing);
      if ("answer" in update) await finish(present(fitAnswer(update.answer)));
      else progress.show(update.progress);
    }
  } catch (error) {
    await progress.stop();
    if (error instanceof LeftUndone) throw error;
    const message = faultMessage(error, { log, requestId });
    if (!mayBeTold(error)) return;
    await finish(message).catch((again: unknown) => {
      if (again instanceof LeftUndone) throw again;
      log.error({ errorId: requestId, ...describeFault(again) }, "an error could not be told");
    });
  } finally {
    clearTimeout(typing);
  }
}

/** Whether another message would get through: not where the conversation itself cannot be reached. */
function mayBeTold(error: unknown): boolean {
  return !(error instanceof DeliveryError) || error.status === 400 || error.status === 413;
}

/** Asks the bot and gives its answer alone. */
export async function answerOf(
  request: Request,
  context: Pick<Context, "bot" | "log" | "requestId">,
): Promise<Message> {
  try {
    for await (const update of context.bot.answer(request)) {
      if ("answer" in update) return fitAnswer(update.answer);
    }
    throw new Error("the bot gave no answer");
  } catch (error) {
    return faultMessage(error, context);
  }
}
