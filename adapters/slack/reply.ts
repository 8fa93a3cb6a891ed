/** Asks the bot and shows what it says: progress, then the answer, and a kind word when something breaks. */
import type { Button } from "@slack/types";
import type { Answer, Outcome, Section } from "../../src/bot/answer.ts";
import type { Request } from "../../src/bot/request.ts";
import { AGAIN_ACTION, button, CHECK_AGAIN, encodeQuestion, SHARE_ACTION } from "./buttons.ts";
import { MaybePosted } from "./calls.ts";
import type { Context } from "./context.ts";
import { describeFault } from "./faults.ts";
import { shorten } from "./fit.ts";
import { LIMITS } from "./message.ts";
import type { Outlet } from "./outlet.ts";
import { present } from "./present.ts";
import { showProgress } from "./progress.ts";
import { render } from "./render.ts";
import { givenUp, interrupted, notShown, perhapsAnswered } from "./told.ts";

export interface Asked {
  readonly request: Request;
  readonly outlet: Outlet;
  /** Where only the asker is told that there is no answer, when the answer itself would be for everybody. */
  readonly aside?: Outlet;
  /** Offers to share the answer with the channel it was asked in. */
  readonly shareable?: boolean;
  /** The most messages for the answer. */
  readonly maxMessages?: number;
  /** What of the question could not be read, in whole sentences; the answer says it. */
  readonly notes?: readonly string[];
  /** The text of the question is gone with the instance that had it. */
  readonly lost?: boolean;
}

/** `silent`: nothing was to be said; `failed`: nothing could be said. */
export type Replied = "answered" | "silent" | "failed";

/** After so many attempts it is told as failed: perhaps it is what ends the instances. */
const MOST_ATTEMPTS = 3;

export async function reply(context: Context, asked: Asked): Promise<Replied> {
  const { request, outlet, notes = [] } = asked;
  const resumed = await resume(context, asked);
  if (resumed) return resumed;
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
      ...(asked.shareable && isAnswer(final.outcome) ? await shareButton(context, request, answer) : []),
    ];
    if (!(await context.turn.begin())) return "silent";
    const { blocks, log } = context;
    await present(outlet, answer, { buttons, maxMessages: asked.maxMessages, blocks, log });
    if (!request.overheard) context.recent.add(request, answer.status);
    return "answered";
  } catch (error) {
    await progress.end();
    return apologise(context, asked, error);
  }
}

/**
 * What is to be said of a question that another instance left undone.
 * @returns `null` when it is to be asked again
 */
async function resume(context: Context, asked: Asked): Promise<Replied | null> {
  const { again } = context.turn;
  if (!again) return null;
  if (again.maybeAnswered) {
    const isAnswered = await asked.outlet.isAnswered();
    if (isAnswered !== false) return isAnswered ? "answered" : tell(context, asked, perhapsAnswered);
  }
  if (again.attempt > MOST_ATTEMPTS) {
    context.log.error({ errorId: context.id, attempts: again.attempt - 1 }, "a delivery was given up");
    return tell(context, asked, givenUp(context.id));
  }
  return asked.lost ? tell(context, asked, interrupted) : null;
}

/** Nobody waits for the answer to what was only overheard. */
async function tell(context: Context, asked: Asked, answer: Answer): Promise<Replied> {
  if (asked.request.overheard) return "answered";
  return show(context, { ...asked, outlet: asked.aside ?? asked.outlet }, answer);
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
async function show(context: Context, asked: Asked, answer: Answer): Promise<Replied> {
  try {
    if (!(await context.turn.begin())) return "silent";
    const { blocks, log } = context;
    await present(asked.outlet, answer, { maxMessages: asked.maxMessages, blocks, log });
    return "answered";
  } catch (error) {
    return apologise(context, asked, error);
  }
}

/** Shows an answer that is there already, unless another instance has shown it. */
export async function showOnce(context: Context, asked: Asked, answer: Answer): Promise<Replied> {
  return (await resume(context, asked)) ?? (await show(context, asked, answer));
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

function againButton(request: Request, { followUps }: Answer): Button[] {
  if (followUps.some(({ label }) => label === CHECK_AGAIN)) return [];
  const value = encodeQuestion(request);
  return value === null || request.files.length > 0 ? [] : [button(CHECK_AGAIN, AGAIN_ACTION, value)];
}

async function shareButton({ kept }: Context, request: Request, answer: Answer): Promise<Button[]> {
  const key = await kept.keep(request, answer);
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

async function apologise(context: Context, { request, outlet }: Asked, error: unknown): Promise<Replied> {
  const { log, id, turn, signal } = context;
  // Whatever a stop has broken is left to another instance.
  if (signal.aborted) return "silent";
  log.error(
    { errorId: id, ...describeFault(error), command: request.command },
    "an answer could not be given in Slack",
  );
  const perhaps = error instanceof MaybePosted;
  if (request.overheard) return perhaps ? "answered" : "failed";
  try {
    if (!(await turn.begin())) return "silent";
    await outlet.show(render(perhaps ? perhapsAnswered : notShown(id))[0]);
    return "answered";
  } catch (second) {
    log.error({ errorId: id, ...describeFault(second) }, "the error could not be told either");
    return "failed";
  }
}
