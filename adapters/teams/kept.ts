import { randomBytes } from "node:crypto";
import type { Message } from "./activity.ts";

/**
 * Answers that somebody may still want to see again or to post, such as one that came too late for its dialog. They are kept
 * in memory only and for a short time.
 */
export interface KeptAnswers {
  /** Keeps an answer, which may still be on its way, and gives the key that a button carries. */
  keep(asker: string, answer: Promise<Message>): string;
  /** The answer of that key, for whoever asked and nobody else. */
  find(asker: string, key: string): Promise<Message> | null;
}

const KEPT_MS = 30 * 60_000;

/** With at most 27 KB each, some 14 MB. */
const MOST_KEPT = 500;

export function createKeptAnswers(): KeptAnswers {
  const kept = new Map<string, { asker: string; answer: Promise<Message>; until: number }>();
  return {
    keep(asker, answer) {
      for (const [key, { until }] of kept) {
        if (until > Date.now() && kept.size < MOST_KEPT) break;
        kept.delete(key);
      }
      const key = randomBytes(16).toString("hex");
      kept.set(key, { asker, answer, until: Date.now() + KEPT_MS });
      return key;
    },
    find(asker, key) {
      const found = kept.get(key);
      return found && found.asker === asker && found.until > Date.now() ? found.answer : null;
    },
  };
}
