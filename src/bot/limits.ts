import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Request } from "./request.ts";

/** Decides whether a question may be worked on now. */
export interface Limits {
  /** @param live whether the question asks the network */
  admit(request: Request, live: boolean): Promise<Admission>;
}

export interface Admission {
  readonly admitted: boolean;
  /** When to try again, in whole seconds; 0 when admitted. */
  readonly retryAfterSeconds: number;
  /** To be called once the question is answered. */
  release(): void;
}

export interface LimitOptions {
  /** Questions of one asker per minute. */
  askerPerMinute: number;
  /** Questions in one conversation per minute, whoever asks. */
  placePerMinute: number;
  /** Live checks that run at the same time in this process, over all askers. */
  concurrentLive: number;
  /** Makes what counts, such as one that several instances share; default in this process's memory. */
  makeLimiter(limit: { name: string; points: number; duration: number }): RateLimiterAbstract;
}

const DEFAULTS: LimitOptions = {
  askerPerMinute: 30,
  placePerMinute: 120,
  concurrentLive: 24,
  makeLimiter: ({ name, points, duration }) => new RateLimiterMemory({ keyPrefix: name, points, duration }),
};

/** A full house empties quickly, since every live check ends at its deadline. */
const LIVE_RETRY_SECONDS = 5;

export function createLimits(options: Partial<LimitOptions> = {}): Limits {
  const { askerPerMinute, placePerMinute, concurrentLive, makeLimiter } = { ...DEFAULTS, ...options };
  const askers = makeLimiter({ name: "asker", points: askerPerMinute, duration: 60 });
  const places = makeLimiter({ name: "place", points: placePerMinute, duration: 60 });
  let live = 0;

  return {
    async admit(request, isLive) {
      const { platform, tenant, conversation } = request.place;
      const waits = await Promise.all([
        secondsToWait(askers, JSON.stringify([platform, tenant, request.asker.id])),
        secondsToWait(places, JSON.stringify([platform, tenant, conversation])),
      ]);
      const wait = Math.max(...waits);
      if (wait > 0) return refused(wait);
      if (!isLive) return { admitted: true, retryAfterSeconds: 0, release: () => {} };
      if (live >= concurrentLive) return refused(LIVE_RETRY_SECONDS);
      live += 1;
      let released = false;
      return {
        admitted: true,
        retryAfterSeconds: 0,
        release() {
          if (!released) live -= 1;
          released = true;
        },
      };
    },
  };
}

function refused(retryAfterSeconds: number): Admission {
  return { admitted: false, retryAfterSeconds, release: () => {} };
}

async function secondsToWait(limiter: RateLimiterAbstract, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw refusal;
  }
}
