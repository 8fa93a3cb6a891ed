/** A delivery that this instance works on: one answer is posted for it, whatever happens to instances and to the store meanwhile. */
import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { AbandonedDelivery, Delivery } from "../../src/store/index.ts";
import { untilStored } from "./store-patience.ts";

/** What is known of a delivery that another instance left undone. */
export interface Again {
  /** The time of a progress message that stands where the answer belongs. */
  readonly shown: string | null;
  /** Nobody knows whether the answer is there. */
  readonly maybeAnswered: boolean;
  /** How often it was tried, this time included. */
  readonly attempt: number;
  /** Mail text of the question was not kept, and so is gone. */
  readonly textLost: boolean;
}

export interface Turn {
  /** `null` when nobody has worked on it before. */
  readonly again: Again | null;
  /** The mark that the answer carries where messages can carry one, so that it is found again. */
  readonly mark: string;
  /** When it came, with some time before, as Slack writes times: nothing that answers it is older. */
  readonly since: string;
  /**
   * To be called just before the answer is posted. Waits for a store that is away.
   * @returns false when another instance has taken over, or will: then nothing may be posted
   */
  begin(): Promise<boolean>;
  /** A progress message stands where the answer belongs. */
  shows(ts: string): void;
  /** There is nothing more to say. */
  done(): Promise<void>;
  /** Nothing was said, and a repeat of the same may be worked on. */
  giveBack(): Promise<void>;
}

export interface TurnOptions {
  readonly delivery: Delivery;
  /** When it came first, in milliseconds since 1970. */
  readonly at: number;
  readonly again?: Again;
  readonly log: Logger;
  /** Aborts when the adapter has to stop at once: what is not answered by then is left to another instance. */
  readonly signal: AbortSignal;
}

/** As much as Slack's clock and ours may differ, in seconds. */
const SKEW_S = 60;

export function createTurn({ delivery, at, again, log, signal }: TurnOptions): Turn {
  const { platform, tenant } = delivery.owner;
  let begun: Promise<boolean> | undefined;
  let noted: Promise<void> = Promise.resolve();

  async function begin(): Promise<boolean> {
    if (signal.aborted) return false;
    const mine = await untilStored(() => delivery.answering(), { signal });
    if (!mine) log.info("another instance has taken over");
    return mine;
  }

  async function end(how: () => Promise<void>): Promise<void> {
    await noted;
    await untilStored(how, { signal });
  }

  return {
    again: again ?? null,
    mark: createHash("sha256")
      .update(JSON.stringify([platform, tenant, delivery.name]))
      .digest("base64url"),
    since: String(Math.floor(at / 1_000) - SKEW_S),
    begin() {
      begun ??= begin();
      return begun;
    },
    shows(ts) {
      noted = noted
        .then(() => delivery.show(ts))
        .catch((error: unknown) =>
          log.warn({ error: error instanceof Error ? error.name : "" }, "a progress message was not noted"),
        );
    },
    done: () => end(() => delivery.done()),
    giveBack: () => end(() => delivery.giveBack()),
  };
}

/** @param textLost whether the note holds less than was asked */
export function againOf({ shown, maybeAnswered, attempt }: AbandonedDelivery, textLost: boolean): Again {
  return { shown, maybeAnswered, attempt, textLost };
}
