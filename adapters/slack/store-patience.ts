import { StoreUnavailable } from "../../src/store/index.ts";
import { wait } from "./calls.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Less than Slack lets an answer come late: a response_url lasts for 30 minutes. */
const PATIENCE_MS = 20 * 60_000;

export interface StorePatience {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  readonly patienceMs?: number;
  /** Told of the first time that the store did not answer. */
  readonly onAway?: () => void;
}

/**
 * Does something with the store, again and again while that is away.
 * @throws {StoreUnavailable} when it stays away, and the signal's reason when that aborts the wait
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
      if (!(error instanceof StoreUnavailable) || performance.now() > end) throw error;
      onAway?.();
    }
    // Those who wait do not all come back at the same time.
    await wait(pause * (0.75 + Math.random() / 2), signal);
  }
}
