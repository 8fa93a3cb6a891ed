import type { Bot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { UsageError } from "../../src/bot/errors.ts";
import type { Services } from "../../src/bot/services.ts";
import { type Arguments, readArguments } from "./arguments.ts";
import { chat } from "./chat.ts";
import type { ForgetfulStore } from "./forget.ts";
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
  /** Makes what commands work with; `resolver` is what `--resolver` gives. */
  makeServices(options: { resolver: Arguments["resolver"] }): Services;
  makeBot(services: Services): Bot;
  /** Opens the store of the service whose settings the environment has. */
  openStore(): Promise<ForgetfulStore>;
}

/**
 * The terminal command: one question on the command line, or a chat. Answers with the exit code: 0 answered, 1 nothing found or
 * a problem found, 2 wrong usage, 3 could not be answered.
 */
export async function runTerminal(options: TerminalOptions): Promise<number> {
  try {
    return await run(readArguments(options.args), options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return tellUsage(error, options.args.includes("--json"));
  }
}

async function run(
  args: Arguments,
  { knowledge, makeServices, makeBot, openStore }: TerminalOptions,
): Promise<number> {
  const terminal = thisTerminal(args.color);
  if (args.help) {
    terminal.stdout.write(help());
    return 0;
  }
  const [tool, ...rest] = args.words;
  if (args.command === "interpret" && tool === "knowledge" && rest[0] === "check") {
    const { checkKnowledgeFiles } = await import("./knowledge-check.ts");
    return checkKnowledgeFiles(terminal, rest[1] ?? knowledge, args.json);
  }
  if (args.command === "interpret" && tool === "diff") {
    const { diffSaved } = await import("./snapshots.ts");
    return diffSaved(terminal, rest, args.json);
  }
  if (args.command === "interpret" && tool === "forget") {
    const { forgetTenant } = await import("./forget.ts");
    return forgetTenant(terminal, rest, { json: args.json, openStore });
  }
  if (args.replay !== undefined) {
    const { replaySaved } = await import("./snapshots.ts");
    return replaySaved(terminal, args, args.replay);
  }
  const services = makeServices({ resolver: args.resolver });
  if (args.save !== undefined) {
    const { saveAudit } = await import("./snapshots.ts");
    return saveAudit(terminal, args, services, args.save);
  }
  const bot = makeBot(services);
  if (args.command !== null) return answerOnce(bot, terminal, args);
  await chat(bot, terminal);
  return 0;
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

  diff BEFORE AFTER
      What changed between two saved audits? Exit code 1 when something did.

  forget slack|teams ID
      Deletes all that a service keeps of a workspace or tenant; with the service's own POSTIE_STORE or DATABASE_URL.

Options
  --save FILE       with checkdomain: keep the audit in a file
  --replay FILE     with checkdomain: the audit again from the file, with no network
  --json            print the result as JSON, for scripts
  --resolver LIST   DNS resolvers to ask: 127.0.0.1:53,[::1]:53 (else POSTIE_DNS, else the system's)
  --no-color        plain text also on a terminal
  -h, --help        this text

Exit codes: 0 answered, 1 nothing found or a problem found, 2 wrong usage, 3 could not be answered
`;
}
