import type { Answer, Step } from "../answer.ts";
import type { CommandName, Request } from "../request.ts";
import type { Services } from "../services.ts";

/** What a command is given: the question, what it may use, and the time it has. */
export interface CommandContext {
  readonly request: Request;
  readonly services: Services;
  /**
   * Aborts when the command's deadline has come or nobody waits any more. A command then answers with what it has learned and
   * tells the rest as "could not be checked"; it does not throw.
   */
  readonly signal: AbortSignal;
  /** Shows all steps of a running check anew; called as often as something changes. */
  progress(steps: Step[]): void;
}

export interface CommandResult {
  readonly answer: Answer;
  /** Plain JSON data for scripts, in the command's documented shape. */
  readonly report: unknown;
  readonly outcome: "answered" | "nothing" | "problem";
}

/**
 * Answers one question.
 * @throws {UsageError} when the arguments are not of the form the command takes
 */
export type RunCommand = (context: CommandContext) => Promise<CommandResult>;

/** One entry of the registry: what menus, manifests and help need to know, without loading the command's code. */
export interface Command {
  readonly name: CommandName;
  /** What one asks with it, as a short question. */
  readonly summary: string;
  /** The form of its arguments; `[…]` may be left out. Empty when it takes none. */
  readonly usage: string;
  /** Arguments that work as they stand. */
  readonly examples: readonly string[];
  /** Asks the network: counts against the limit of concurrent live checks. */
  readonly live: boolean;
  /** The time it may take, in milliseconds. */
  readonly deadlineMs: number;
  /** Loads its code, which is done only when it is used. */
  load(): Promise<RunCommand>;
}
