import { parseArgs } from "node:util";
import { findCommand } from "../../src/bot/commands/index.ts";
import { UsageError } from "../../src/bot/errors.ts";
import type { CommandName } from "../../src/bot/request.ts";
// Not from the folder's index, which would load the whole resolver for every question.
import { parseServers, type ServerAddress } from "../../src/dns/servers.ts";

/** What the command line asks for. */
export interface Arguments {
  /** A command of the registry; `interpret` for free text; null opens the chat. */
  readonly command: CommandName | "interpret" | null;
  /** The words after the command. */
  readonly words: readonly string[];
  readonly json: boolean;
  readonly color: boolean | undefined;
  /** The resolvers that `--resolver` names. */
  readonly resolver: readonly ServerAddress[] | undefined;
  /** A file to keep an audit in. */
  readonly save: string | undefined;
  /** A file with an audit that was kept. */
  readonly replay: string | undefined;
  readonly help: boolean;
}

/**
 * Reads the command line. Options may stand anywhere; after `--` everything is text.
 * @throws {UsageError} at an option that does not exist or lacks its value
 */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  const [first = "", ...rest] = positionals;
  const command = findCommand(first);
  return {
    command: command?.name ?? (positionals.length > 0 ? "interpret" : null),
    words: command ? rest : positionals,
    json: values.json,
    color: values.color === undefined ? undefined : values.color,
    resolver: readServers(values.resolver),
    save: onlyFor("checkdomain", "save", values.save, command),
    replay: onlyFor("checkdomain", "replay", values.replay, command),
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        json: { type: "boolean", default: false },
        color: { type: "boolean" },
        resolver: { type: "string" },
        save: { type: "string" },
        replay: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      "option",
      firstSentence(message),
      "postie checkdomain example.org --resolver 127.0.0.1:53",
    );
  }
}

function onlyFor(
  name: CommandName,
  option: string,
  value: string | undefined,
  command?: { name: string },
): string | undefined {
  if (value === undefined || command?.name === name) return value;
  throw new UsageError(
    "option",
    `--${option} goes with ${name} only`,
    `postie ${name} example.org --${option} before.json`,
  );
}

function readServers(list: string | undefined): readonly ServerAddress[] | undefined {
  try {
    return list === undefined ? undefined : parseServers(list);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError("resolver", message, "postie checkdomain example.org --resolver 127.0.0.1:53");
  }
}

function firstSentence(message: string): string {
  return message.split(/\. |\n/, 1)[0] ?? message;
}
