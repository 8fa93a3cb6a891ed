/**
 * What Postie says, free of any platform's markup. Strings here are plain text: a renderer escapes them, so text from
 * outside (bounces, DNS, blocklist reasons) may be put in as it is. Only a `Link` becomes a link, and its address comes
 * from Postie's own knowledge, never from outside text.
 */
import type { CommandName } from "./request.ts";

export type Status = "ok" | "warning" | "problem" | "info" | "unknown";

/** A stretch of text, or a link. `code` is for literal text: codes, records, server replies, commands to type. */
export type Inline = { text: string; style?: "strong" | "code" } | { text: string; href: string };

export interface Link {
  text: string;
  /** `https:` only. */
  href: string;
}

/** A source that stands behind the answer, with a page where there is one ("RFC 7372", "Google SMTP errors, seen 2026-07"). */
export type Source = { text: string; href?: string };

/** A next step that is offered as a button: another command with its arguments, or a page. */
export type FollowUp =
  | { label: string; command: CommandName; text: string }
  | { label: string; href: string };

/** ✓ SPF passed   ? DMARC not available */
export interface CheckRow {
  status: Status;
  label: string;
  detail: Inline[];
}

export type Section =
  | { kind: "text"; text: Inline[] }
  | { kind: "heading"; text: string }
  | { kind: "checks"; rows: CheckRow[] }
  | { kind: "facts"; rows: { label: string; value: Inline[] }[] }
  | { kind: "list"; items: Inline[][]; ordered?: boolean }
  | { kind: "table"; header: string[]; rows: Inline[][][] }
  /** Something to copy, such as a DNS record: shown exactly, in monospace, on its own. */
  | { kind: "code"; text: string; caption?: string }
  /** Folded where the platform can; `sections` may not hold further details. */
  | { kind: "details"; title: string; sections: Section[] };

export interface Answer {
  /** The verdict in one line. */
  title: string;
  status: Status;
  /** The answer itself in one or two sentences: permanence, who must act. Also the notification text. */
  summary: Inline[];
  /** What to do first, evidence after it, details folded at the end. The first few must be enough on a phone. */
  sections: Section[];
  followUps: FollowUp[];
  sources: Source[];
}

/** One step of a running check, for the progress that a person sees. */
export interface Step {
  id: string;
  label: string;
  state: "running" | "done" | "failed";
}

/**
 * How an answer ended, for whoever decides by it (the terminal's exit code):
 * `answered`; `nothing` found that fits; a `problem` was found; wrong `usage`; over a limit (`busy`); a `fault` of the program.
 */
export type Outcome = "answered" | "nothing" | "problem" | "usage" | "busy" | "fault";

/** What {@link Bot.answer} yields: progress while a check runs, and last of all the answer. */
export type Update =
  | { progress: Step[] }
  | {
      answer: Answer;
      outcome: Outcome;
      /** The same result as plain JSON data for scripts; its shape is the command's and stable (see the README). */
      report: unknown;
    };

/** Plain text of a run of inlines, for notifications and summaries. */
export function plainText(inlines: readonly Inline[]): string {
  return inlines.map((inline) => inline.text).join("");
}

/** A run of inlines from a template, in which strings and numbers stay plain text. `` say`Ask ${code("550")}` `` */
export function say(strings: TemplateStringsArray, ...values: (Inline | string | number)[]): Inline[] {
  const inlines: Inline[] = [];
  const add = (inline: Inline) => {
    const last = inlines.at(-1);
    if (last && isPlain(last) && isPlain(inline)) last.text += inline.text;
    else if (inline.text !== "") inlines.push({ ...inline });
  };
  strings.forEach((text, index) => {
    add({ text });
    const value = values[index];
    if (value !== undefined) add(typeof value === "object" ? value : { text: String(value) });
  });
  return inlines;
}

function isPlain(inline: Inline): boolean {
  return !("href" in inline) && inline.style === undefined;
}

export const strong = (text: string): Inline => ({ text, style: "strong" });
export const code = (text: string): Inline => ({ text, style: "code" });
