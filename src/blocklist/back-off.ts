export interface BackOff {
  /** Whether to hold off for now. */
  readonly holding: boolean;
  failed(): void;
  succeeded(): void;
}

/**
 * Holds off for longer after each failure in a row, between half and all of `first`, twice that, … up to `most`
 * milliseconds: by chance, so that many that failed together do not all come back together.
 */
export function backOff(options: {
  first: number;
  most: number;
  clock: () => number;
  random: () => number;
}): BackOff {
  const { first, most, clock, random } = options;
  let failures = 0;
  let until = Number.NEGATIVE_INFINITY;
  return {
    get holding() {
      return clock() < until;
    },
    failed: () => {
      const longest = Math.min(most, first * 2 ** failures);
      failures = Math.min(failures + 1, 30);
      until = clock() + longest * (0.5 + random() / 2);
    },
    succeeded: () => {
      failures = 0;
      until = Number.NEGATIVE_INFINITY;
    },
  };
}
