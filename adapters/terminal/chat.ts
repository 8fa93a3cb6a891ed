import { createInterface } from "node:readline";
import type { Answer, FollowUp } from "../../src/bot/answer.ts";
import type { Bot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { isBounce } from "../../src/bot/interpret.ts";
import { ask, progressLine, type Question } from "./ask.ts";
import type { Terminal } from "./index.ts";
import { bursts, splitQuestions } from "./questions.ts";
import { renderAnswer } from "./render.ts";

/** Lines that arrive closer together than this, in milliseconds, are one paste. */
const PASTE_GAP_MS = 60;

const GREETING = `Postie explains why mail does not get through. Try:

    smtp 550
    checkdomain example.org
    or paste a bounce as it is

help lists everything; more unfolds the last answer; Ctrl-D ends.
`;

/**
 * The chat: questions from the terminal, or from a pipe, one after the other to the end of the input.
 * Earlier questions come back with the arrow keys; nothing is written to disk.
 */
export async function chat(bot: Bot, terminal: Terminal): Promise<void> {
  const interactive = terminal.stdin.isTTY === true && terminal.stdout.isTTY === true;
  const lines = createInterface({
    input: terminal.stdin,
    ...(interactive ? { output: terminal.stdout, prompt: "postie> ", completer: complete } : {}),
    terminal: interactive,
    historySize: interactive ? 200 : 0,
  });
  const session = new Session(bot, terminal);
  let running: AbortController | null = null;
  lines.on("SIGINT", () => {
    if (running) running.abort();
    else lines.close();
  });
  if (interactive) {
    terminal.stdout.write(`${GREETING}\n`);
    lines.prompt();
  }
  for await (const burst of bursts(lines, PASTE_GAP_MS)) {
    for (const question of await splitQuestions(burst, isBounce)) {
      if (/^(exit|quit|bye)$/i.test(question)) return lines.close();
      running = new AbortController();
      if (!interactive) terminal.stdout.write(`> ${firstLine(question)}\n\n`);
      await session.answer(question, running.signal);
      running = null;
    }
    if (interactive) lines.prompt();
  }
}

function firstLine(question: string): string {
  const [line = ""] = question.split("\n", 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, "").slice(0, 100);
}

function complete(line: string): [string[], string] {
  const names = [...commands.map(({ name }) => name), "more", "exit"];
  return [names.filter((name) => name.startsWith(line.replace(/^\//, ""))), line];
}

/** Remembers the last answer, so that `more` can unfold it and a number can choose its next step. */
class Session {
  readonly #bot: Bot;
  readonly #terminal: Terminal;
  #last: Answer | null = null;

  constructor(bot: Bot, terminal: Terminal) {
    this.#bot = bot;
    this.#terminal = terminal;
  }

  async answer(text: string, signal: AbortSignal): Promise<void> {
    if (/^more$/i.test(text) && this.#last) return this.#print(this.#last, true);
    const chosen = /^\d{1,2}\)?$/.test(text)
      ? this.#last?.followUps[Number.parseInt(text, 10) - 1]
      : undefined;
    if (chosen && "href" in chosen) {
      this.#terminal.stdout.write(`${chosen.href}\n\n`);
      return;
    }
    const { answer } = await ask(
      this.#bot,
      chosen ? followed(chosen) : free(text),
      progressLine(this.#terminal.stderr),
      signal,
    );
    this.#last = answer;
    this.#print(answer, this.#terminal.stdout.isTTY !== true);
  }

  #print(answer: Answer, details: boolean): void {
    const { width, color } = this.#terminal;
    const folded = !details && answer.sections.some(({ kind }) => kind === "details");
    const hint = folded ? "\n(type more to unfold what is marked ▸)\n" : "";
    this.#terminal.stdout.write(
      `${renderAnswer(answer, { width, color, details, numbered: true })}${hint}\n`,
    );
  }
}

function followed(followUp: Extract<FollowUp, { command: unknown }>): Question {
  return { command: followUp.command, text: followUp.text };
}

function free(text: string): Question {
  return { command: "interpret", text };
}
