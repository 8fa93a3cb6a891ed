import { randomBytes } from "node:crypto";
import type { Answer } from "../../src/bot/answer.ts";
import { isKeepable } from "../../src/bot/keepable.ts";
import type { Request } from "../../src/bot/request.ts";
import { type Store, StoreUnavailable } from "../../src/store/index.ts";
import { slackOwner } from "./installations.ts";

/** Answers kept for a while, so that what one person saw can be shared unchanged: by that person, in that workspace. */
export interface KeptAnswers {
  /** @returns the key to find it by */
  keep(request: Request, answer: Answer): Promise<string>;
  /** `null` when it is not kept any more, or was given to somebody else. */
  find(tenant: string, asker: string, key: string): Promise<Answer | null>;
  /** Lets go of what this process keeps of a workspace. */
  forget(tenant: string): void;
}

export interface KeptAnswersOptions {
  readonly store: Store;
  /** The most answers kept in this process; the oldest go first. */
  readonly max?: number;
  /** How long one is kept here, in milliseconds. */
  readonly ttlMs?: number;
  readonly now?: () => number;
}

/** The start of the keys of answers that only this process has. */
const HERE = "here-";

/**
 * An answer without mail text is kept in the store, where every instance finds it. One with mail text never leaves this process:
 * another instance does not find it, and the question is asked again.
 */
export function createKeptAnswers({
  store,
  max = 1_000,
  ttlMs = 30 * 60_000,
  now = Date.now,
}: KeptAnswersOptions): KeptAnswers {
  // The oldest first.
  const here = new Map<string, { tenant: string; asker: string; answer: Answer; until: number }>();

  function forgetOld() {
    for (const [key, { until }] of here) {
      if (until > now() && here.size <= max) return;
      here.delete(key);
    }
  }

  function keepHere({ place, asker }: Request, answer: Answer): string {
    const key = HERE + randomBytes(12).toString("base64url");
    here.set(key, { tenant: place.tenant, asker: asker.id, answer, until: now() + ttlMs });
    forgetOld();
    return key;
  }

  return {
    async keep(request, answer) {
      if (!isKeepable(request)) return keepHere(request, answer);
      try {
        const owner = slackOwner(request.place.tenant);
        return await store.keptAnswers.keep(owner, request.asker.id, JSON.stringify(answer));
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        return keepHere(request, answer);
      }
    },
    async find(tenant, asker, key) {
      if (key.startsWith(HERE)) {
        forgetOld();
        const found = here.get(key);
        return found?.tenant === tenant && found.asker === asker ? found.answer : null;
      }
      const stored = await store.keptAnswers.find(slackOwner(tenant), asker, key);
      return stored === null ? null : (JSON.parse(stored) as Answer);
    },
    forget(tenant) {
      for (const [key, found] of here) if (found.tenant === tenant) here.delete(key);
    },
  };
}
