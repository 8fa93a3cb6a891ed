import { z } from "zod";
import { findCommand } from "../../src/bot/commands/index.ts";
import { ASK_VERB, type Ask } from "./card.ts";

const askSchema = z.looseObject({ verb: z.literal(ASK_VERB), command: z.string(), text: z.string() });

/** What a button of ours asks, or null for any other data. Anybody can forge it, so the command is looked up. */
export function askOf(data: unknown): Ask | null {
  const parsed = askSchema.safeParse(data);
  if (!parsed.success) return null;
  const command = findCommand(parsed.data.command);
  return command ? { command: command.name, text: parsed.data.text } : null;
}

/** A question with the command that its word stands for, or free text. */
export function findAsk({ command, text }: { command: string; text: string }): Ask | null {
  if (command === "interpret") return { command, text };
  const found = findCommand(command);
  return found ? { command: found.name, text } : null;
}
