/** What the knowledge files hold once they are loaded: plain data, references resolved, nothing to look up any more. */
import type { Actor, Category, Permanence, Provider, Remedies, Retry, Theme } from "./entry.ts";

export type { Actor, Category, Permanence, Provider, Remedies, Retry, Theme };

/** A source to show, with its page where there is one: "RFC 5321 §4.2.3", "Gmail SMTP errors and codes (seen 2026-07)". */
export interface Source {
  readonly text: string;
  readonly href?: string;
}

interface Explanation {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly causes: readonly string[];
  /** The id of its category; `null` for an entry that has none. */
  readonly category: string | null;
  /** `unknown` where neither the entry nor its codes tell. */
  readonly permanence: Permanence;
  readonly retry: Retry | null;
  readonly retryNote: string | null;
  /** Who must act, the most important first; the category's where the entry says nothing. */
  readonly act: readonly Actor[];
  /** What each role can do: the entry's own words, the category's for the roles it leaves out. */
  readonly remedies: Remedies;
  readonly examples: readonly string[];
  readonly sources: readonly Source[];
  readonly aliases: readonly string[];
  /** Ids of guides worth reading next, without `guide:`; its own before its category's. */
  readonly guides: readonly string[];
  readonly validFrom: string | null;
  readonly validUntil: string | null;
  /** True when it comes from the overlay folder and not from Postie's own knowledge. */
  readonly local: boolean;
}

export interface ReplyEntry extends Explanation {
  readonly kind: "reply";
  readonly code: string;
  readonly standard: boolean;
}

export interface StatusEntry extends Explanation {
  readonly kind: "status";
  readonly code: string;
  readonly name: string;
  readonly replyCodes: readonly string[];
  readonly standard: boolean;
}

export interface SubjectEntry extends Explanation {
  readonly kind: "subject";
  readonly code: string;
}

export interface ProviderEntry extends Explanation {
  readonly kind: "provider";
  readonly provider: string;
  readonly key: string;
  readonly replyCodes: readonly string[];
  readonly statusCodes: readonly string[];
  readonly tokens: readonly string[];
  readonly needsProvider: boolean;
  readonly codeAssumed: boolean;
  readonly standardSays: string | null;
}

export interface PhraseEntry extends Explanation {
  readonly kind: "phrase";
  readonly key: string;
  readonly tokens: readonly string[];
}

export interface MythEntry extends Explanation {
  readonly kind: "myth";
  readonly key: string;
  readonly claim: string;
  readonly codes: readonly string[];
}

/** `meaning` is the guide's summary, `guides` the related ones. */
export interface GuideEntry extends Explanation {
  readonly kind: "guide";
  readonly key: string;
  /** The guide's text, in the Markdown subset of {@link parseGuideMarkdown}. */
  readonly markdown: string;
}

export type Entry =
  | ReplyEntry
  | StatusEntry
  | SubjectEntry
  | ProviderEntry
  | PhraseEntry
  | MythEntry
  | GuideEntry;
export type EntryKind = Entry["kind"];

/** A mistake in a knowledge file. */
export interface Problem {
  /** Relative to the knowledge folder it was found in. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/** Thrown when knowledge files cannot be used; `problems` holds every mistake that was found, not only the first. */
export class KnowledgeError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ file, line, reason }) => `${file}:${line}: ${reason}`).join("\n"));
    this.name = "KnowledgeError";
    this.problems = problems;
  }
}

/** How much is known. */
export interface KnowledgeCounts {
  readonly entries: number;
  readonly byKind: Readonly<Record<EntryKind, number>>;
  /** Entries per provider slug, the most first. */
  readonly byProvider: Readonly<Record<string, number>>;
  /** Literal texts by which replies are recognised. */
  readonly tokens: number;
  /** Entries with remedies of their own, and how many texts for single roles those hold. */
  readonly entriesWithOwnRemedies: number;
  readonly ownRemedies: number;
  readonly categories: number;
  readonly providers: number;
  /** Distinct sources that entries cite. */
  readonly sources: number;
  /** Entries that come from the overlay folder. */
  readonly local: number;
}

/** All knowledge as plain JSON data: what the cache keeps. */
export interface KnowledgeData {
  readonly entries: readonly Entry[];
  readonly categories: readonly Category[];
  readonly providers: readonly Provider[];
  readonly themes: readonly Theme[];
  readonly counts: KnowledgeCounts;
  /** References to things that do not exist: not fatal, since the entries can be used without them. */
  readonly problems: readonly Problem[];
}
