import type { Store, WatchTarget } from "../store/index.ts";
import { StoreUnavailable } from "../store/index.ts";
import { decide, type ObserveOptions, observe } from "../watch/index.ts";
import { noticeAnswer } from "./commands/watch-notice.ts";
import { describeFault } from "./describe-fault.ts";
import type { Services } from "./services.ts";
import type { WatchingLog } from "./watching.ts";

export interface WatchChecksOptions {
  readonly store: Pick<Store, "watches">;
  readonly services: Pick<Services, "resolver" | "blocklists">;
  readonly log: WatchingLog;
  readonly now: () => number;
  readonly random: () => number;
  readonly makeFetcher?: ObserveOptions["makeFetcher"];
}

export interface WatchChecks {
  /**
   * Checks a target whose time has come, and keeps in one step what is known now and what is to be told. Nothing is lost when it
   * ends anywhere before that, and nothing is told twice when it is run twice.
   *
   * @returns how many notices there are to post
   * @throws {StoreUnavailable}
   * @throws what `signal` was aborted with: the check is then as if it had never been
   */
  check(target: WatchTarget, signal: AbortSignal): Promise<number>;
}

/** When a target is tried again whose check ended in a fault of ours, in milliseconds. */
const AFTER_FAULT_MS = 60 * 60_000;

export function createWatchChecks(options: WatchChecksOptions): WatchChecks {
  const { store, services, log, now, random, makeFetcher } = options;

  async function check(target: WatchTarget, signal: AbortSignal): Promise<number> {
    const due = await store.watches.state(target);
    // Nobody watches it any more, or somebody else has checked it meanwhile.
    if (!due || due.state.nextCheckAt > now()) return 0;
    const { state, every } = due;
    try {
      const [resolver, blocklists] = await Promise.all([services.resolver(), services.blocklists()]);
      const observed = await observe(target, {
        resolver,
        blocklists,
        signal,
        now: now(),
        ...(makeFetcher && { makeFetcher }),
      });
      signal.throwIfAborted();
      const at = now();
      const decision = await decide(state, observed, {
        zones: blocklists.zones,
        every,
        now: at,
        random: random(),
        summarize: (changes) => noticeAnswer(target, changes, at).title,
      });
      const { changes } = decision;
      const notice = changes.length > 0 ? JSON.stringify(noticeAnswer(target, changes, at)) : null;
      return (await store.watches.keep(decision.state, state.checkedAt, notice)) ?? 0;
    } catch (error) {
      if (error instanceof StoreUnavailable || signal.aborted) throw error;
      log.error(describeFault(error), "a watched target could not be checked for a fault of Postie's");
      const later = { ...state, checkedAt: now(), nextCheckAt: now() + AFTER_FAULT_MS };
      await store.watches.keep(later, state.checkedAt, null);
      return 0;
    }
  }

  return { check };
}
