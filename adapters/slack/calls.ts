/** How Slack is called: every call has a timeout, and a `Retry-After` is waited for. */
import type { Logger } from "pino";

export const CALL_TIMEOUT_MS = 10_000;

/** The longest that a call waits for its turn; what Slack wants later than that is given up. */
const LONGEST_WAIT_MS = 120_000;
const ATTEMPTS = 4;

/** Slack wants the call again later. */
export class RateLimited extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`Slack asks to wait ${retryAfterMs} ms`);
    this.name = "RateLimited";
    this.retryAfterMs = retryAfterMs;
  }
}

/** Slack refused the call with one of its error words, such as `not_in_channel`. */
export class SlackRefusal extends Error {
  readonly code: string;

  constructor(method: string, code: string) {
    super(`${method}: ${code}`);
    this.name = "SlackRefusal";
    this.code = code;
  }
}

/** Slack was never reached since Postie started, so that nothing can be done there yet. */
export class SlackAway extends Error {
  constructor() {
    super("Slack cannot be reached yet");
    this.name = "SlackAway";
  }
}

/** A message was on its way to Slack and no answer came: it may be there or not. */
export class MaybePosted extends Error {
  constructor(method: string, cause: unknown) {
    super(`${method}: Slack gave no answer`, { cause });
    this.name = "MaybePosted";
  }
}

/**
 * Runs a call again when Slack says when to.
 * @param call throws {@link RateLimited} when it is to be repeated
 * @throws what the call throws, and the last {@link RateLimited} when waiting does not help
 */
export async function patiently<T>(call: () => Promise<T>, log: Logger, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RateLimited) || attempt === ATTEMPTS || error.retryAfterMs > LONGEST_WAIT_MS)
        throw error;
      log.info({ retryAfterMs: error.retryAfterMs, attempt }, "Slack asks to wait");
      await wait(error.retryAfterMs, signal);
    }
  }
}

/** Waits, or throws the signal's reason when it aborts first. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}
