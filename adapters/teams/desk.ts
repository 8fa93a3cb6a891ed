import { randomBytes } from "node:crypto";
import type { Response } from "express";
import type { Logger } from "pino";
import type { Bot } from "../../src/bot/bot.ts";
import type { Watching } from "../../src/bot/watching.ts";
import { type AbandonedDelivery, type Owner, type Store, StoreUnavailable } from "../../src/store/index.ts";
import type { Activity, Channel } from "./activity.ts";
import type { BotFramework } from "./botframework.ts";
import type { Context } from "./context.ts";
import { describeFault } from "./faults.ts";
import { type Hold, LeftUndone } from "./hold.ts";
import { createIntake, somebodyWaits } from "./intake.ts";
import { answerInvoke, storeAwayResponse } from "./invokes.ts";
import { createKeptAnswers } from "./kept.ts";
import { noteOf, readNote } from "./notes.ts";
import { perform } from "./perform.ts";
import { collectReplies } from "./replies.ts";
import { goOn, isForSenderAlone } from "./take-over.ts";
import { type Task, taskOf } from "./tasks.ts";
import type { Tenants } from "./tenants.ts";
import { storeAway } from "./told.ts";

/** Where activities are taken on, each once, and worked on. */
export interface Desk {
  /** Takes an activity on, unless it is a repeat, and answers the HTTP request that brought it. */
  take(activity: Activity, owner: Owner, response: Response): Promise<void>;
  /** Goes on with what other instances left undone. */
  takeOver(): Promise<void>;
  /** Waits until nothing is under way; ends waiting for a store that is away after some seconds. */
  clear(): Promise<void>;
}

export interface DeskOptions {
  readonly bot: Bot;
  readonly log: Logger;
  readonly store: Store;
  readonly watching?: Watching | undefined;
  readonly framework: BotFramework;
  readonly tenants: Tenants;
}

/** How long a stop waits for a store that is away, in milliseconds; then other instances take over. */
const STOP_WAIT_MS = 4_000;

export function createDesk({ bot, log, store, watching, framework, tenants }: DeskOptions): Desk {
  const ending = new AbortController();
  const intake = createIntake({ deliveries: store.deliveries, log, signal: ending.signal });
  const kept = createKeptAnswers(store.keptAnswers, (error) =>
    log.warn(describeFault(error), "an answer could not be kept for other instances"),
  );
  const underWay = new Set<Promise<void>>();

  /** By which the log tells of one delivery. */
  function newRequest(): { requestId: string; log: Logger } {
    const requestId = randomBytes(4).toString("hex");
    return { requestId, log: log.child({ requestId }) };
  }

  function contextOf(owner: Owner, hold: Hold, request = newRequest()): Context {
    const { claims, settings, watches } = store;
    return { ...request, owner, hold, bot, kept, claims, settings, watches, watching };
  }

  /** Has a stop wait for this work. */
  function track(work: Promise<void>): Promise<void> {
    const settled = work.catch(() => {}).finally(() => underWay.delete(settled));
    underWay.add(settled);
    return work;
  }

  function inBackground(work: Promise<void>, told: Logger): void {
    track(work).catch((error: unknown) => {
      if (error instanceof LeftUndone) told.warn("an activity is left for another instance");
      else told.error(describeFault(error), "an answer could not be delivered");
    });
  }

  /** Works in the conversation of an activity. Only what has to wait for the store is left for another instance. */
  async function converse(
    activity: Activity,
    work: (channel: Channel) => Promise<void>,
    { privately, hold }: { privately: boolean; hold: Hold },
  ): Promise<void> {
    try {
      await framework.converse(activity, work, { privately });
    } catch (error) {
      if (!(error instanceof LeftUndone)) await hold.done();
      throw error;
    }
    await hold.done();
  }

  async function take(activity: Activity, owner: Owner, response: Response): Promise<void> {
    const task = taskOf(activity);
    // What is answered in the response cannot be gone on with by another instance.
    const note = noteOf(activity, expectsReplies(activity) ? null : task);
    const taken = await intake.take(owner, activity, note);
    if (taken.kind === "repeat") return void response.status(200).json({});
    const request = newRequest();
    if (taken.kind === "away") return tellStoreAway(activity, task, request.log, response);
    const context = contextOf(owner, taken.hold, request);
    context.log.debug({ type: activity.type, name: activity.name, id: activity.id }, "an activity came in");
    try {
      await (expectsReplies(activity) ? answerInResponse : answer)(activity, task, context, response);
    } catch (error) {
      await taken.hold.giveBack();
      if (!(error instanceof StoreUnavailable || error instanceof LeftUndone)) throw error;
      tellStoreAway(activity, task, request.log, response);
    }
  }

  async function answer(activity: Activity, task: Task | null, context: Context, response: Response) {
    const { hold } = context;
    const answered = activity.type === "invoke" ? await answerInvoke(activity, task, context) : null;
    const privately = isForSenderAlone(task);
    const work = task
      ? converse(activity, (channel) => perform(task, activity, channel, context), { privately, hold })
      : hold.done();
    inBackground(work, context.log);
    response.status(answered?.status ?? 200).json(answered?.body ?? {});
  }

  async function answerInResponse(
    activity: Activity,
    task: Task | null,
    context: Context,
    response: Response,
  ): Promise<void> {
    const replies = collectReplies(activity);
    const answered = activity.type === "invoke" ? await answerInvoke(activity, task, context) : null;
    if (task) await perform(task, activity, replies.channel, context);
    if (answered) replies.addInvokeResponse(answered);
    await context.hold.done();
    response.status(200).json({ activities: replies.activities });
  }

  /** Tells at once that nothing will come of it. What nobody waits for is left to a repeat. */
  function tellStoreAway(activity: Activity, task: Task | null, told: Logger, response: Response): void {
    told.warn({ type: activity.type, id: activity.id }, "the store is away: an activity was not taken on");
    if (!somebodyWaits(activity)) return void response.status(503).json({ error: "the store is away" });
    if (activity.type === "invoke") {
      const { status, body = {} } = storeAwayResponse(activity);
      return void response.status(status).json(body);
    }
    if (expectsReplies(activity)) {
      const replies = collectReplies(activity);
      if (task) replies.add(storeAway());
      return void response.status(200).json({ activities: replies.activities });
    }
    if (task) {
      const tell = async (channel: Channel) => void (await channel.send(storeAway()));
      inBackground(framework.converse(activity, tell, { privately: isForSenderAlone(task) }), told);
    }
    response.status(200).json({});
  }

  async function goOnWith(delivery: AbandonedDelivery, context: Context): Promise<void> {
    const { owner, attempt } = delivery;
    const { hold } = context;
    const note = readNote(delivery.note);
    if (!note || !tenants.serves(owner.tenant)) {
      context.log.warn({ attempt }, "what another instance left undone cannot be gone on with");
      return hold.done();
    }
    const { type, id } = note.activity;
    context.log.info({ type, id, attempt }, "going on with what another instance left undone");
    const work = (channel: Channel) => goOn(note, delivery, channel, context);
    await converse(note.activity, work, { privately: isForSenderAlone(note.task), hold });
  }

  return {
    take: (activity, owner, response) => track(take(activity, owner, response)),
    async takeOver() {
      for (const delivery of await store.deliveries.takeOver("teams")) {
        const context = contextOf(delivery.owner, intake.hold(delivery));
        inBackground(goOnWith(delivery, context), context.log);
      }
    },
    async clear() {
      const timer = setTimeout(() => ending.abort(), STOP_WAIT_MS);
      while (underWay.size > 0) await Promise.all(underWay);
      clearTimeout(timer);
      ending.abort();
      await intake.settled();
    },
  };
}

function expectsReplies({ deliveryMode }: Activity): boolean {
  return deliveryMode === "expectReplies";
}
