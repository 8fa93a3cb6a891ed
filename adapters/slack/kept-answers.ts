import { randomBytes } from "node:crypto";
import type { Answer } from "../../src/bot/answer.ts";

/** Answers kept for a while in memory, so that what one person saw can be shared unchanged. */
export interface KeptAnswers {
  /** @returns the key to take it by */
  keep(answer: Answer): string;
  /** `undefined` when it is not kept any more. */
  take(key: string): Answer | undefined;
}

export interface KeptAnswersOptions {
  /** The most answers kept; the oldest go first. */
  readonly max?: number;
  /** How long one is kept, in milliseconds. */
  readonly ttlMs?: number;
  readonly now?: () => number;
}

export function createKeptAnswers({
  max = 1_000,
  ttlMs = 30 * 60_000,
  now = Date.now,
}: KeptAnswersOptions = {}): KeptAnswers {
  // The oldest first.
  const kept = new Map<string, { answer: Answer; until: number }>();

  function forgetOld() {
    for (const [key, { until }] of kept) {
      if (until > now() && kept.size <= max) return;
      kept.delete(key);
    }
  }

  return {
    keep(answer) {
      const key = randomBytes(9).toString("base64url");
      kept.set(key, { answer, until: now() + ttlMs });
      forgetOld();
      return key;
    },
    take(key) {
      forgetOld();
      return kept.get(key)?.answer;
    },
  };
}
