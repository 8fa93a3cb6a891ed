import type { Answer, Outcome, Update } from "../../src/bot/answer.ts";
import type { Bot } from "../../src/bot/bot.ts";
import type { Attachment, Request } from "../../src/bot/request.ts";
import { renderProgress } from "./render.ts";

export interface Question {
  readonly command: Request["command"];
  readonly text: string;
  readonly files?: readonly Attachment[];
}

export type Answered = { readonly answer: Answer; readonly outcome: Outcome; readonly report: unknown };

/** A place that shows what a running check does; cleared before the answer is printed. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** One line of a terminal that is written over; nothing where the stream is no terminal. */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  return {
    show: (text) => stream.write(`\r\u001b[K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`),
    clear: () => stream.write("\r\u001b[K"),
  };
}

/** Asks the bot as the terminal's one user and waits for the answer. */
export async function ask(
  bot: Bot,
  question: Question,
  progress: ProgressLine,
  signal?: AbortSignal,
): Promise<Answered> {
  const request: Request = {
    command: question.command,
    text: question.text,
    files: question.files ?? [],
    place: { platform: "terminal", tenant: "local", conversation: "local", private: true },
    asker: { id: "local", locale: Intl.DateTimeFormat().resolvedOptions().locale },
  };
  let answered: Answered | undefined;
  try {
    for await (const update of bot.answer(request, signal ? { signal } : {})) {
      answered = follow(update, progress) ?? answered;
    }
  } finally {
    progress.clear();
  }
  if (!answered) throw new Error("the bot ended without an answer to a question that was addressed to it");
  return answered;
}

function follow(update: Update, progress: ProgressLine): Answered | undefined {
  if ("answer" in update) return update;
  progress.show(renderProgress(update.progress));
  return undefined;
}
