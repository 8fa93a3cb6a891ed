import { StoreUnavailable } from "../../src/store/index.ts";
import { SlackAway, wait } from "./calls.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Less than Slack lets an answer come late: a response_url lasts for 30 minutes. */
const PATIENCE_MS = 20 * 60_000;

export interface StorePatience {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  readonly patienceMs?: number;
  /** Told each time that the store did not answer. */
  readonly onAway?: (error: unknown) => void;
}

/** Whether what is tried will do later: without the store nothing is done, and where Slack was never reached neither. */
export function isAway(error: unknown): error is StoreUnavailable | SlackAway {
  return error instanceof StoreUnavailable || error instanceof SlackAway;
}

/**
 * Does something with the store, again and again while that, or Slack, is away.
 * @throws {StoreUnavailable} or {@link SlackAway} when it stays away, and the signal's reason when that aborts the wait
 */
export async function untilStored<T>(
  work: () => Promise<T>,
  { signal, patienceMs = PATIENCE_MS, onAway }: StorePatience,
): Promise<T> {
  const end = performance.now() + patienceMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || performance.now() > end) throw error;
      onAway?.(error);
    }
    // Those who wait do not all come back at the same time.
    await wait(pause * (0.75 + Math.random() / 2), signal);
  }
}
