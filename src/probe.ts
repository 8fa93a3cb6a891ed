export interface ProbeOptions {
  /** How long anybody waits, in milliseconds. */
  readonly patienceMs: number;
  /** How long what came is given to others who ask, in milliseconds. */
  readonly keptMs: number;
}

/**
 * Asks something that may fail or hang, for whoever wants to know it again and again: those who ask at the same time share one
 * asking, and one that hangs is never started a second time.
 * @returns what `ask` gives; null when it fails or is late
 */
export function createProbe<T>(
  ask: () => Promise<T>,
  { patienceMs, keptMs }: ProbeOptions,
): () => Promise<T | null> {
  let asking: Promise<T | null> | null = null;
  let waiting: Promise<T | null> | null = null;
  let kept: { value: T | null; until: number } | null = null;

  async function wait(): Promise<T | null> {
    asking ??= Promise.resolve()
      .then(ask)
      .catch(() => null)
      .finally(() => {
        asking = null;
      });
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), patienceMs);
    const value = await Promise.race([asking, late.promise]);
    clearTimeout(timer);
    kept = { value, until: performance.now() + keptMs };
    return value;
  }

  return () => {
    if (kept && performance.now() < kept.until) return Promise.resolve(kept.value);
    waiting ??= wait().finally(() => {
      waiting = null;
    });
    return waiting;
  };
}
