/** Each delivery is handled once: Slack sends what it believes was not acknowledged again, up to six minutes later. */

/** The right to handle one delivery. Given back, the next repeat is handled. */
export interface Claim {
  giveBack(): void;
}

export interface Deliveries {
  /** `null` when somebody has handled or is handling the delivery with one of these keys. */
  claim(...keys: string[]): Claim | null;
}

export interface DeliveriesOptions {
  /** How long a key is kept, in milliseconds. */
  readonly ttlMs?: number;
  /** The most keys that are kept; the oldest go first. */
  readonly max?: number;
  readonly now?: () => number;
}

export function createDeliveries({
  ttlMs = 15 * 60_000,
  max = 100_000,
  now = Date.now,
}: DeliveriesOptions = {}): Deliveries {
  // In the order of their claims, so that the first are the oldest.
  const claimed = new Map<string, number>();

  function forgetOld() {
    const limit = now() - ttlMs;
    for (const [key, since] of claimed) {
      if (since > limit && claimed.size <= max) return;
      claimed.delete(key);
    }
  }

  return {
    claim(...keys) {
      forgetOld();
      if (keys.some((key) => claimed.has(key))) return null;
      for (const key of keys) claimed.set(key, now());
      return {
        giveBack() {
          for (const key of keys) claimed.delete(key);
        },
      };
    },
  };
}
