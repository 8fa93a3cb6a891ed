/** What a person asked last. Mail text is never kept: of a bounce only that there was one. */
import type { Status } from "../../src/bot/answer.ts";
import type { Request } from "../../src/bot/request.ts";
import type { Question } from "./buttons.ts";
import { takesMailText } from "./mail-text.ts";

export interface Asked {
  readonly status: Status;
  readonly at: Date;
  /** To ask it again; `null` for what was about mail text. */
  readonly question: Question | null;
}

export interface Recent {
  add(request: Request, status: Status): void;
  /** The newest first. */
  of(user: string): readonly Asked[];
}

const PER_PERSON = 5;
const MAX_PERSONS = 5_000;
const MAX_TEXT = 80;

export function createRecent(now: () => Date = () => new Date()): Recent {
  const persons = new Map<string, Asked[]>();
  return {
    add(request, status) {
      const { id } = request.asker;
      const list = persons.get(id) ?? [];
      persons.delete(id);
      persons.set(id, [{ status, at: now(), question: repeatable(request) }, ...list].slice(0, PER_PERSON));
      const [oldest] = persons.keys();
      if (persons.size > MAX_PERSONS && oldest !== undefined) persons.delete(oldest);
    },
    of: (user) => persons.get(user) ?? [],
  };
}

function repeatable({ command, text, files }: Request): Question | null {
  const short = text.length <= MAX_TEXT && !text.includes("\n") && !text.includes("@");
  return short && files.length === 0 && !takesMailText(command) ? { command, text } : null;
}
