import type { Bot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { UsageError } from "../../src/bot/errors.ts";
import { type Arguments, readArguments } from "./arguments.ts";
import { chat } from "./chat.ts";
import { answerOnce } from "./one-shot.ts";

/** The streams of a terminal, and how to write on them. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly width: number;
  readonly color: boolean;
}

export interface TerminalOptions {
  /** The words of the command line, without the program's own. */
  readonly args: readonly string[];
  /** The folder of local knowledge that is configured. */
  readonly knowledge: string | undefined;
  /** Makes the bot that answers; `resolver` is what `--resolver` gives. */
  makeBot(options: { resolver: Arguments["resolver"] }): Bot;
}

/**
 * The terminal command: one question on the command line, or a chat. Answers with the exit code: 0 answered, 1 nothing found or
 * a problem found, 2 wrong usage, 3 could not be answered.
 */
export async function runTerminal({ args, knowledge, makeBot }: TerminalOptions): Promise<number> {
  try {
    const read = readArguments(args);
    const terminal = thisTerminal(read.color);
    if (read.help) {
      terminal.stdout.write(help());
      return 0;
    }
    const [word, verb, ...folders] = read.words;
    if (word === "knowledge" && verb === "check") {
      const { checkKnowledgeFiles } = await import("./knowledge-check.ts");
      return await checkKnowledgeFiles(terminal, folders[0] ?? knowledge, read.json);
    }
    const bot = makeBot({ resolver: read.resolver });
    if (read.command !== null) return await answerOnce(bot, terminal, read);
    await chat(bot, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return tellUsage(error, args.includes("--json"));
  }
}

function thisTerminal(color: boolean | undefined): Terminal {
  const { stdin, stdout, stderr } = process;
  const width = Math.min(stdout.columns ?? 100, 100);
  const wanted = color ?? (stdout.isTTY === true && stdout.hasColors());
  return { stdin, stdout, stderr, width, color: wanted };
}

function tellUsage(error: UsageError, json: boolean): number {
  const { code, message, example } = error;
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, example } })}\n`);
  else process.stderr.write(`${message}\nFor example: ${example}\n`);
  return 2;
}

function help(): string {
  const rows = commands.map(({ name, usage, summary, examples }) => {
    const [example] = examples.filter((text) => text !== "");
    return `  ${`${name} ${usage}`.trim()}\n      ${summary}${example ? `\n      postie ${name} ${example}` : ""}`;
  });
  return `postie [COMMAND] [ARGUMENTS] [OPTIONS]

Without a command it opens a chat. Free text is understood too: postie "what is greylisting"

${rows.join("\n")}

  knowledge check [DIR]
      Are the knowledge files right? Counts what there is; DIR is laid over Postie's own.

Options
  --json            print the result as JSON, for scripts
  --resolver LIST   DNS resolvers to ask: 127.0.0.1:53,[::1]:53 (else POSTIE_DNS, else the system's)
  --no-color        plain text also on a terminal
  -h, --help        this text

Exit codes: 0 answered, 1 nothing found or a problem found, 2 wrong usage, 3 could not be answered
`;
}
