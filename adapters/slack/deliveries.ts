/** Each delivery is handled once: Slack sends what it believes was not acknowledged again, up to six minutes later. */
import type { Store } from "../../src/store/index.ts";

/** The right to handle one delivery. Given back, the next repeat is handled. */
export interface Claim {
  giveBack(): void;
}

export interface Deliveries {
  /** `null` when somebody has handled or is handling it. */
  claim(key: string): Claim | null;
}

/** Longer than Slack's last repeat, and than the ten minutes that Slack advises. */
const TTL_MS = 15 * 60_000;

export function createDeliveries(store: Store): Deliveries {
  return {
    claim(key) {
      const name = `slack:${key}`;
      return store.claim(name, TTL_MS) ? { giveBack: () => store.release(name) } : null;
    },
  };
}
