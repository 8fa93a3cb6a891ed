/** Asks the bot and shows what it says: progress, then the answer, and a kind word when something breaks. */
import { randomBytes } from "node:crypto";
import type { Button } from "@slack/types";
import type { Answer, Outcome, Section } from "../../src/bot/answer.ts";
import { code, say } from "../../src/bot/answer.ts";
import type { Request } from "../../src/bot/request.ts";
import { AGAIN_ACTION, button, CHECK_AGAIN, encodeQuestion, SHARE_ACTION } from "./buttons.ts";
import type { Context } from "./context.ts";
import { answerAsText } from "./fallback.ts";
import { shorten } from "./fit.ts";
import { LIMITS, type Message } from "./message.ts";
import { type Outlet, refusedForm, textMessage } from "./outlet.ts";
import { showProgress } from "./progress.ts";
import { render } from "./render.ts";

export interface Asked {
  readonly request: Request;
  readonly outlet: Outlet;
  /** Offers to share the answer with the channel it was asked in. */
  readonly shareable?: boolean;
  /** The most messages for the answer. */
  readonly maxMessages?: number;
  /** What of the question could not be read, in whole sentences; the answer says it. */
  readonly notes?: readonly string[];
}

/** `silent`: nothing was to be said; `failed`: nothing could be said. */
export type Replied = "answered" | "silent" | "failed";

export async function reply(context: Context, asked: Asked): Promise<Replied> {
  const { request, outlet, notes = [] } = asked;
  if (notes.length > 0 && !request.text && request.files.length === 0)
    return sayUnread(context, asked, notes);
  const progress = showProgress({ title: progressTitle(request), outlet, log: context.log });
  try {
    let final: { answer: Answer; outcome: Outcome } | undefined;
    let live = false;
    for await (const update of context.bot.answer(request, { signal: context.signal })) {
      if ("answer" in update) final = update;
      else {
        live = true;
        progress.tell(update.progress);
      }
    }
    await progress.end();
    if (!final || (request.overheard && !isAnswer(final.outcome))) return "silent";
    const answer = withNotes(final.answer, notes);
    const buttons = [
      ...(live && final.outcome !== "busy" ? againButton(request, answer) : []),
      ...(asked.shareable && isAnswer(final.outcome) ? shareButton(context, request, answer) : []),
    ];
    await showAnswer(context, asked, answer, buttons);
    if (!request.overheard) context.recent.add(request, answer.status);
    return "answered";
  } catch (error) {
    await progress.end();
    return apologise(context, asked, error);
  }
}

function withNotes(answer: Answer, notes: readonly string[]): Answer {
  const unread: Section[] = notes.map((text) => ({ kind: "text", text: [{ text }] }));
  return { ...answer, sections: [...answer.sections, ...unread] };
}

/** The question was a file that could not be read: there is nothing to ask the bot. */
async function sayUnread(context: Context, asked: Asked, notes: readonly string[]): Promise<Replied> {
  if (asked.request.overheard) return "silent";
  const [first = "", ...others] = notes;
  const answer: Answer = {
    title: "The file could not be read",
    status: "unknown",
    summary: [{ text: first }],
    sections: [],
    followUps: [],
    sources: [],
  };
  return show(context, asked, withNotes(answer, others));
}

/** Shows an answer that is there already. */
export async function show(context: Context, asked: Asked, answer: Answer): Promise<Replied> {
  try {
    await showAnswer(context, asked, answer, []);
    return "answered";
  } catch (error) {
    return apologise(context, asked, error);
  }
}

function progressTitle({ text }: Request): string {
  const [target = "", ...others] = text.split(/\s+/, 2);
  return target && others.length === 0 ? `Checking ${shorten(target, 80)} …` : "Checking …";
}

/**
 * Whether something was found out. Where nobody asked, a file that turns out to be no bounce, a limit or a fault is
 * nothing to speak about, and none of them is worth sharing.
 */
function isAnswer(outcome: Outcome): boolean {
  return outcome === "answered" || outcome === "problem";
}

async function showAnswer(context: Context, asked: Asked, answer: Answer, buttons: Button[]): Promise<void> {
  const options = { buttons, ...(asked.maxMessages ? { maxMessages: asked.maxMessages } : {}) };
  try {
    await showAll(asked.outlet, render(answer, { ...options, fold: context.folds }));
  } catch (error) {
    if (!refusedForm(error)) throw error;
    context.log.error({ error: describe(error) }, "Slack refused the blocks of an answer");
    await showPlainly(context, asked, answer, options);
  }
}

/** The answer in the oldest blocks, and as text alone if those are refused too. */
async function showPlainly(
  context: Context,
  { outlet }: Asked,
  answer: Answer,
  options: { buttons: Button[] },
) {
  try {
    await showAll(outlet, render(answer, { ...options, fold: false }));
    context.folds = false;
  } catch (error) {
    if (!refusedForm(error)) throw error;
    await outlet.show(textMessage(shorten(answerAsText(answer), LIMITS.sectionText)));
  }
}

/** Shows messages in order: the first in the outlet's place, the others below it. */
async function showAll(outlet: Outlet, [first, ...others]: [Message, ...Message[]]): Promise<void> {
  await outlet.show(first);
  for (const message of others) await outlet.add(message);
}

function againButton(request: Request, { followUps }: Answer): Button[] {
  if (followUps.some(({ label }) => label === CHECK_AGAIN)) return [];
  const value = encodeQuestion(request);
  return value === null || request.files.length > 0 ? [] : [button(CHECK_AGAIN, AGAIN_ACTION, value)];
}

function shareButton({ kept }: Context, request: Request, answer: Answer): Button[] {
  const key = kept.keep(answer);
  const question = encodeQuestion(request);
  const value = JSON.stringify({ k: key, ...(question === null ? {} : { q: question }) });
  return [
    button(
      "Share in channel",
      SHARE_ACTION,
      value.length <= LIMITS.buttonValue ? value : JSON.stringify({ k: key }),
    ),
  ];
}

async function apologise({ log }: Context, { request, outlet }: Asked, error: unknown): Promise<Replied> {
  const errorId = randomBytes(4).toString("hex");
  log.error(
    { errorId, error: describe(error), command: request.command },
    "an answer could not be given in Slack",
  );
  if (request.overheard) return "failed";
  try {
    await outlet.show(render(sorry(errorId))[0]);
    return "answered";
  } catch (second) {
    log.error({ errorId, error: describe(second) }, "the error could not be told either");
    return "failed";
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${shorten(error.message, 200)}` : typeof error;
}

function sorry(errorId: string): Answer {
  return {
    title: "This answer could not be shown",
    status: "unknown",
    summary: say`Something went wrong on Postie's side, so this says nothing about the mail. Ask again; if it stays, tell whoever runs Postie the error id ${code(errorId)}.`,
    sections: [],
    followUps: [],
    sources: [],
  };
}
