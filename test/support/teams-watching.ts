import type { Poster, Watching } from "../../src/bot/watching.ts";
import type { Owner, Store, WatchPlace } from "../../src/store/index.ts";

export interface RecordingWatching {
  readonly watching: Watching;
  /** What was said to be gone. */
  readonly ended: (WatchPlace | Owner)[];
  poster(): Poster;
  /** Watches something there, as somebody does who asks for it with this way back. */
  watch(place: WatchPlace, wayBack: unknown): Promise<void>;
}

/** The part of watching that an adapter sees, on a real store: it keeps watches and records what is said to be gone. */
export function recordingWatching(store: Store): RecordingWatching {
  const ended: (WatchPlace | Owner)[] = [];
  let poster: Poster | undefined;
  const given = () => {
    if (!poster) throw new Error("the adapter gave no poster");
    return poster;
  };
  const unused = async (): Promise<never> => {
    throw new Error("not for adapters");
  };
  return {
    ended,
    poster: given,
    async watch(place, wayBack) {
      await given().reach(place, wayBack);
      const target = { kind: "domain", name: "example.org" } as const;
      const wish = { ...place, target, every: "daily", wayBack, createdBy: "0000-anna" } as const;
      await store.watches.add(wish, { conversation: 50, tenant: 200 });
    },
    watching: {
      ...{ add: unused, list: unused, remove: unused, removeAll: unused, weekly: unused, setWeekly: unused },
      ...{ start: unused, stop: unused },
      addPoster(added) {
        poster = added;
      },
      async ended(gone) {
        ended.push(gone);
      },
    },
  };
}
