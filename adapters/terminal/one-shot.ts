import type { Outcome } from "../../src/bot/answer.ts";
import type { Bot } from "../../src/bot/bot.ts";
import type { CommandName } from "../../src/bot/request.ts";
import type { Arguments } from "./arguments.ts";
import { type Answered, ask, progressLine, type Question } from "./ask.ts";
import { nameFiles, readAll, readFile, readPiped, type UnreadableFile } from "./files.ts";
import type { Terminal } from "./index.ts";
import { renderAnswer } from "./render.ts";

/** What the terminal command ends with, by how the answer ended. */
const EXIT_CODES: Record<Outcome, number> = {
  answered: 0,
  nothing: 1,
  problem: 1,
  usage: 2,
  busy: 3,
  fault: 3,
};

/** Commands that read files and standard input. */
const READS_FILES: ReadonlySet<string> = new Set<CommandName>(["bounce", "checkmessage"]);

/** How long a command without arguments waits for them on a pipe, in milliseconds: nothing may ever come. */
const PIPE_PATIENCE_MS = 500;

/** Answers the question of a command line and gives the exit code. */
export async function answerOnce(bot: Bot, terminal: Terminal, args: Arguments): Promise<number> {
  const command = args.command ?? "interpret";
  if (READS_FILES.has(command)) {
    if (args.words.length > 0 && (await nameFiles(args.words)))
      return answerFiles(bot, terminal, args, command);
    if (args.words.length === 0 && !terminal.stdin.isTTY) return answerInput(bot, terminal, args, command);
  }
  const text =
    args.words.length > 0 ? args.words.join(" ") : await readPiped(terminal.stdin, PIPE_PATIENCE_MS);
  const answered = await ask(bot, { command, text }, progressLine(terminal.stderr));
  print(terminal, args, answered, answered.report);
  return EXIT_CODES[answered.outcome];
}

/** Each file is a question of its own; with `--json` each gives one line, in order. */
async function answerFiles(
  bot: Bot,
  terminal: Terminal,
  args: Arguments,
  command: Question["command"],
): Promise<number> {
  const codes = new Set<number>();
  // `ip=192.0.2.1` and the like stand beside the files and go to every one of them.
  const paths = args.words.filter((word) => !/^[a-z]+=/i.test(word));
  const text = args.words.filter((word) => !paths.includes(word)).join(" ");
  for (const path of paths) {
    const file = await readFile(path);
    codes.add(
      "error" in file
        ? printUnreadable(terminal, args, file)
        : await answerFile(
            bot,
            terminal,
            args,
            { command, text, files: [file.attachment] },
            path,
            paths.length > 1,
          ),
    );
  }
  // Something was recognised when any file was; a file that could not be read counts when nothing else happened.
  return codes.has(0) ? 0 : Math.min(...codes);
}

async function answerFile(
  bot: Bot,
  terminal: Terminal,
  args: Arguments,
  question: Question,
  path: string,
  named: boolean,
): Promise<number> {
  const answered = await ask(bot, question, progressLine(terminal.stderr));
  if (named && !args.json) terminal.stdout.write(`${path}\n`);
  print(terminal, args, answered, withFile(path, answered.report));
  return EXIT_CODES[answered.outcome];
}

/** The report with the path as it was given, in place of the bare file name that the command knows. */
function withFile(file: string, report: unknown): unknown {
  const named: Record<string, unknown> = { file, ...(typeof report === "object" ? report : { report }) };
  named.file = file;
  return named;
}

function printUnreadable(terminal: Terminal, args: Arguments, { path, error }: UnreadableFile): number {
  if (args.json) terminal.stdout.write(`${JSON.stringify({ file: path, error })}\n`);
  else terminal.stderr.write(`${error.message}\n`);
  return 2;
}

async function answerInput(
  bot: Bot,
  terminal: Terminal,
  args: Arguments,
  command: Question["command"],
): Promise<number> {
  const bytes = await readAll(terminal.stdin);
  if (!bytes) return printUnreadable(terminal, args, TOO_LONG);
  const files = bytes.length > 0 ? [{ name: "-", bytes }] : [];
  const answered = await ask(bot, { command, text: "", files }, progressLine(terminal.stderr));
  print(terminal, args, answered, bytes.length > 0 ? withFile("-", answered.report) : answered.report);
  return EXIT_CODES[answered.outcome];
}

const TOO_LONG = {
  path: "-",
  error: {
    code: "too-large",
    message: "standard input is larger than 10 MiB",
    example: "postie bounce < returned.eml",
  },
};

function print(terminal: Terminal, args: Arguments, answered: Answered, report: unknown): void {
  if (args.json) {
    terminal.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { width, color } = terminal;
  terminal.stdout.write(renderAnswer(answered.answer, { width, color, details: true, numbered: false }));
}
