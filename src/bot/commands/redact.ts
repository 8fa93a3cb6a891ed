/** The option `redact`: answers in which the local parts of mail addresses are masked. */
import { redactLocalParts } from "../../bounce/index.ts";
import type { CommandResult } from "./command.ts";

/** `redact` before the text, or beside a file. */
export function readRedact(text: string): { text: string; redact: boolean } {
  const option = /^\s*(?:redact=(?:yes|on|true)|redact)(?=\s|$)/i.exec(text);
  return { text: text.slice(option?.[0].length ?? 0).trim(), redact: option !== null };
}

export function redacted(result: CommandResult): CommandResult {
  return { ...result, answer: mask(result.answer) as CommandResult["answer"], report: mask(result.report) };
}

/** Plain data with every string masked. */
function mask(value: unknown): unknown {
  if (typeof value === "string") return redactLocalParts(value);
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mask(inner)]));
}
