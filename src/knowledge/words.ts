/**
 * Finds entries by words, with or without typing errors. How much of the question an entry accounts for decides, rare words
 * counting more; what accounts for too little of it is not found at all.
 */
import type { Entry } from "./model.ts";
import { createSimilarWords, type SimilarWord } from "./similar-words.ts";
import { generalWords, stem } from "./stemming.ts";
import { wordFields, wordsOf } from "./word-fields.ts";

export interface WordMatch {
  readonly entry: Entry;
  /** 0 to 1 and a little more. */
  readonly score: number;
  /** The share of the question that the entry's words account for, rare words counting more: 0 to 1. */
  readonly recall: number;
}

export interface WordSearchOptions {
  /** Slugs: entries of these providers come before those of others. */
  readonly providers?: readonly string[];
  /** Only entries of this kind. */
  readonly only?: Entry["kind"];
  /** Also what accounts for only a small part of the question. */
  readonly lenient?: boolean;
}

export interface WordIndex {
  /** The entries that fit the words, the best first. */
  search(query: string, options?: WordSearchOptions): WordMatch[];
}

/** The least share of a question that an entry must account for; one word of several is rarely what it is about. */
const LEAST_RECALL = 0.55;
const LEAST_RECALL_BY_ONE_WORD = 0.8;
const LEAST_RECALL_OF_ONE_WORD = 0.7;

/** The least score that is an answer. */
const LEAST_SCORE = 0.45;

/** The most words of a question that are looked at. */
const MAX_WORDS = 24;

/** A short text of an entry. */
interface Field {
  readonly entry: number;
  readonly stems: readonly string[];
  readonly weight: number;
  /** The rarities of its words, summed. */
  readonly total: number;
}

export async function createWordIndex(entries: readonly Entry[]): Promise<WordIndex> {
  const { default: Fuse } = await import("fuse.js");
  const texts = entries.flatMap((entry, index) =>
    wordFields(entry).map(({ text, weight }) => ({ entry: index, words: wordsOf(text), weight })),
  );
  const stemOf = remember(stem);
  const similar = createSimilarWords(new Set(texts.flatMap(({ words }) => words)), Fuse);
  const stemmed = texts.map(({ entry, words, weight }) => ({ entry, weight, stems: words.map(stemOf) }));
  const rarity = rarities(stemmed, entries.length);
  const rarityOf = (word: string) => rarity.get(word) ?? 0;
  const fields: Field[] = stemmed.map((field) => ({ ...field, total: sum(field.stems.map(rarityOf)) }));
  const fieldsWith = new Map<string, number[]>();
  fields.forEach(({ stems }, index) => {
    for (const word of new Set(stems)) {
      const list = fieldsWith.get(word);
      if (list) list.push(index);
      else fieldsWith.set(word, [index]);
    }
  });
  const rarest = Math.log(1 + entries.length);

  return {
    search: (query, { providers = [], only, lenient = false } = {}) => {
      const words = joinSplitWords([...new Set(wordsOf(query))], (word) => rarity.has(stem(word)));
      const asked = words.slice(0, MAX_WORDS).map((word): Asked => {
        const found = similar(word);
        const weight = Math.max(0, ...found.map((known) => rarityOf(known.word)));
        const general = generalWords.has(word) || generalWords.has(stem(word));
        return { found, weight: weight || rarest * unknownWeight(word), general };
      });
      const whole = sum(asked.map(({ weight }) => weight));
      const matches: WordMatch[] = [];
      for (const [index, { byWord, best }] of recallOf(asked, whole, fields, fieldsWith, rarityOf)) {
        const entry = entries[index];
        if (!entry || (only !== undefined && entry.kind !== only)) continue;
        if (byWord.every((share, at) => share === 0 || asked[at]?.general)) continue;
        const recall = sum(byWord) / whole;
        const leniency = lenient ? 0.5 : 1;
        if (recall < leastRecall(byWord) * leniency) continue;
        const score = (0.75 * best + 0.25 * recall) * prior(entry, providers);
        if (score >= LEAST_SCORE * leniency) matches.push({ entry, score, recall });
      }
      return matches.sort((a, b) => b.score - a.score);
    },
  };
}

function leastRecall(byWord: readonly number[]): number {
  if (byWord.length === 1) return LEAST_RECALL_OF_ONE_WORD;
  return byWord.filter((weight) => weight > 0).length === 1 ? LEAST_RECALL_BY_ONE_WORD : LEAST_RECALL;
}

/** A word of the question. */
interface Asked {
  readonly found: readonly SimilarWord[];
  readonly weight: number;
  /** It tells nothing by itself. */
  readonly general: boolean;
}

interface Recalled {
  /** For each word of the question, how much of its weight the entry accounts for. */
  readonly byWord: number[];
  /** The score of the entry's best field: how much of the question it holds, and how much of it the question is. */
  best: number;
}

function recallOf(
  asked: readonly Asked[],
  whole: number,
  fields: readonly Field[],
  fieldsWith: ReadonlyMap<string, number[]>,
  rarityOf: (word: string) => number,
): Map<number, Recalled> {
  const perField = new Map<number, { recalled: number; stems: Set<string> }>();
  const perEntry = new Map<number, Recalled>();
  asked.forEach(({ found, weight }, at) => {
    for (const [index, { word, likeness }] of bestPerField(found, fieldsWith)) {
      const field = perField.get(index) ?? { recalled: 0, stems: new Set() };
      field.recalled += weight * likeness;
      field.stems.add(word);
      perField.set(index, field);
      const entry = fields[index]?.entry ?? -1;
      const recalled = perEntry.get(entry) ?? { byWord: asked.map(() => 0), best: 0 };
      recalled.byWord[at] = Math.max(recalled.byWord[at] ?? 0, weight * likeness);
      perEntry.set(entry, recalled);
    }
  });
  for (const [index, { recalled, stems }] of perField) {
    const field = fields[index];
    const entry = field && perEntry.get(field.entry);
    if (!entry) continue;
    const precision = Math.min(1, sum([...stems].map(rarityOf)) / (field.total || 1));
    entry.best = Math.max(entry.best, (recalled / whole) * (0.55 + 0.45 * precision) * field.weight);
  }
  return perEntry;
}

function bestPerField(
  found: readonly SimilarWord[],
  fieldsWith: ReadonlyMap<string, number[]>,
): Map<number, SimilarWord> {
  const best = new Map<number, SimilarWord>();
  for (const similar of found) {
    for (const field of fieldsWith.get(similar.word) ?? []) {
      if (similar.likeness > (best.get(field)?.likeness ?? 0)) best.set(field, similar);
    }
  }
  return best;
}

/** How rare each word is: the fewer entries have it, the more it tells. Fields of one entry follow each other. */
function rarities(fields: readonly { entry: number; stems: readonly string[] }[], entries: number) {
  const counts = new Map<string, { entries: number; last: number }>();
  for (const { entry, stems } of fields) {
    for (const word of stems) {
      const count = counts.get(word);
      if (!count) counts.set(word, { entries: 1, last: entry });
      else if (count.last !== entry) {
        count.entries++;
        count.last = entry;
      }
    }
  }
  return new Map(
    counts.entries().map(([word, count]) => [word, Math.log(1 + entries / count.entries)] as const),
  );
}

/** The same function, asked only once for each word. */
function remember(ask: (word: string) => string): (word: string) => string {
  const answers = new Map<string, string>();
  return (word) => {
    const known = answers.get(word);
    if (known !== undefined) return known;
    const answer = ask(word);
    answers.set(word, answer);
    return answer;
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
    return providers.includes(entry.provider) ? 1.05 : 0.6;
  }
  return { guide: 1, phrase: 0.8, status: 0.9, reply: 0.9, subject: 0.8, myth: 0.85 }[entry.kind];
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
