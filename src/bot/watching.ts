/** Watching domains and addresses: what commands and adapters see of it. */
import type { Every, Owner, TargetState, Watch, WatchPlace, WatchTarget } from "../store/index.ts";
import type { Answer } from "./answer.ts";

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

/** The watches of all conversations. */
export interface Watching {
  /** Asks the platform whether Postie may post there, then watches. */
  add(wish: WatchWish): Promise<WatchAdded>;
  /** A conversation's watches with what is known of their targets. */
  list(place: WatchPlace): Promise<{ watch: Watch; state: TargetState }[]>;
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
