import type { DnsOutcome } from "./outcome.ts";

export interface OutcomeCache {
  /** The outcome with the seconds that are left of its TTL. */
  get(key: string): DnsOutcome | undefined;
  /** @param seconds how long to keep it; 0 keeps nothing */
  set(key: string, outcome: DnsOutcome, seconds: number): void;
}

/** Keeps the `maxEntries` outcomes that were used last, each as long as its TTL says. */
export function outcomeCache({
  maxEntries,
  clock,
}: {
  maxEntries: number;
  clock: () => number;
}): OutcomeCache {
  const entries = new Map<string, { outcome: DnsOutcome; until: number }>();
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      const left = Math.floor((entry.until - clock()) / 1000);
      if (entry.until <= clock()) return undefined;
      // a Map keeps the order of insertion: the first entry is the one not used for longest
      entries.set(key, entry);
      return { ...entry.outcome, ttl: Math.min(left, entry.outcome.ttl) };
    },
    set: (key, outcome, seconds) => {
      if (seconds <= 0 || maxEntries <= 0) return;
      entries.delete(key);
      entries.set(key, { outcome, until: clock() + seconds * 1000 });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
  };
}
