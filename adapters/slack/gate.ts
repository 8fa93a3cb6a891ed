/**
 * What stands before Bolt: each delivery is taken on in the store before it is acknowledged, so that it is worked on once whatever
 * instance its repeats reach, and by another instance if this one dies. Bolt has verified it by then.
 */
import { randomBytes } from "node:crypto";
import type { App, ReceiverEvent } from "@slack/bolt";
import type { Logger } from "pino";
import { type Delivery, SealError, type Store } from "../../src/store/index.ts";
import { type Arrival, arrivalOf, isEvent, type Kind, kindOf, type Note } from "./arrivals.ts";
import { SlackAway, wait } from "./calls.ts";
import { slackOwner } from "./installations.ts";
import { type Source, sourceOf } from "./source.ts";
import { isAway, untilStored } from "./store-patience.ts";
import { NOT_INSTALLED, NOT_READABLE, SLACK_AWAY, STORE_AWAY } from "./told.ts";
import type { Workspace, Workspaces } from "./workspaces.ts";

/** The store, or Slack, is away, so that an event is not acknowledged: Slack sends it again. */
export class NotTaken extends Error {
  constructor() {
    super("it could not be taken on; Slack is to send it again");
    this.name = "NotTaken";
  }
}

/** A delivery that was taken on, with what is known of it. */
export interface Taken {
  readonly delivery: Delivery;
  readonly arrival: Arrival;
  readonly note: Note;
  /** `null` for the removal of an app whose installation is not there any more. */
  readonly workspace: Workspace | null;
}

export interface GateOptions {
  readonly store: Store;
  readonly workspaces: Workspaces;
  readonly reaction: string;
  /** Tells whoever did something that nothing came of it. */
  readonly refuse: (event: ReceiverEvent, kind: Kind, source: Source, words: string) => Promise<void>;
  /** Keeps work that goes on after the acknowledgement. */
  readonly run: (work: Promise<unknown>) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Gate {
  /** The app as the receivers see it. */
  before(app: App): Pick<App, "processEvent">;
  /** The delivery that was taken on with this body, to be called once by whoever works on it. */
  take(body: object): Taken | null;
}

/** Slack waits 3 s; the rest is for the way. */
const PATIENCE_MS = 2_000;
/** An event that was not taken in time is taken as soon as the store is there again; later than this Slack has given up on it. */
const LATE_MS = 10 * 60_000;
/** So many may wait for the store at the same time; for others only Slack's repeats are left. */
const MOST_WAITING = 2_000;

type Admission =
  | { readonly is: "taken"; readonly taken: Taken }
  /** A repeat, or nothing to do with Postie. */
  | { readonly is: "nothing" }
  | { readonly is: "refused"; readonly words: string };
/** It may be taken on later. */
type NotYet = { readonly is: "not yet"; readonly words: string };

export function createGate(options: GateOptions): Gate {
  const { store, workspaces, reaction, refuse, run, log, signal } = options;
  const takenByBody = new WeakMap<object, Taken>();
  let waiting = 0;

  /** @param onAway told when the store, or Slack, does not answer */
  async function admit(
    body: object,
    kind: Kind,
    source: Source,
    onAway: (error: unknown) => void,
  ): Promise<Admission> {
    const patience = waiting < MOST_WAITING && isEvent(kind) ? LATE_MS : 0;
    waiting += 1;
    try {
      return await untilStored(() => tryToAdmit(body, kind, source), {
        signal,
        patienceMs: patience,
        onAway,
      });
    } finally {
      waiting -= 1;
    }
  }

  async function tryToAdmit(body: object, kind: Kind, source: Source): Promise<Admission> {
    const workspace = await findWorkspace(source, kind);
    if (typeof workspace === "string") return { is: "refused", words: workspace };
    const identity = workspace?.identity ?? null;
    const arrival = arrivalOf(kind, body, { identity, reaction });
    if (!arrival) return { is: "nothing" };
    const { kept, textLost, name } = arrival;
    const note: Note = { kind, id: randomBytes(4).toString("hex"), source, at: Date.now(), kept, textLost };
    const delivery = await store.deliveries.take(slackOwner(source.team), name, note);
    return delivery ? { is: "taken", taken: { delivery, arrival, note, workspace } } : { is: "nothing" };
  }

  /** @returns words when there is none to work with */
  async function findWorkspace(source: Source, kind: Kind): Promise<Workspace | null | string> {
    try {
      const workspace = await workspaces.find(source);
      return workspace ?? (kind === "removal" ? null : NOT_INSTALLED);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      if (kind === "removal") return null;
      log.error({ tenant: source.team, error: error.message }, "an installation cannot be opened");
      return NOT_READABLE;
    }
  }

  async function pass(app: App, event: ReceiverEvent, taken: Taken): Promise<void> {
    takenByBody.set(event.body, taken);
    try {
      await app.processEvent(event);
    } finally {
      // Nobody in Bolt wanted it.
      if (takenByBody.delete(event.body)) run(untilStored(() => taken.delivery.done(), { signal }));
    }
  }

  /** What is taken only after it was refused: an event is worked on, the rest has been told as failed. */
  async function passLate(app: App, event: ReceiverEvent, kind: Kind, admission: Promise<Admission>) {
    const late = await admission.catch((error: unknown) => {
      if (isAway(error) || signal.aborted) return null;
      throw error;
    });
    if (late?.is !== "taken") return;
    const { taken } = late;
    if (isEvent(kind)) await pass(app, { ...event, ack: async () => {} }, taken);
    else await untilStored(() => taken.delivery.done(), { signal });
  }

  async function processEvent(app: App, event: ReceiverEvent): Promise<void> {
    const { body } = event;
    const kind = kindOf(body);
    const source = kind && sourceOf(body);
    if (!kind || !source) return event.ack();
    const away = Promise.withResolvers<NotYet>();
    const admission = admit(body, kind, source, (error) => away.resolve(notYet(error)));
    const inTime = new AbortController();
    const late = wait(PATIENCE_MS, inTime.signal).then((): NotYet => ({ is: "not yet", words: STORE_AWAY }));
    late.catch(() => {});
    const admitted = await Promise.race([admission.catch(notYet), away.promise, late]);
    inTime.abort();
    if (admitted.is === "taken") return pass(app, event, admitted.taken);
    if (admitted.is === "nothing") return event.ack();
    if (admitted.is === "not yet") {
      run(passLate(app, event, kind, admission));
      if (isEvent(kind)) throw new NotTaken();
    }
    return isEvent(kind) ? event.ack() : refuse(event, kind, source, admitted.words);
  }

  return {
    before: (app) => ({ processEvent: (event) => processEvent(app, event) }),
    take(body) {
      const taken = takenByBody.get(body) ?? null;
      takenByBody.delete(body);
      return taken;
    },
  };
}

/** @throws what is no sign that something is away */
function notYet(error: unknown): NotYet {
  if (!isAway(error)) throw error;
  return { is: "not yet", words: error instanceof SlackAway ? SLACK_AWAY : STORE_AWAY };
}
