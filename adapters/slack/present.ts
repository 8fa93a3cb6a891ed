/** Shows an answer, in a plainer form where Slack does not take it. */
import type { Button } from "@slack/types";
import type { Logger } from "pino";
import type { Answer } from "../../src/bot/answer.ts";
import { answerAsText } from "./fallback.ts";
import { describeFault } from "./faults.ts";
import { shorten } from "./fit.ts";
import { LIMITS, type Message } from "./message.ts";
import { type Outlet, refusedForm, textMessage } from "./outlet.ts";
import { render } from "./render.ts";

export interface Presenting {
  readonly buttons?: readonly Button[];
  /** The most messages for the answer. */
  readonly maxMessages?: number | undefined;
  /** Whether Slack takes blocks that open on a click; set to false at the first refusal. */
  readonly blocks: { folds: boolean };
  readonly log: Logger;
}

export async function present(
  outlet: Outlet,
  answer: Answer,
  { buttons = [], maxMessages, blocks, log }: Presenting,
): Promise<void> {
  const options = { buttons, ...(maxMessages ? { maxMessages } : {}) };
  try {
    await showAll(outlet, render(answer, { ...options, fold: blocks.folds }));
  } catch (error) {
    if (!refusedForm(error)) throw error;
    log.error(describeFault(error), "Slack refused the blocks of an answer");
    await plainly(outlet, answer, options, blocks);
  }
}

/** The answer in the oldest blocks, and as text alone if those are refused too. */
async function plainly(
  outlet: Outlet,
  answer: Answer,
  options: { buttons: readonly Button[] },
  blocks: { folds: boolean },
): Promise<void> {
  try {
    await showAll(outlet, render(answer, { ...options, fold: false }));
    blocks.folds = false;
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
