import { backOff } from "./back-off.ts";
import type { Pace } from "./patience.ts";
import type { SelfTest } from "./self-test.ts";
import type { ZoneVerdict } from "./verdict.ts";

/** What is known of one zone for one kind of test points: how fast it is, whether it passed its self-test, whether it fails. */
export interface ZoneWatch {
  readonly pace: Pace;
  /** What the zone failed with a short time ago, to be told instead of asking it again; null when it may be asked. */
  failure(): ZoneVerdict | null;
  failed(verdict: ZoneVerdict): void;
  answered(): void;
  /** The result of a self-test that is under way or was passed within `maxAge` milliseconds, else of a new one. */
  selfTest(maxAge: number): Promise<SelfTest>;
}

/** For how long a zone that failed is not asked, in milliseconds, at first and at most. */
const FIRST_HOLD = 30 * 1000;
const LONGEST_HOLD = 30 * 60 * 1000;

export interface ZoneWatchOptions {
  /** Asks the test points. */
  readonly test: (pace: Pace) => Promise<SelfTest>;
  readonly clock: () => number;
  readonly random: () => number;
}

export function watchZone({ test, clock, random }: ZoneWatchOptions): ZoneWatch {
  const pace: Pace = { latency: null, answeredAt: Number.NEGATIVE_INFINITY };
  const hold = backOff({ first: FIRST_HOLD, most: LONGEST_HOLD, clock, random });
  let lastFailure: ZoneVerdict | null = null;
  let lastTest: { at: number; result: Promise<SelfTest> } | null = null;

  return {
    pace,
    failure: () => (hold.holding ? lastFailure : null),
    failed: (verdict) => {
      // of many questions that fail at once, only one counts
      if (!hold.holding) hold.failed();
      lastFailure = verdict;
      lastTest = null;
    },
    answered: () => hold.succeeded(),
    selfTest: (maxAge) => {
      if (lastTest && clock() - lastTest.at < maxAge) return lastTest.result;
      const current = { at: clock(), result: test(pace) };
      lastTest = current;
      current.result.then(({ againstClean, againstListings }) => {
        // what could not be made sure is tried again the next time
        if ((againstClean || againstListings) && lastTest === current) lastTest = null;
      });
      return current.result;
    },
  };
}
