import { setTimeout as sleep } from "node:timers/promises";
import { type Notice, type Store, StoreUnavailable } from "../store/index.ts";
import type { Answer } from "./answer.ts";
import type { Poster, WatchingLog } from "./watching.ts";

export interface WatchPostingOptions {
  readonly store: Pick<Store, "watches">;
  readonly posters: ReadonlyMap<Poster["platform"], Poster>;
  readonly log: WatchingLog;
  readonly now: () => number;
  readonly random: () => number;
}

export interface WatchPosting {
  /** Posts what there is to say by now; tells how many notices it took on. */
  postDue(): Promise<number>;
}

/** For so long nobody else posts what an instance has taken on; then it has surely ended. */
const LEASE_MS = 90_000;
/** Nobody waits longer for a platform. */
const PATIENCE_MS = 60_000;
const BATCH = 20;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 24 * 60 * 60_000;
/** What could not be posted for so long is no news any more. */
const KEPT_MS = 7 * 24 * 60 * 60_000;
/** Pauses between attempts to tell the store that something was posted, in milliseconds. */
const STORE_PAUSES = [200, 1_000, 3_000, 8_000];

export function createWatchPosting({ store, posters, log, now, random }: WatchPostingOptions): WatchPosting {
  async function postDue(): Promise<number> {
    let taken = 0;
    for (;;) {
      const takenAt = now();
      const notices = await store.watches.takeNotices(LEASE_MS, BATCH, [...posters.keys()]);
      const places = Map.groupBy(notices, ({ platform, tenant, conversation }) =>
        JSON.stringify([platform, tenant, conversation]),
      );
      await Promise.all([...places.values()].map((inOnePlace) => postInTurn(inOnePlace, takenAt)));
      taken += notices.length;
      if (notices.length < BATCH) return taken;
    }
  }

  /** One after the other, as they came, and none after a conversation has gone. */
  async function postInTurn(notices: readonly Notice[], takenAt: number): Promise<void> {
    for (const notice of notices) {
      if (now() - takenAt > LEASE_MS - PATIENCE_MS) {
        // Before this one is posted others may have it.
        await settle(() => store.watches.retryNotice(notice, now(), notice.maybePosted));
        continue;
      }
      const posted = post(notice);
      // Whoever is still posting then goes on, and the notice stays taken on until it is known how that ended.
      const waiting = new AbortController();
      const late = sleep(PATIENCE_MS, "late", { signal: waiting.signal }).catch(() => "late");
      const ended = await Promise.race([posted, late]);
      waiting.abort();
      if (ended === "gone") return;
    }
  }

  async function post(notice: Notice): Promise<"posted" | "later" | "gone"> {
    const { id, platform, tenant, conversation, wayBack, maybePosted, createdAt } = notice;
    const place = { platform, tenant, conversation };
    const poster = posters.get(platform);
    if (now() - createdAt > KEPT_MS) {
      log.error({ platform }, "a notice could not be posted for a week and is given up");
      await settle(() => store.watches.endNotice(id));
      return "later";
    }
    // null: it was sealed with a secret that is not set now.
    if (!poster || wayBack === null) return retry(notice, maybePosted);
    try {
      const answer: Answer = JSON.parse(notice.answer);
      const result = await poster.post(place, wayBack, answer, { id, maybePosted, createdAt });
      if (result === "later") return retry(notice, maybePosted);
      if (result === "posted") await settle(() => store.watches.endNotice(id));
      else {
        const ended = await settle(() => store.watches.stopAll(place));
        log.info({ platform, watches: ended ?? null }, "a conversation is gone, and its watches with it");
      }
      return result;
    } catch (error) {
      log.error(
        { platform, error: error instanceof Error ? error.name : typeof error },
        "posting a notice failed",
      );
      // Nobody knows how far it came.
      return retry(notice, true);
    }
  }

  async function retry(notice: Notice, maybePosted: boolean): Promise<"later"> {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** notice.attempts) * (0.75 + 0.5 * random());
    await settle(() => store.watches.retryNotice(notice, now() + Math.round(pause), maybePosted));
    return "later";
  }

  /** Tells the store how it ended, also when that is away for a moment. If it stays away, the notice may be there twice or not. */
  async function settle<T>(tell: () => Promise<T>): Promise<T | undefined> {
    for (const pause of STORE_PAUSES) {
      try {
        return await tell();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        await sleep(pause);
      }
    }
    return undefined;
  }

  return { postDue };
}
