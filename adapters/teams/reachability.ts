/** What Postie needs of the platform, and whether it was there when it was last asked for. */
export interface Reachability {
  /** Notes how an attempt ended that was made for some other reason. */
  ended(name: string, succeeded: boolean): void;
  /**
   * Whether everything was there at the last attempt; what was never asked for counts as there. What was not, or never, is asked
   * for again in the background, so that nobody waits.
   */
  isReachable(): boolean;
}

/** Several balancers may look each second. */
const AGAIN_AFTER_MS = 5_000;

/** @param attempts by name, each of which throws when it fails */
export function createReachability(attempts: Record<string, () => Promise<void>>): Reachability {
  const parts = new Map(
    Object.entries(attempts).map(([name, attempt]) => [
      name,
      { attempt, reached: null as boolean | null, at: Number.NEGATIVE_INFINITY, running: false },
    ]),
  );

  function ended(name: string, succeeded: boolean): void {
    const part = parts.get(name);
    if (!part) return;
    part.reached = succeeded;
    part.at = performance.now();
  }

  async function attempt(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      ended(name, true);
    } catch {
      ended(name, false);
    }
  }

  return {
    ended,
    isReachable() {
      for (const [name, part] of parts) {
        if (part.reached || part.running || performance.now() - part.at < AGAIN_AFTER_MS) continue;
        part.running = true;
        attempt(name, part.attempt).finally(() => {
          part.running = false;
        });
      }
      return [...parts.values()].every(({ reached }) => reached !== false);
    },
  };
}
