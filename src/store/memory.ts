import type { Store } from "./store.ts";

/** The most claims that are held; beyond it the oldest are given up. */
const MAX_CLAIMS = 100_000;

export function memoryStore(now: () => number): Store {
  const values = new Map<string, string>();
  // In the order in which they were taken.
  const claims = new Map<string, number>();

  function forgetOld() {
    for (const [key, until] of claims) {
      if (until > now() && claims.size <= MAX_CLAIMS) return;
      claims.delete(key);
    }
  }

  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
    claim(key, ttlMs) {
      forgetOld();
      if ((claims.get(key) ?? 0) > now()) return false;
      claims.delete(key);
      claims.set(key, now() + ttlMs);
      return true;
    },
    release: (key) => void claims.delete(key),
    close: () => {},
  };
}
