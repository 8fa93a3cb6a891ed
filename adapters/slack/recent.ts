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
  of(tenant: string, user: string): readonly Asked[];
  /** Lets go of what was asked in a workspace. */
  forget(tenant: string): void;
}

const PER_PERSON = 5;
const MAX_PERSONS = 5_000;
const MAX_TEXT = 80;

export function createRecent(now: () => Date = () => new Date()): Recent {
  // Who asked last is at the end.
  const persons = new Map<string, { tenant: string; asked: Asked[] }>();
  const key = (tenant: string, user: string) => JSON.stringify([tenant, user]);
  return {
    add(request, status) {
      const { tenant } = request.place;
      const person = key(tenant, request.asker.id);
      const before = persons.get(person)?.asked ?? [];
      persons.delete(person);
      const asked = [{ status, at: now(), question: repeatable(request) }, ...before].slice(0, PER_PERSON);
      persons.set(person, { tenant, asked });
      const [oldest] = persons.keys();
      if (persons.size > MAX_PERSONS && oldest !== undefined) persons.delete(oldest);
    },
    of: (tenant, user) => persons.get(key(tenant, user))?.asked ?? [],
    forget(tenant) {
      for (const [person, { tenant: theirs }] of persons) if (theirs === tenant) persons.delete(person);
    },
  };
}

function repeatable({ command, text, files }: Request): Question | null {
  const short = text.length <= MAX_TEXT && !text.includes("\n") && !text.includes("@");
  return short && files.length === 0 && !takesMailText(command) ? { command, text } : null;
}
