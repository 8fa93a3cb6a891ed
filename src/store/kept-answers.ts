import { randomBytes } from "node:crypto";
import { type Queries, text } from "./database.ts";
import type { Owner } from "./settings.ts";

/**
 * Answers that may be shown once more, such as to a whole channel, by whichever instance the button reaches. Only answers
 * without mail text may be kept here.
 */
export interface KeptAnswers {
  /**
   * @param asker who was given it
   * @param answer as JSON or any other text
   * @param key a random one that was given out before the answer was there; otherwise one is made up
   * @returns the key to find it by
   */
  keep(owner: Owner, asker: string, answer: string, key?: string): Promise<string>;
  /** null when it is not kept any more, or was given to somebody else. */
  find(owner: Owner, asker: string, key: string): Promise<string | null>;
}

/** The time in which somebody may still want to share an answer, in milliseconds. */
const KEPT_MS = 30 * 60_000;

export function createKeptAnswers(database: Queries, now: () => number): KeptAnswers {
  return {
    async keep({ platform, tenant }, asker, answer, key = randomBytes(12).toString("base64url")) {
      await database.query("INSERT INTO kept_answer VALUES ($1, $2, $3, $4, $5, $6)", [
        platform,
        tenant,
        key,
        asker,
        answer,
        now() + KEPT_MS,
      ]);
      return key;
    },
    async find({ platform, tenant }, asker, key) {
      const [row] = await database.query(
        "SELECT answer FROM kept_answer WHERE platform = $1 AND tenant = $2 AND name = $3 AND asker = $4 AND until > $5",
        [platform, tenant, key, asker, now()],
      );
      return row ? text(row, "answer") : null;
    },
  };
}
