import { type Answer, type Inline, plainText, type Update } from "../../src/bot/answer.ts";
import type { Bot } from "../../src/bot/bot.ts";
import type { Request } from "../../src/bot/request.ts";

/** A request as the terminal would make it, with what a test wants to be different. */
export function request(part: Partial<Request> = {}): Request {
  return {
    command: "interpret",
    text: "",
    files: [],
    place: { platform: "terminal", tenant: "local", conversation: "c1", private: true },
    asker: { id: "u1" },
    ...part,
  };
}

/** Every update that a question gets. */
export async function updatesOf(bot: Bot, asked: Request, signal?: AbortSignal): Promise<Update[]> {
  const updates: Update[] = [];
  for await (const update of bot.answer(asked, signal ? { signal } : {})) updates.push(update);
  return updates;
}

/** The final update of a question; fails when there is none. */
export async function finalOf(bot: Bot, asked: Request): Promise<Extract<Update, { answer: Answer }>> {
  const last = (await updatesOf(bot, asked)).at(-1);
  if (!last || !("answer" in last)) throw new Error("no answer came");
  return last;
}

/** All text that an answer shows, in order. */
export function textOf(answer: Answer): string {
  const texts: string[] = [];
  const visit = (value: unknown) => {
    if (typeof value === "string") texts.push(value);
    else if (isInlines(value)) texts.push(plainText(value));
    else if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  visit([answer.title, answer.summary, answer.sections, answer.followUps, answer.sources]);
  return texts.join("\n");
}

function isInlines(value: unknown): value is Inline[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every(
    (part) => typeof part === "object" && part !== null && "text" in part && typeof part.text === "string",
  );
}
