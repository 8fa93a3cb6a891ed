import { setTimeout as sleep } from "node:timers/promises";
import { type Delivery, StoreUnavailable } from "../../src/store/index.ts";

/** A delivery that this instance works on. A store that is away meanwhile is waited for, so that nothing is said twice or lost. */
export interface Hold {
  /**
   * To be called just before the answer is posted.
   * @returns false when another instance has taken over: then nothing may be posted
   * @throws {LeftUndone}
   */
  answering(): Promise<boolean>;
  /**
   * Asks the store for something else that the work needs.
   * @throws {LeftUndone}
   */
  ask<T>(work: () => Promise<T>): Promise<T>;
  /** A message shows how the work goes on; whoever takes over puts the answer in its place. */
  shown(messageId: string): void;
  /** There is nothing more to say. */
  done(): Promise<void>;
  /** Nothing was done: a repeat will be worked on, if the store can be told so. */
  giveBack(): Promise<void>;
}

/** The store is away and this instance stops: another one will go on, once both are there. */
export class LeftUndone extends Error {
  constructor() {
    super("this instance stops while the store is away");
    this.name = "LeftUndone";
  }
}

/** @param signal ends waiting for a store that is away */
export function holdOf(
  delivery: Delivery,
  { signal, onError }: { signal: AbortSignal; onError: (error: unknown) => void },
): Hold {
  let noted: Promise<void> = Promise.resolve();
  return {
    answering: () => untilThere(() => delivery.answering(), signal),
    ask: (work) => untilThere(work, signal),
    shown(messageId) {
      noted = delivery.show(messageId).catch(onError);
    },
    async done() {
      await noted;
      await untilThere(() => delivery.done(), signal);
    },
    giveBack: () => delivery.giveBack().catch(onError),
  };
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

/**
 * Asks the store again and again while it is away.
 * @throws {LeftUndone} once `signal` is aborted
 */
export async function untilThere<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (signal.aborted) throw new LeftUndone();
    }
    // Jitter, so that those who wait do not all come at once. An aborted wait ends early and asks once more.
    await sleep(waitMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {});
  }
}
