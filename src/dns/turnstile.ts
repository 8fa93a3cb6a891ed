/** Lets `max` holders in at a time and the others wait in order. */
export interface Turnstile {
  /**
   * Waits for a place.
   *
   * @returns how to give the place back, or null when the signal aborted before there was one
   */
  enter(signal: AbortSignal): Promise<(() => void) | null>;
}

export function turnstile(max: number): Turnstile {
  let inside = 0;
  const queue = new Set<() => void>();

  const leave = () => {
    inside--;
    const [next] = queue;
    next?.();
  };

  return {
    enter: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(null);
        const goIn = () => {
          inside++;
          queue.delete(goIn);
          signal.removeEventListener("abort", goAway);
          resolve(leave);
        };
        const goAway = () => {
          queue.delete(goIn);
          resolve(null);
        };
        if (inside < max) return goIn();
        queue.add(goIn);
        signal.addEventListener("abort", goAway, { once: true });
      }),
  };
}
