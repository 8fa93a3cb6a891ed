/**
 * Finds entries by words, with or without typing errors. Only short fields are searched: titles, other names, tokens,
 * claims. A word that is in none of them is compared with those that resemble it (fuse.js); how much of the question an entry
 * accounts for decides, and what accounts for too little of it is not found at all.
 */
import type Fuse from "fuse.js";
import type { Entry } from "./model.ts";
import { stem, stopWords } from "./stemming.ts";

export interface WordMatch {
  readonly entry: Entry;
  /** 0 to 1. */
  readonly score: number;
  /** The share of the question that the entry's words account for, rare words counting more: 0 to 1. */
  readonly recall: number;
}

export interface WordIndex {
  /**
   * The entries that fit the words, the best first.
   */
  search(query: string, options?: WordSearchOptions): WordMatch[];
}

export interface WordSearchOptions {
  /** Slugs: entries of these providers come before those of others. */
  readonly providers?: readonly string[];
  /** Only entries of this kind. */
  readonly only?: Entry["kind"];
  /** Also what accounts for only a small part of the question. */
  readonly lenient?: boolean;
}

/** The least share of a question that an entry must account for, and the least score that is an answer. */
const LEAST_RECALL = 0.55;
const LEAST_RECALL_BY_ONE_WORD = 0.8;
const LEAST_SCORE = 0.45;

/** The most words of a question that are looked at. */
const MAX_WORDS = 24;

/** How many words that resemble an unknown one are compared with it closely. */
const MAX_SIMILAR = 48;

/** A short text by which an entry is found. */
interface Field {
  readonly entry: number;
  readonly stems: readonly string[];
  readonly weight: number;
}

export async function createWordIndex(entries: readonly Entry[]): Promise<WordIndex> {
  const { default: FuseClass } = await import("fuse.js");
  const fields = entries.flatMap((entry, index) =>
    fieldsOf(entry).map((field) => ({ ...field, entry: index })),
  );
  const postings = new Map<string, number[]>();
  const entriesWith = new Map<string, Set<number>>();
  fields.forEach(({ stems, entry }, index) => {
    for (const word of new Set(stems)) {
      push(postings, word, index);
      const set = entriesWith.get(word);
      if (set) set.add(entry);
      else entriesWith.set(word, new Set([entry]));
    }
  });
  const rarity = new Map<string, number>();
  for (const [word, set] of entriesWith) rarity.set(word, Math.log(1 + entries.length / set.size));
  const rarest = Math.log(1 + entries.length);
  const totals = fields.map(({ stems }) => sum(stems.map((word) => rarity.get(word) ?? 0)));
  const similar = createSimilarWords([...postings.keys()], FuseClass);

  return {
    search: (query, { providers = [], only, lenient = false } = {}) => {
      const words = joinSplitWords(queryWords(query), (word) => rarity.has(stem(word)));
      const asked = words.map((word) => {
        const found = similar(word);
        const weight = Math.max(...found.map(({ word: known }) => rarity.get(known) ?? 0), 0);
        return { found, weight: weight || rarest * unknownWeight(word) };
      });
      const whole = sum(asked.map(({ weight }) => weight));
      if (whole === 0) return [];

      const perField = new Map<number, { recalled: number; stems: Set<string> }>();
      const perEntry = new Map<number, number[]>();
      asked.forEach(({ found, weight }, at) => {
        const best = new Map<number, { word: string; likeness: number }>();
        for (const { word, likeness } of found) {
          for (const field of postings.get(word) ?? []) {
            if (likeness > (best.get(field)?.likeness ?? 0)) best.set(field, { word, likeness });
          }
        }
        for (const [field, { word, likeness }] of best) {
          const hit = perField.get(field) ?? { recalled: 0, stems: new Set() };
          hit.recalled += weight * likeness;
          hit.stems.add(word);
          perField.set(field, hit);
          const entry = fields[field]?.entry ?? -1;
          const recalled = perEntry.get(entry) ?? Array.from({ length: asked.length }, () => 0);
          recalled[at] = Math.max(recalled[at] ?? 0, weight * likeness);
          perEntry.set(entry, recalled);
        }
      });

      const bestField = new Map<number, number>();
      for (const [index, { recalled, stems }] of perField) {
        const field = fields[index];
        if (!field) continue;
        const precision = sum([...stems].map((word) => rarity.get(word) ?? 0)) / (totals[index] || 1);
        const score = (recalled / whole) * (0.55 + 0.45 * Math.min(1, precision)) * field.weight;
        if (score > (bestField.get(field.entry) ?? 0)) bestField.set(field.entry, score);
      }
      const matches: WordMatch[] = [];
      for (const [index, recalled] of perEntry) {
        const entry = entries[index];
        const recall = sum(recalled) / whole;
        if (!entry || (only !== undefined && entry.kind !== only)) continue;
        const words = recalled.filter((weight) => weight > 0).length;
        const least = words === 1 && asked.length > 1 ? LEAST_RECALL_BY_ONE_WORD : LEAST_RECALL;
        if (recall < (lenient ? least / 2 : least)) continue;
        const score = (0.75 * (bestField.get(index) ?? 0) + 0.25 * recall) * prior(entry, providers);
        if (score >= (lenient ? LEAST_SCORE / 2 : LEAST_SCORE)) matches.push({ entry, score, recall });
      }
      return matches.sort((a, b) => b.score - a.score);
    },
  };
}

/**
 * How much an unknown word counts against what is known of the others. A code that nothing here speaks of makes it another
 * subject (404 not found); how many minutes or messages there were does not.
 */
function unknownWeight(word: string): number {
  if (/^\d{3}$/.test(word)) return 1.5;
  return /^\d/.test(word) ? 0.2 : 1;
}

/** What a question is likelier about before its words are looked at. */
function prior(entry: Entry, providers: readonly string[]): number {
  if (entry.kind === "provider") {
    if (providers.length === 0) return 0.8;
    return providers.includes(entry.provider) ? 1.2 : 0.6;
  }
  return { guide: 1, phrase: 0.8, status: 0.9, reply: 0.9, subject: 0.8, myth: 0.85 }[entry.kind];
}

/** The most examples of an entry that are searched. */
const MAX_EXAMPLES = 3;

function fieldsOf(entry: Entry): Omit<Field, "entry">[] {
  const field = (text: string, weight: number) => ({ stems: stemsOf(text), weight });
  const fields = [field(entry.title, 0.95), ...entry.aliases.map((alias) => field(alias, 1))];
  if (entry.kind === "guide") fields.push(field(entry.key, 1), field(entry.meaning, 0.7));
  if (entry.kind === "phrase") fields.push(field(entry.key, 0.9));
  if (entry.kind === "provider") fields.push(field(entry.key, 0.9));
  if (entry.kind === "provider" || entry.kind === "phrase") {
    fields.push(...entry.tokens.map((token) => field(token.replace(/[*|?\\]/g, " "), 0.9)));
  }
  fields.push(...entry.examples.slice(0, MAX_EXAMPLES).map((example) => field(example.slice(0, 160), 0.7)));
  if (entry.kind === "myth") fields.push(field(entry.claim, 0.9));
  if (entry.kind === "status") fields.push(field(entry.name, 0.9));
  return fields.filter(({ stems }) => stems.length > 0);
}

/** Words that are known as one are read as one: "grey listing". */
function joinSplitWords(words: readonly string[], isKnown: (word: string) => boolean): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    if (before !== undefined && isKnown(before + word) && !(isKnown(before) && isKnown(word))) {
      joined[joined.length - 1] = before + word;
    } else {
      joined.push(word);
    }
  }
  return joined;
}

const WORD = /\d+(?:\.\d+)+|[\p{L}\p{N}]+/gu;

function stemsOf(text: string): string[] {
  return wordsOf(text).map(stem);
}

function queryWords(query: string): string[] {
  return [...new Set(wordsOf(query))].slice(0, MAX_WORDS);
}

function wordsOf(text: string): string[] {
  const plain = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
  return (plain.match(WORD) ?? []).filter(
    (word) => !stopWords.has(word) && (word.length > 1 || /\d/.test(word)),
  );
}

interface SimilarWord {
  readonly word: string;
  /** 1 for the same word, less for one that only resembles it. */
  readonly likeness: number;
}

/** Finds the known words that a word may stand for: itself, what begins with it, what it is a misspelling of. */
function createSimilarWords(
  known: readonly string[],
  FuseClass: typeof Fuse,
): (word: string) => SimilarWord[] {
  const all = new Set(known);
  const sorted = [...known].sort();
  const byPair = new Map<string, number[]>();
  sorted.forEach((word, index) => {
    for (const pair of pairsOf(word)) push(byPair, pair, index);
  });

  const beginningWith = (start: string): SimilarWord[] => {
    const found: SimilarWord[] = [];
    for (let at = lowerBound(sorted, start); at < sorted.length && found.length < 8; at++) {
      const word = sorted[at] ?? "";
      if (!word.startsWith(start)) break;
      if (word !== start) found.push({ word, likeness: 0.55 + (0.4 * start.length) / word.length });
    }
    return found;
  };

  const misspelt = (word: string): SimilarWord[] => {
    const shared = new Map<number, number>();
    for (const pair of pairsOf(word)) {
      for (const index of byPair.get(pair) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1);
    }
    const near = [...shared]
      .filter(([index]) => Math.abs((sorted[index] ?? "").length - word.length) <= 2)
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_SIMILAR)
      .map(([index]) => sorted[index] ?? "");
    const fuse = new FuseClass(near, {
      includeScore: true,
      threshold: 0.4,
      distance: 40,
      ignoreFieldNorm: true,
    });
    return fuse
      .search(word.slice(0, 32))
      .map(({ item, score = 1 }) => {
        const lengths = Math.abs(item.length - word.length) / word.length;
        return { word: item, likeness: 1 - score - lengths / 2 };
      })
      .filter(({ likeness }) => likeness >= 0.6)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, 4);
  };

  return (word) => {
    const stemmed = stem(word);
    const same = all.has(stemmed) ? [{ word: stemmed, likeness: 1 }] : [];
    if (/\d/.test(word) || word.length < 4) return same;
    const longer = word.length >= 4 ? beginningWith(stemmed) : [];
    if (same.length > 0) return [...same, ...longer];
    return [...longer, ...misspelt(stemmed)];
  };
}

function pairsOf(word: string): Set<string> {
  const padded = ` ${word} `;
  return new Set(Array.from({ length: padded.length - 1 }, (_, at) => padded.slice(at, at + 2)));
}

function lowerBound(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function push<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
