import { findCommand } from "../../src/bot/commands/index.ts";

/**
 * The questions in some lines that arrived together. Each line is one, but a pasted bounce is one question however many
 * lines it has: when the lines from a place on hold a bounce (as `isBounce` judges), or begin like a mail's header, they stay together.
 */
export async function splitQuestions(
  lines: readonly string[],
  isBounce: (text: string) => Promise<boolean>,
): Promise<string[]> {
  const questions: string[] = [];
  let pasted: string[] = [];
  /** The lines were introduced by a line with nothing but `bounce`. */
  let announced = false;
  const endPaste = async () => {
    const text = pasted.join("\n").trim();
    if (announced) questions.push(`bounce ${text}`.trim());
    else if (looksLikeMail(text) || (pasted.length > 1 && (await isBounce(text)))) questions.push(text);
    else questions.push(...pasted.map((line) => line.trim()).filter((line) => line !== ""));
    pasted = [];
    announced = false;
  };
  for (const line of lines) {
    const insideMail = pasted[0] !== undefined && looksLikeMail(pasted[0]);
    if (insideMail || !beginsWithCommand(line)) {
      pasted.push(line);
      continue;
    }
    await endPaste();
    if (/^\s*\/?bounce\s*$/i.test(line)) announced = true;
    else questions.push(line.trim());
  }
  await endPaste();
  return questions;
}

function beginsWithCommand(line: string): boolean {
  const [first = ""] = line.trim().split(/\s/, 1);
  return first !== "" && findCommand(first) !== undefined;
}

/** A mail's source begins with header fields (RFC 5322 §2.2), or with the `From ` line of an mbox. */
function looksLikeMail(text: string): boolean {
  return /^(From \S+@\S+ |(Return-Path|Received|Delivered-To|From|To|Date|Subject|Message-ID|MIME-Version|Content-Type|Auto-Submitted|X-[\w-]+):)/i.test(
    text,
  );
}

/**
 * Gathers lines that come in one go (a paste, a pipe) and hands them on once none has come for `quietMs` milliseconds, or at
 * the end.
 */
export async function* bursts(lines: AsyncIterable<string>, quietMs: number): AsyncIterable<string[]> {
  const iterator = lines[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const first = await next;
    if (first.done) return;
    const burst = [first.value];
    next = iterator.next();
    for (;;) {
      const result = await Promise.race([next, quiet(quietMs)]);
      if (result === "quiet") break;
      if (result.done) break;
      burst.push(result.value);
      next = iterator.next();
    }
    yield burst;
  }
}

function quiet(ms: number): Promise<"quiet"> {
  return new Promise((resolve) => setTimeout(resolve, ms, "quiet"));
}
