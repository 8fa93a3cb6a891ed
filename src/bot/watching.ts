/** Watching domains and addresses: what commands and adapters see of it, and how its parts work together. */
import * as z from "zod";
import type { Jobs } from "../jobs/index.ts";
import {
  type Every,
  type Owner,
  type Store,
  StoreUnavailable,
  type TargetState,
  type Watch,
  type WatchPlace,
  type WatchTarget,
} from "../store/index.ts";
import { isLost } from "../watch/index.ts";
import type { Answer } from "./answer.ts";
import type { Services } from "./services.ts";
import { createWatchChecks, type WatchChecksOptions } from "./watch-checks.ts";
import { createWatchPosting } from "./watch-posting.ts";
import { addWeeklyLines, nextWeeklyLine } from "./watch-weekly.ts";

/** How one platform's adapter posts into conversations on Postie's own initiative. */
export interface Poster {
  readonly platform: WatchPlace["platform"];
  /**
   * Whether Postie may post there, asked before something is watched.
   * @param wayBack the adapter's own data, as {@link Request.wayBack} had it
   * @returns otherwise how to make it so, in a sentence that a person can follow
   */
  reach(place: WatchPlace, wayBack: unknown): Promise<{ ok: true } | { ok: false; how: string }>;
  /**
   * Posts, and says how that ended: `later` to be tried again; `gone` when the conversation is not there any more or Postie was
   * removed from it, so that all its watches end.
   */
  post(
    place: WatchPlace,
    wayBack: unknown,
    answer: Answer,
    notice: PostedNotice,
  ): Promise<"posted" | "later" | "gone">;
}

export interface PostedNotice {
  /** The same whenever the same notice is posted, for platforms that drop repeats by it. */
  readonly id: string;
  /** An instance ended while it posted this: nobody knows whether it is there, so the adapter looks first where it can. */
  readonly maybePosted: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** What somebody wants watched. */
export interface WatchWish {
  readonly place: WatchPlace;
  readonly wayBack: unknown;
  readonly target: WatchTarget;
  /** null: as it is, or daily. */
  readonly every: Every | null;
  /** The platform's id of a person. */
  readonly askedBy: string;
}

/** How a wish ended. */
export type WatchAdded =
  | { readonly kind: "added" | "changed" | "same"; readonly every: Every; readonly state: TargetState | null }
  | { readonly kind: "conversation-full" | "tenant-full"; readonly limit: number }
  | { readonly kind: "unreachable"; readonly how: string };

export interface ListedWatch {
  readonly watch: Watch;
  readonly state: TargetState;
  /** It could not be checked at all for days. */
  readonly isLost: boolean;
}

/** The watches of all conversations. */
export interface Watching {
  /** Asks the platform whether Postie may post there, then watches. */
  add(wish: WatchWish): Promise<WatchAdded>;
  /** A conversation's watches with what is known of their targets. */
  list(place: WatchPlace): Promise<ListedWatch[]>;
  /** Ends one watch; false when there was none. */
  remove(place: WatchPlace, target: WatchTarget): Promise<boolean>;
  /** Ends all watches of a conversation; tells how many. */
  removeAll(place: WatchPlace): Promise<number>;
  /** Whether the conversation gets the weekly line. */
  weekly(place: WatchPlace): Promise<boolean>;
  setWeekly(place: WatchPlace, on: boolean): Promise<void>;
  /** To be called by each adapter before {@link start}. */
  addPoster(poster: Poster): void;
  /** A conversation is gone, or a whole workspace: ends its watches and what they still had to say. */
  ended(gone: WatchPlace | Owner): Promise<void>;
  /** Starts checking and posting in this instance. */
  start(): Promise<void>;
  /** Ends it, waiting at most so long for what is under way. */
  stop(graceMs: number): Promise<void>;
}

export interface WatchLimits {
  /** The most watches of one workspace. */
  readonly tenant: number;
  /** The most watches of one conversation. */
  readonly conversation: number;
}

export interface WatchingOptions {
  readonly store: Store;
  readonly services: Pick<Services, "resolver" | "blocklists">;
  readonly jobs: Pick<Jobs, "add" | "work">;
  readonly log: WatchingLog;
  readonly limits?: Partial<WatchLimits>;
  /** Milliseconds since 1970; the store's clock should be the same. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** For tests: the way to the web. */
  readonly makeFetcher?: WatchChecksOptions["makeFetcher"];
  /** For tests: milliseconds between two looks at what is due to be checked, and to be posted. */
  readonly pace?: { readonly plan: number; readonly post: number };
}

/** Where watching tells what it did, without any names of what is watched; a pino logger is one. */
export interface WatchingLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const LIMITS: WatchLimits = { tenant: 200, conversation: 50 };
const QUEUE = "watch";
/** Targets that one instance checks at a time: each asks some two hundred questions at once. */
const CONCURRENCY = 4;
/** How often jobs are made of what is due, by one instance for all, and how often each looks for what there is to post. */
const PACE = { plan: 10_000, post: 5_000 };
/** What is due is made jobs of a part at a time, so that after an outage not everything is asked at once: 5 targets a second. */
const PLANNED = 50;
/** Once in so many looks at what is due, missing targets are put back. */
const MEND_EVERY = 60;

const jobForm = z.object({ kind: z.enum(["domain", "address"]), name: z.string() });

/**
 * Watches for all conversations, together with the other instances on the same store and jobs. What is due stands in the store: a
 * job that is late or lost is only made again.
 */
export function createWatching(options: WatchingOptions): Watching {
  const { store, jobs, log, now = Date.now, random = Math.random, pace = PACE } = options;
  const limits = { ...LIMITS, ...options.limits };
  const posters = new Map<Poster["platform"], Poster>();
  const checks = createWatchChecks({ ...options, now, random });
  const posting = createWatchPosting({ store, posters, log, now, random });
  let planned = 0;

  const addJob = (target: WatchTarget) => jobs.add(QUEUE, `${target.kind} ${target.name}`, target);

  async function plan(): Promise<void> {
    // Of a stretch of time, so that a clock that is put back meets no claim of the time that it had before.
    const stretch = Math.floor(pace.plan * 0.9);
    if (!(await store.claims.claim(`watch planner ${Math.floor(now() / stretch)}`, pace.plan))) return;
    if (planned++ % MEND_EVERY === 0) await store.watches.mend();
    for (const target of await store.watches.due(PLANNED)) await addJob(target);
    await addWeeklyLines(store.watches, now());
  }

  async function work(data: unknown, signal: AbortSignal): Promise<void> {
    const notices = await checks.check(jobForm.parse(data), signal);
    if (notices > 0) posts.soon();
  }

  async function reach(place: WatchPlace, wayBack: unknown): ReturnType<Poster["reach"]> {
    const poster = posters.get(place.platform);
    if (!poster) return { ok: false, how: "Postie is not connected there at the moment." };
    try {
      return await poster.reach(place, wayBack);
    } catch (error) {
      log.error(
        { platform: place.platform, error: kindOf(error) },
        "whether one may post could not be found out",
      );
      return {
        ok: false,
        how: "Whether Postie may post here could not be found out. Ask again in a minute.",
      };
    }
  }

  const plans = repeatedly(plan, pace.plan, { log, random });
  const posts = repeatedly(posting.postDue, pace.post, { log, random });

  return {
    async add({ place, wayBack, target, every, askedBy }) {
      const reached = await reach(place, wayBack);
      if (!reached.ok) return { kind: "unreachable", how: reached.how };
      const { platform, tenant, conversation } = place;
      const watch = { platform, tenant, conversation, target, every, createdBy: askedBy, wayBack };
      const added = await store.watches.add(watch, limits);
      if (added.kind === "conversation-full") return { kind: added.kind, limit: limits.conversation };
      if (added.kind === "tenant-full") return { kind: added.kind, limit: limits.tenant };
      const there = await store.watches.state(target);
      // Not to be waited for: whoever plans makes the job, if this fails.
      if (there && there.state.nextCheckAt <= now()) addJob(target).catch(() => {});
      return { kind: added.kind, every: added.every, state: there?.state ?? null };
    },
    async list(place) {
      const listed = await store.watches.list(place);
      return listed.map(({ watch, state }) => ({ watch, state, isLost: isLost(state, now()) }));
    },
    remove: (place, target) => store.watches.stop(place, target),
    removeAll: (place) => store.watches.stopAll(place),
    weekly: async (place) => (await store.watches.weeklyAt(place)) !== null,
    async setWeekly(place, on) {
      const isOn = (await store.watches.weeklyAt(place)) !== null;
      if (isOn !== on) await store.watches.setWeekly(place, on ? nextWeeklyLine(place, now()) : null);
    },
    addPoster(poster) {
      posters.set(poster.platform, poster);
    },
    async ended(gone) {
      if ("conversation" in gone) await store.watches.stopAll(gone);
      else await store.watches.stopTenant(gone);
    },
    async start() {
      await jobs.work(QUEUE, (data, { signal }) => work(data, signal), { concurrency: CONCURRENCY });
      plans.start();
      posts.start();
    },
    async stop(graceMs) {
      await Promise.all([plans.stop(graceMs), posts.stop(graceMs)]);
    },
  };
}

/** What may be logged of a fault: its message may quote outside text. */
function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** Does something again and again, one run after the other, whatever becomes of each. */
function repeatedly(
  run: () => Promise<unknown>,
  everyMs: number,
  { log, random }: { log: WatchingLog; random: () => number },
): { start(): void; soon(): void; stop(graceMs: number): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> | null = null;
  let again = false;
  let stopped = true;

  function begin(): void {
    clearTimeout(timer);
    again = false;
    current = run()
      .then(
        () => {},
        (error: unknown) => {
          // An outage ends without anybody's doing anything about watching.
          const level = error instanceof StoreUnavailable ? "warn" : "error";
          log[level]({ error: kindOf(error) }, "watching was disturbed");
        },
      )
      .finally(() => {
        current = null;
        if (!stopped) timer = setTimeout(begin, again ? 0 : everyMs * (0.9 + 0.2 * random()));
      });
  }

  return {
    start() {
      stopped = false;
      begin();
    },
    soon() {
      again = true;
      if (!stopped && !current) begin();
    },
    async stop(graceMs) {
      stopped = true;
      clearTimeout(timer);
      const late = AbortSignal.timeout(graceMs);
      await Promise.race([
        current,
        new Promise<void>((resolve) => late.addEventListener("abort", () => resolve(), { once: true })),
      ]);
    },
  };
}
