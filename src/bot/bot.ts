import { randomBytes } from "node:crypto";
import { type Answer, code, type Outcome, type Step, say, type Update } from "./answer.ts";
import { cleanAnswer } from "./clean.ts";
import type { Command, CommandResult } from "./commands/command.ts";
import { describeFault } from "./describe-fault.ts";
import { UsageError } from "./errors.ts";
import { interpret } from "./interpret.ts";
import type { Limits } from "./limits.ts";
import { type CommandName, MAX_TEXT_LENGTH, type Place, type Request } from "./request.ts";
import type { Services } from "./services.ts";

/** Answers questions, whatever platform they come from. */
export interface Bot {
  /**
   * Yields progress while a check runs and the answer last of all. It never throws for what is asked or what the
   * network does. For overheard text it yields the answer about a bounce, and nothing at all otherwise.
   * @param options.signal aborts when nobody waits for the answer any more
   */
  answer(request: Request, options?: { signal?: AbortSignal }): AsyncIterable<Update>;
}

/** Where the bot tells what it did, without any text of a question or answer; a pino logger is one. */
export interface BotLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How a question ended, without anything of what was asked. */
export interface Answered {
  readonly command: CommandName;
  readonly platform: Place["platform"];
  readonly outcome: Outcome;
  readonly ms: number;
}

export interface BotOptions {
  readonly commands: readonly Command[];
  readonly services: Services;
  /** Left out where there is one asker who may ask as much as they like (the terminal). */
  readonly limits?: Limits;
  readonly log?: BotLog;
  /** Is told of every question that was understood, such as to count it. */
  readonly onAnswered?: (answered: Answered) => void;
}

/** The time after a command's deadline in which it may still hand in what it has learned, in milliseconds. */
const GRACE_MS = 400;

export function createBot({ commands, services, limits, log, onAnswered }: BotOptions): Bot {
  async function* answer(request: Request, options: { signal?: AbortSignal } = {}): AsyncIterable<Update> {
    const asked = await understand(request, commands);
    if (!asked) return;
    const { id = randomBytes(4).toString("hex") } = request;
    const told = { command: asked.command.name, platform: request.place.platform };
    const busy = await limits?.admit(asked.request, asked.command.live);
    if (busy && !busy.admitted) {
      if (request.overheard) return;
      onAnswered?.({ ...told, outcome: "busy", ms: 0 });
      yield finish(busyAnswer(busy.retryAfterSeconds), "busy", busyReport(busy));
      return;
    }
    const started = performance.now();
    let outcome: Outcome = "fault";
    try {
      for await (const update of run(asked, services, options.signal)) {
        if ("answer" in update) outcome = update.outcome;
        if (!request.overheard || outcome === "answered" || outcome === "problem") yield update;
      }
    } catch (error) {
      log?.error({ requestId: id, command: asked.command.name, ...describeFault(error) }, "a command failed");
      if (request.overheard) return;
      yield finish(faultAnswer(id), "fault", {
        error: { code: "fault", message: `internal error ${id}`, example: "" },
      });
    } finally {
      busy?.release();
      const ms = Math.round(performance.now() - started);
      log?.info({ requestId: id, ...told, outcome, ms }, "answered");
      onAnswered?.({ ...told, outcome, ms });
    }
  }
  return { answer };
}

interface Asked {
  command: Command;
  request: Request;
  cut: boolean;
}

async function understand(request: Request, commands: readonly Command[]): Promise<Asked | null> {
  const cut = request.text.length > MAX_TEXT_LENGTH;
  const bounded = cut ? { ...request, text: request.text.slice(0, MAX_TEXT_LENGTH) } : request;
  const meant = bounded.command === "interpret" ? await interpret(bounded) : bounded;
  if (!meant) return null;
  const command = commands.find(({ name }) => name === meant.command);
  if (!command) throw new TypeError(`the registry has no command ${meant.command}`);
  return { command, request: { ...bounded, command: command.name, text: meant.text.trim() }, cut };
}

/** Runs the command, passing its progress on as it comes, and holds it to its deadline. */
async function* run(
  { command, request, cut }: Asked,
  services: Services,
  given?: AbortSignal,
): AsyncIterable<Update> {
  const deadline = AbortSignal.timeout(command.deadlineMs);
  const signal = given ? AbortSignal.any([given, deadline]) : deadline;
  let latest: Step[] | null = null;
  let wake = Promise.withResolvers<void>();
  const progress = (steps: Step[]) => {
    latest = steps.map((step) => ({ ...step }));
    wake.resolve();
  };

  let result: CommandResult | { late: true } | undefined;
  const late = waitUntilLate(command.deadlineMs + GRACE_MS);
  const work = Promise.race([
    command.load().then((start) => start({ request, services, signal, progress })),
    late.promise,
  ]).then((value) => {
    result = value;
  });
  const settled = work.finally(() => {
    late.cancel();
    wake.resolve();
  });
  // Handled below by `await settled`; until then a rejection must not count as unhandled.
  settled.catch(() => {});

  while (result === undefined) {
    await wake.promise;
    wake = Promise.withResolvers<void>();
    if (latest) {
      const steps = latest;
      latest = null;
      yield { progress: steps };
      continue;
    }
    try {
      await settled;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      yield finish(usageAnswer(error), "usage", {
        error: { code: error.code, message: error.message, example: error.example },
      });
      return;
    }
  }
  if ("late" in result) {
    const message = `${command.name} did not finish within ${command.deadlineMs / 1000} s`;
    yield finish(lateAnswer(command), "fault", { error: { code: "deadline", message, example: "" } });
    return;
  }
  const answer = request.wayBack === undefined ? withoutWatching(result.answer) : result.answer;
  yield finish(cut ? tellCut(answer) : answer, result.outcome, result.report);
}

/** What cannot be told later is not offered to be watched. */
function withoutWatching(answer: Answer): Answer {
  const offered = answer.followUps.filter((step) => !("command" in step && step.command === "watch"));
  return { ...answer, followUps: offered };
}

function waitUntilLate(ms: number): { promise: Promise<{ late: true }>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<{ late: true }>((resolve) => {
    timer = setTimeout(() => resolve({ late: true }), ms);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}

function finish(answer: Answer, outcome: Outcome, report: unknown): Update {
  return { answer: cleanAnswer(answer), outcome, report };
}

function plainAnswer(title: string, status: Answer["status"], summary: Answer["summary"]): Answer {
  return { title, status, summary, sections: [], followUps: [], sources: [] };
}

function usageAnswer(error: UsageError): Answer {
  return plainAnswer(error.message, "warning", say`For example: ${code(error.example)}`);
}

function busyAnswer(seconds: number): Answer {
  return plainAnswer(
    "Too many questions at once",
    "warning",
    say`Nothing was checked. Please ask again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
  );
}

function busyReport({ retryAfterSeconds }: { retryAfterSeconds: number }) {
  const message = `too many questions; ask again in ${retryAfterSeconds} s`;
  return { error: { code: "busy", message, example: "" }, retryAfterSeconds };
}

function faultAnswer(id: string): Answer {
  return plainAnswer(
    "Something went wrong inside Postie",
    "unknown",
    say`This says nothing about the mail. Ask again; if it stays, tell whoever runs Postie the error id ${code(id)}.`,
  );
}

function lateAnswer(command: Command): Answer {
  return plainAnswer(
    "It could not be checked in time",
    "unknown",
    say`${code(command.name)} did not finish within ${command.deadlineMs / 1000} seconds, so nothing is known. Ask again.`,
  );
}

function tellCut(answer: Answer): Answer {
  const note = say`The text was longer than ${MAX_TEXT_LENGTH} characters; only its beginning was read.`;
  return { ...answer, sections: [...answer.sections, { kind: "text", text: note }] };
}
