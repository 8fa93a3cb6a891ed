import type { Logger } from "pino";
import { wait } from "./calls.ts";
import { describeFault } from "./faults.ts";

export interface Work {
  /** Keeps work that goes on by itself; its faults end in the log. */
  run(work: Promise<unknown>): void;
  /** Resolves when all is done, or when that takes too long. */
  drained(ms: number): Promise<void>;
}

/** What acknowledged deliveries asked for and is not done yet. */
export function createWork(log: Logger): Work {
  const underWay = new Set<Promise<unknown>>();
  return {
    run(work) {
      const settled = work
        .catch((error: unknown) => {
          log.error(describeFault(error), "a delivery could not be handled");
        })
        .finally(() => underWay.delete(settled));
      underWay.add(settled);
    },
    async drained(ms) {
      const done = new AbortController();
      await Promise.race([Promise.allSettled(underWay), wait(ms, done.signal).catch(() => {})]);
      done.abort();
    },
  };
}
