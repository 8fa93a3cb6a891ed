import { readFile as read, writeFile } from "node:fs/promises";
import type { Answer } from "../../src/bot/answer.ts";
import { cleanAnswer } from "../../src/bot/clean.ts";
import type { CommandResult } from "../../src/bot/commands/command.ts";
import { UsageError } from "../../src/bot/errors.ts";
import type { Services } from "../../src/bot/services.ts";
import type { Arguments } from "./arguments.ts";
import { progressLine } from "./ask.ts";
import type { Terminal } from "./index.ts";
import { renderAnswer, renderProgress } from "./render.ts";

/** How long an audit may take, in milliseconds, as the command's own deadline. */
const DEADLINE_MS = 8_000;

/** `checkdomain DOMAIN --save FILE`: audits, and keeps all that was answered in a file. Answers with the exit code. */
export async function saveAudit(
  terminal: Terminal,
  args: Arguments,
  services: Services,
  path: string,
): Promise<number> {
  const { checkDomain, domainResult } = await import("../../src/bot/commands/checkdomain.ts");
  const { readCheckdomainArguments } = await import("../../src/bot/commands/checkdomain-arguments.ts");
  const asked = readCheckdomainArguments(args.words.join(" "));
  const line = progressLine(terminal.stderr);
  const { audit, listings } = await checkDomain(asked, {
    services,
    signal: AbortSignal.timeout(DEADLINE_MS),
    progress: (steps) => line.show(renderProgress(steps)),
  });
  line.clear();
  await writeFile(path, `${JSON.stringify(audit.snapshot(), null, 1)}\n`).catch((error: unknown) => {
    throw fileError(path, "cannot be written", error, "postie checkdomain example.org --save before.json");
  });
  return printResult(terminal, args, domainResult(audit, listings));
}

/** `checkdomain --replay FILE`: the same audit again from the file, with no network. Answers with the exit code. */
export async function replaySaved(terminal: Terminal, args: Arguments, path: string): Promise<number> {
  const example = "postie checkdomain --replay before.json";
  if (args.words.length > 0) {
    throw new UsageError("replay", "A replay takes no domain, since the file holds it.", example);
  }
  const { domainResult } = await import("../../src/bot/commands/checkdomain.ts");
  const { replayAudit } = await import("../../src/domain/index.ts");
  const audit = await snapshotErrors(path, example, replayAudit(await readJson(path, example)));
  return printResult(terminal, args, domainResult(audit));
}

/** `diff BEFORE AFTER`: what changed between two saved audits. Answers with the exit code: 0 nothing, 1 something. */
export async function diffSaved(
  terminal: Terminal,
  paths: readonly string[],
  json: boolean,
): Promise<number> {
  const example = "postie diff before.json after.json";
  const [before, after] = paths;
  if (before === undefined || after === undefined || paths.length > 2) {
    throw new UsageError("diff", "A comparison takes two saved audits.", example);
  }
  const { compareSnapshots } = await import("../../src/domain/index.ts");
  const files = await Promise.all([readJson(before, example), readJson(after, example)]);
  const comparison = await snapshotErrors(`${before} or ${after}`, example, compareSnapshots(...files));
  const { comparisonAnswer } = await import("../../src/bot/commands/comparison-answer.ts");
  print(terminal, json, comparisonAnswer(comparison), comparison);
  const { verdicts, appeared, gone, records } = comparison;
  return verdicts.length + appeared.length + gone.length + records.length > 0 ? 1 : 0;
}

function printResult(
  terminal: Terminal,
  { json }: Arguments,
  { answer, report, outcome }: CommandResult,
): number {
  print(terminal, json, answer, report);
  return outcome === "answered" ? 0 : 1;
}

function print(terminal: Terminal, json: boolean, answer: Answer, report: unknown): void {
  const { width, color } = terminal;
  const shown = json
    ? `${JSON.stringify(report)}\n`
    : renderAnswer(cleanAnswer(answer), { width, color, details: true, numbered: false });
  terminal.stdout.write(shown);
}

async function readJson(path: string, example: string): Promise<unknown> {
  const text = await read(path, "utf8").catch((error: unknown) => {
    throw fileError(path, "cannot be read", error, example);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("snapshot", `${path} is not a saved audit: it is no JSON.`, example);
  }
}

async function snapshotErrors<T>(path: string, example: string, work: Promise<T>): Promise<T> {
  const { SnapshotError } = await import("../../src/domain/index.ts");
  return work.catch((error: unknown) => {
    if (!(error instanceof SnapshotError)) throw error;
    throw new UsageError("snapshot", `${path}: ${error.message}`, example);
  });
}

function fileError(path: string, what: string, error: unknown, example: string): UsageError {
  const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
  return new UsageError("file", `${path} ${what} (${reason}).`, example);
}
