/** Goes on with what another instance left undone when it died, and with what this one took without knowing. */
import type { Logger } from "pino";
import { type AbandonedDelivery, SealError, type Store, StoreUnavailable } from "../../src/store/index.ts";
import { isEvent, type Note, parseNote } from "./arrivals.ts";
import { untilStored } from "./store-patience.ts";
import { type Again, againOf } from "./turn.ts";
import type { Workspace, Workspaces } from "./workspaces.ts";

export interface TakeOverOptions {
  readonly store: Store;
  readonly workspaces: Workspaces;
  /** Works on a delivery with what is known of it. */
  readonly work: (left: Left) => Promise<void>;
  /** Keeps work that goes on. */
  readonly run: (work: Promise<unknown>) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Left {
  readonly delivery: AbandonedDelivery;
  readonly note: Note;
  readonly again: Again;
  /** `null` where there is no installation any more. */
  readonly workspace: Workspace | null;
}

/** @returns to be called after each sign of life of this instance; it comes back when the work has begun */
export function createTakeOver({ store, workspaces, work, run, log, signal }: TakeOverOptions) {
  async function goOn(delivery: AbandonedDelivery): Promise<void> {
    const note = parseNote(delivery.note);
    // A person who was told that nothing came of it has been answered.
    if (!note || (delivery.refused && !isEvent(note.kind)))
      return untilStored(() => delivery.done(), { signal });
    const { attempt, maybeAnswered } = delivery;
    log.info({ requestId: note.id, kind: note.kind, attempt, maybeAnswered }, "a delivery was taken over");
    const workspace = await untilStored(() => workspaces.find(note.source), { signal }).catch(
      (error: unknown) => {
        if (!(error instanceof SealError)) throw error;
        log.error({ tenant: note.source.team, error: error.message }, "an installation cannot be opened");
        return null;
      },
    );
    await work({ delivery, note, again: againOf(delivery, note.textLost), workspace });
  }

  return async (): Promise<void> => {
    try {
      for (const delivery of await store.deliveries.takeOver("slack")) run(goOn(delivery));
    } catch (error) {
      // The next time.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  };
}
