/** Remembers which deliveries were taken on, so that a repeated one is dropped. */
export interface Deliveries {
  /** True for the first delivery of this key, false for its repeats. */
  claim(key: string): boolean;
  /** Gives a claim back when the delivery could not be worked on, so that its repeat is. */
  release(key: string): void;
}

/** Teams repeats a delivery within minutes; this leaves a wide margin. */
const KEPT_MS = 15 * 60_000;

/** Bounds the memory: some 170 deliveries a second over the whole time. */
const MOST_KEPT = 150_000;

/** @param now milliseconds, for tests */
export function createDeliveries(now: () => number = Date.now): Deliveries {
  // A Map keeps the order of insertion, so that the oldest claims are found at its front.
  const claimed = new Map<string, number>();

  function forgetOld() {
    for (const [key, at] of claimed) {
      if (at > now() - KEPT_MS && claimed.size <= MOST_KEPT) return;
      claimed.delete(key);
    }
  }

  return {
    claim(key) {
      forgetOld();
      if (claimed.has(key)) return false;
      claimed.set(key, now());
      return true;
    },
    release(key) {
      claimed.delete(key);
    },
  };
}
