/** Seconds for which answers are kept at least and at most, whatever their TTL says. */
const LEAST = 60;
const MOST = 900;
const MAX_ENTRIES = 20_000;

export interface AnswerCache<T> {
  get(key: string): T | undefined;
  /** @param ttl seconds, as DNS gave them */
  set(key: string, value: T, ttl: number): void;
}

/** Keeps what zones said for one to fifteen minutes, the oldest first to go. */
export function answerCache<T>(clock: () => number): AnswerCache<T> {
  const entries = new Map<string, { value: T; until: number }>();

  /** Many at once, since a Map takes longer to find its first entry the more were deleted before it. */
  function forgetOldest() {
    for (const key of [...entries.keys()].slice(0, MAX_ENTRIES / 4)) entries.delete(key);
  }

  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry && entry.until > clock()) return entry.value;
      entries.delete(key);
      return undefined;
    },
    set: (key, value, ttl) => {
      entries.delete(key);
      entries.set(key, { value, until: clock() + Math.min(MOST, Math.max(LEAST, ttl)) * 1000 });
      if (entries.size > MAX_ENTRIES) forgetOldest();
    },
  };
}
