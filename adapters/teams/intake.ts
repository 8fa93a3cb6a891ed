import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { type Deliveries, type Delivery, type Owner, StoreUnavailable } from "../../src/store/index.ts";
import type { Activity } from "./activity.ts";
import { describeFault } from "./faults.ts";
import { type Hold, holdOf, untilThere } from "./hold.ts";
import { withinPatience } from "./patience.ts";

/** How the taking on of an activity ended. `away`: the store cannot be reached, and whoever asked is to be told. */
export type Taken = { kind: "taken"; hold: Hold } | { kind: "repeat" } | { kind: "away" };

/** Takes activities on, each once, whichever instance its repeats reach. */
export interface Intake {
  /** @param note what another instance needs if this one dies */
  take(owner: Owner, activity: Activity, note: object): Promise<Taken>;
  hold(delivery: Delivery): Hold;
  /** Waits until what was told as failed is noted in the store; ends with `signal`. */
  settled(): Promise<void>;
}

/** What was told as failed while the store was away, at most. */
const MOST_FAILED = 10_000;

/** What Teams waits for an invoke is needed for its answer as well, in milliseconds. */
const INVOKE_PATIENCE_MS = 1_000;

export interface IntakeOptions {
  readonly deliveries: Deliveries;
  readonly log: Logger;
  /** Ends waiting for a store that is away. */
  readonly signal: AbortSignal;
}

export function createIntake({ deliveries, log, signal }: IntakeOptions): Intake {
  // What has been told as failed must not be answered when its repeat comes once the store is back.
  const failed = new Map<string, { owner: Owner; name: string }>();
  let settling: Promise<void> | null = null;

  function fail(key: string, owner: Owner, name: string): Taken {
    if (failed.has(key)) return { kind: "repeat" };
    if (failed.size < MOST_FAILED) failed.set(key, { owner, name });
    settling ??= settle();
    return { kind: "away" };
  }

  async function settle(): Promise<void> {
    try {
      for (const [key, { owner, name }] of failed) {
        await untilThere(async () => (await deliveries.take(owner, name, null))?.done(), signal);
        failed.delete(key);
      }
    } catch (error) {
      log.warn(describeFault(error), "what was told as failed could not be noted");
    } finally {
      settling = null;
    }
  }

  const hold = (delivery: Delivery) =>
    holdOf(delivery, {
      signal,
      onError: (error) => log.warn(describeFault(error), "the store could not be told how far it is"),
    });

  return {
    hold,
    async take(owner, activity, note) {
      const name = deliveryName(activity);
      const key = JSON.stringify([owner.tenant, name]);
      if (failed.has(key)) return { kind: "repeat" };
      const taking = deliveries
        .take(owner, name, note)
        .then((delivery): Taken => (delivery ? { kind: "taken", hold: hold(delivery) } : { kind: "repeat" }))
        .catch((error: unknown): Taken => {
          if (!(error instanceof StoreUnavailable)) throw error;
          return somebodyWaits(activity) ? fail(key, owner, name) : { kind: "away" };
        });
      if (activity.type !== "invoke") return taking;
      const taken = await withinPatience(taking, INVOKE_PATIENCE_MS);
      if (taken) return taken;
      // Somebody waits in front of a window: it is told as failed, and so it stays when the store takes it after all.
      const done = async (late: Taken) => (late.kind === "taken" ? late.hold.done() : undefined);
      taking.then(done).catch((error: unknown) => log.warn(describeFault(error), "a late taking failed"));
      return fail(key, owner, name);
    },
    settled: async () => settling ?? undefined,
  };
}

/** Whether an activity is told as failed while the store is away, rather than left to a repeat. */
export function somebodyWaits({ type }: Activity): boolean {
  return type === "message" || type === "invoke";
}

/** By which repeats of an activity are known; an activity without an id is taken for a new one. */
function deliveryName({ id, channelId, conversation }: Activity): string {
  return JSON.stringify([channelId, conversation.id, id ?? randomUUID()]);
}
