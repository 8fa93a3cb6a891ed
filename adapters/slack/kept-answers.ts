import { randomBytes } from "node:crypto";
import type { Answer } from "../../src/bot/answer.ts";

/** Answers kept for a while in memory, so that what one person saw can be shared unchanged. */
export interface KeptAnswers {
  /** @returns the key to take it by */
  keep(answer: Answer): string;
  take(key: string): Answer | undefined;
}

/** @param max the most answers kept; the oldest go first */
export function createKeptAnswers({ max = 1_000 } = {}): KeptAnswers {
  const answers = new Map<string, Answer>();
  return {
    keep(answer) {
      const key = randomBytes(9).toString("base64url");
      answers.set(key, answer);
      const [oldest] = answers.keys();
      if (answers.size > max && oldest !== undefined) answers.delete(oldest);
      return key;
    },
    take: (key) => answers.get(key),
  };
}
