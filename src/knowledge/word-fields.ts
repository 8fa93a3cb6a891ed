/** The short texts by which an entry is found, and the words of a text. */
import type { Entry } from "./model.ts";
import { stopWords } from "./stemming.ts";

export interface WordField {
  readonly text: string;
  /** How much it tells what the entry is about: 0 to 1. */
  readonly weight: number;
}

/** The most examples of an entry that are searched. */
const MAX_EXAMPLES = 3;

/** Long prose stays out: it holds too many words that the entry is not about. */
export function wordFields(entry: Entry): WordField[] {
  const fields: WordField[] = [
    { text: entry.title, weight: 0.95 },
    ...entry.aliases.map((text) => ({ text, weight: 1 })),
    ...entry.examples.slice(0, MAX_EXAMPLES).map((example) => ({ text: example.slice(0, 160), weight: 0.7 })),
  ];
  switch (entry.kind) {
    case "guide":
      fields.push({ text: entry.key, weight: 1 }, { text: entry.meaning, weight: 0.7 });
      break;
    case "provider":
    case "phrase":
      fields.push({ text: entry.key, weight: 0.9 });
      fields.push(...entry.tokens.map((token) => ({ text: token.replace(/[*|?\\]/g, " "), weight: 0.9 })));
      break;
    case "myth":
      fields.push({ text: entry.claim, weight: 0.9 });
      break;
    case "status":
      fields.push({ text: entry.name, weight: 0.9 });
      break;
    default:
      break;
  }
  return fields;
}

/** Words, numbers with dots, and how an SPF record ends. */
const WORD = /(?<!\S)[-~+?]all(?!\p{L})|\d+(?:\.\d+)+|[\p{L}\p{N}]+/gu;

/** The words of a text in their order, lower case and without accents, but for those that say nothing. */
export function wordsOf(text: string): string[] {
  const lower = text.toLowerCase();
  const plain = ASCII.test(lower)
    ? lower
    : lower.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
  return (plain.replace(TIMED_OUT, "timeout").match(WORD) ?? []).filter(
    (word) => !stopWords.has(word) && (word.length > 1 || /\d/.test(word)),
  );
}

/** One thing, however it is written. */
const TIMED_OUT = /\btimed?[ -]out\b/g;

const ASCII = /^[\x20-\x7e\n\t]*$/;
