import type { BotLog } from "./bot/bot.ts";
import { BEAT_MS, type Store, StoreUnavailable } from "./store/index.ts";

export interface HeartbeatOptions {
  readonly store: Store;
  /** Work that instances left undone when they died, taken over after each sign of life. */
  readonly takeOver: () => Promise<void>;
  readonly log: BotLog & { warn(fields: object, message: string): void };
}

export interface Heartbeat {
  /** Whether the last sign of life could be written: a store that can be read only, as with a full disk, is away as well. */
  isAlive(): boolean;
  /** Ends it: whatever this instance has not done by then is taken over by the others at once. */
  stop(): Promise<void>;
}

/** What has expired is deleted once in so many signs of life: about every five minutes. */
const TIDY_EVERY = 300;

/**
 * Gives signs of life to the other instances on the store, and looks after what dead ones left. While the store is away it goes
 * on trying.
 * @throws {StoreUnavailable} when the store cannot be reached for the first one
 */
export async function startHeartbeat({ store, takeOver, log }: HeartbeatOptions): Promise<Heartbeat> {
  let beats = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let away = false;
  let lookAfter: Promise<void> | undefined;

  async function beat(): Promise<void> {
    try {
      await store.instances.beat();
      if (away) log.info({}, "the store is back");
      away = false;
      beats += 1;
      lookAfter ??= afterBeat().finally(() => {
        lookAfter = undefined;
      });
    } catch (error) {
      tell(error);
    }
  }

  /** Beside the signs of life, which must not wait for it. */
  async function afterBeat(): Promise<void> {
    try {
      await takeOver();
      if (beats % TIDY_EVERY === 1) await store.tidy();
    } catch (error) {
      tell(error);
    }
  }

  function tell(error: unknown): void {
    if (!(error instanceof StoreUnavailable)) {
      log.error({ error: error instanceof Error ? error.name : typeof error }, "a sign of life failed");
      return;
    }
    if (!away) log.warn({ reason: error.message }, "the store cannot be reached");
    away = true;
  }

  function schedule() {
    if (stopped) return;
    timer = setTimeout(() => {
      running = beat().finally(schedule);
    }, BEAT_MS);
  }

  // Others must know of this instance before it works on anything.
  await store.instances.beat();
  let running: Promise<void> = Promise.resolve();
  schedule();

  return {
    isAlive: () => !away,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      await lookAfter;
      await store.instances.leave().catch(() => {});
    },
  };
}
