/** Finds the known words that a word of a question may stand for. */
import type Fuse from "fuse.js";
import { editDistance } from "./edit-distance.ts";
import { stem } from "./stemming.ts";

export interface SimilarWord {
  /** The stem of a known word. */
  readonly word: string;
  /** 1 for the same word, less for one that only resembles it. */
  readonly likeness: number;
}

/** How many words that resemble an unknown one are compared with it closely. */
const MAX_NEAR = 48;

/** How fuse.js compares a word with those that resemble it: anywhere in it, up to two of five letters wrong. */
const FUZZY = { threshold: 0.4, distance: 40, ignoreFieldNorm: true };

/** What a different first letter takes from the likeness: people seldom get that one wrong. */
const FIRST_LETTER = 0.15;

/** The least likeness at which a word is taken for a misspelling of another. */
const LEAST_LIKENESS = 0.6;

/**
 * @param known words as they are written
 * @returns for a word: itself, what begins with it; for a word that is not known, what it is a misspelling of
 */
export function createSimilarWords(
  known: Iterable<string>,
  FuseClass: typeof Fuse,
): (word: string) => SimilarWord[] {
  const sorted = [...new Set(known)].sort();
  const stems = new Set(sorted.map(stem));
  const byPair = new Map<string, number[]>();
  sorted.forEach((word, index) => {
    for (const pair of pairsOf(word)) {
      const list = byPair.get(pair);
      if (list) list.push(index);
      else byPair.set(pair, [index]);
    }
  });

  const beginningWith = (start: string): SimilarWord[] => {
    const found: SimilarWord[] = [];
    for (let at = lowerBound(sorted, start); at < sorted.length && found.length < 8; at++) {
      const word = sorted[at] ?? "";
      if (!word.startsWith(start)) break;
      const stemmed = stem(word);
      if (stemmed !== start)
        found.push({ word: stemmed, likeness: 0.55 + (0.4 * start.length) / word.length });
    }
    return found;
  };

  // fuse.js compares letter by letter, which is slow over all words: only those that share most pairs of letters are asked.
  const misspelt = (word: string): SimilarWord[] => {
    const shared = new Map<number, number>();
    for (const pair of pairsOf(word)) {
      for (const index of byPair.get(pair) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1);
    }
    const near = [...shared]
      .filter(([index]) => Math.abs((sorted[index] ?? "").length - word.length) <= 2)
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_NEAR)
      .map(([index]) => sorted[index] ?? "");
    return new FuseClass(near, FUZZY)
      .search(word.slice(0, 32))
      .map(({ item }) => ({ word: stem(item), likeness: likenessOf(word, item) }))
      .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, 4);
  };

  return (word) => {
    const stemmed = stem(word);
    const same = stems.has(stemmed) ? [{ word: stemmed, likeness: 1 }] : [];
    if (/\d/.test(word) || word.length < 4) return same;
    const longer = beginningWith(stemmed);
    return same.length > 0 ? [...same, ...longer] : [...longer, ...misspelt(word)];
  };
}

function likenessOf(word: string, known: string): number {
  const wrong = editDistance(word, known) / Math.max(word.length, known.length);
  return 1 - wrong - (word[0] === known[0] ? 0 : FIRST_LETTER);
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
