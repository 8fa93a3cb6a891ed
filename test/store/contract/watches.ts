/** What is watched, what is to be said of it, and the weekly lines. */
import { expect, test } from "vitest";
import type { Store, TargetState, WatchPlace, WatchTarget } from "../../../src/store/index.ts";
import { type Backend, OTHER_WORKSPACE, onStage, TENANT, WORKSPACE } from "./stage.ts";

const PLACE: WatchPlace = { ...WORKSPACE, conversation: "C1" };
const OTHER: WatchPlace = { ...WORKSPACE, conversation: "C2" };
const TARGET: WatchTarget = { kind: "domain", name: "partner.example" };
const ADDRESS: WatchTarget = { kind: "address", name: "8.8.4.7" };
const LIMITS = { conversation: 3, tenant: 4 };
const HOUR = 60 * 60_000;

function watch(place: WatchPlace, target = TARGET, every: "daily" | "hourly" | null = null) {
  const { platform, tenant, conversation } = place;
  return { platform, tenant, conversation, target, every, createdBy: "U1", wayBack: { to: conversation } };
}

async function stateOf(store: Store, target = TARGET): Promise<TargetState> {
  const found = await store.watches.state(target);
  if (!found) throw new Error("it is not watched");
  return found.state;
}

export function watches(backend: Backend): void {
  onStage(backend, "watches", (stage) => {
    test("are added, changed or the same, and keep how often", async () => {
      const { watches } = await stage.open();
      const add = async (every: "daily" | "hourly" | null) =>
        watches.add(watch(PLACE, TARGET, every), LIMITS);
      expect(await add(null)).toEqual({ kind: "added", every: "daily" });
      expect(await add(null)).toEqual({ kind: "same", every: "daily" });
      expect(await add("hourly")).toEqual({ kind: "changed", every: "hourly" });
      expect(await add(null)).toEqual({ kind: "same", every: "hourly" });
      expect(
        (await watches.list(PLACE)).map(({ watch }) => [watch.target, watch.every, watch.createdBy]),
      ).toEqual([[TARGET, "hourly", "U1"]]);
      expect(await watches.list(OTHER)).toEqual([]);
    });

    test("of several who add the same at once one is new", async () => {
      const store = await stage.open();
      const added = await Promise.all(
        Array.from({ length: 8 }, () => store.watches.add(watch(PLACE), LIMITS)),
      );
      expect(added.every(({ kind }) => kind === "added" || kind === "same")).toBe(true);
      expect(await store.watches.list(PLACE)).toHaveLength(1);
    });

    test("are limited by conversation and by workspace, and those that are there may still be changed", async () => {
      const { watches } = await stage.open();
      const name = (index: number): WatchTarget => ({ kind: "domain", name: `d${index}.example` });
      for (const index of [1, 2, 3]) await watches.add(watch(PLACE, name(index)), LIMITS);
      expect(await watches.add(watch(PLACE, name(4)), LIMITS)).toEqual({ kind: "conversation-full" });
      expect(await watches.add(watch(OTHER, name(4)), LIMITS)).toMatchObject({ kind: "added" });
      expect(await watches.add(watch(OTHER, name(5)), LIMITS)).toEqual({ kind: "tenant-full" });
      expect(await watches.add(watch(PLACE, name(1), "hourly"), LIMITS)).toMatchObject({ kind: "changed" });
      for (const owner of [OTHER_WORKSPACE, TENANT]) {
        const place = { ...owner, conversation: "C1" };
        expect(await watches.add(watch(place, name(5)), LIMITS)).toMatchObject({ kind: "added" });
      }
    });

    test("are limited when many are added at once, too", async () => {
      const store = await stage.open();
      const added = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.watches.add(watch(PLACE, { kind: "domain", name: `d${index}.example` }), LIMITS),
        ),
      );
      expect(added.filter(({ kind }) => kind === "added")).toHaveLength(LIMITS.conversation);
      expect(await store.watches.list(PLACE)).toHaveLength(LIMITS.conversation);
    });

    test("keep their target until the last of them ends", async () => {
      const store = await stage.open();
      const { watches } = store;
      await watches.add(watch(PLACE), LIMITS);
      await watches.add(watch(OTHER), LIMITS);
      await watches.add(watch(OTHER, ADDRESS), LIMITS);
      expect(await watches.stop(PLACE, TARGET)).toBe(true);
      expect(await watches.stop(PLACE, TARGET)).toBe(false);
      expect(await watches.state(TARGET)).not.toBeNull();
      expect(await watches.stopAll(OTHER)).toBe(2);
      expect([await watches.state(TARGET), await watches.state(ADDRESS)]).toEqual([null, null]);
      expect(await watches.count()).toEqual({ watches: 0, targets: 0, notices: 0, overdueMs: 0 });
    });

    test("of a whole workspace end together, with what they had to say and their weekly lines", async () => {
      const { watches } = await stage.open();
      const theirs: WatchPlace = { ...OTHER_WORKSPACE, conversation: "C1" };
      for (const place of [PLACE, OTHER, theirs]) {
        await watches.add(watch(place), LIMITS);
        await watches.addNotice(place, "{}");
        await watches.setWeekly(place, stage.clock.now);
      }
      expect(await watches.stopTenant(WORKSPACE)).toBe(2);
      expect(await watches.count()).toMatchObject({ watches: 1, targets: 1, notices: 1 });
      expect((await watches.dueWeekly(10)).map(({ place }) => place)).toEqual([theirs]);
    });

    test("that begin and end at the same time never leave one without its target", async () => {
      const stores = [await stage.open(), await stage.open()];
      const [one, other] = backend.shared ? stores : [stores[0], stores[0]];
      for (const _round of Array(15)) {
        await one?.watches.add(watch(PLACE), LIMITS);
        await Promise.all([one?.watches.stop(PLACE, TARGET), other?.watches.add(watch(OTHER), LIMITS)]);
        expect(await one?.watches.state(TARGET)).not.toBeNull();
        expect(await other?.watches.list(OTHER)).toHaveLength(1);
        await Promise.all([one?.watches.stopAll(OTHER), other?.watches.stopAll(PLACE)]);
      }
    });
  });

  onStage(backend, "targets", (stage) => {
    test("are due at once when new, then by their time, the longest overdue first", async () => {
      const store = await stage.open();
      const { watches } = store;
      await watches.add(watch(PLACE), LIMITS);
      stage.clock.now += 1_000;
      await watches.add(watch(PLACE, ADDRESS), LIMITS);
      expect(await watches.due(10)).toEqual([TARGET, ADDRESS]);
      expect(await watches.due(1)).toEqual([TARGET]);
      expect((await watches.count()).overdueMs).toBe(1_000);
      const state = { ...(await stateOf(store)), known: "k", checkedAt: 1, nextCheckAt: stage.clock.now + 5 };
      await watches.keep(state, null, null);
      expect(await watches.due(10)).toEqual([ADDRESS]);
      stage.clock.now += 5;
      expect(await watches.due(10)).toEqual([ADDRESS, TARGET]);
    });

    test("keep one check of several that began alike", async () => {
      const store = await stage.open();
      await store.watches.add(watch(PLACE), LIMITS);
      const state = await stateOf(store);
      const kept = await Promise.all(
        ["a", "b", "c"].map((known, index) =>
          store.watches.keep({ ...state, known, checkedAt: 7 + index }, null, `{"title":"${known}"}`),
        ),
      );
      expect(kept.filter((notices) => notices === 1)).toHaveLength(1);
      expect(kept.filter((notices) => notices === null)).toHaveLength(2);
      const notices = await store.watches.takeNotices(1_000, 10);
      const { known } = await stateOf(store);
      expect(notices.map(({ answer }) => answer)).toEqual([`{"title":"${known}"}`]);
    });

    test("that nobody watches any more keep nothing", async () => {
      const store = await stage.open();
      await store.watches.add(watch(PLACE), LIMITS);
      const state = await stateOf(store);
      await store.watches.stop(PLACE, TARGET);
      expect(await store.watches.keep({ ...state, checkedAt: 1 }, null, "{}")).toBeNull();
      expect(await store.watches.takeNotices(1_000, 10)).toEqual([]);
    });

    test("are checked within the hour when somebody wants that, whatever a check under way decides", async () => {
      const store = await stage.open();
      await store.watches.add(watch(PLACE), LIMITS);
      const state = await stateOf(store);
      const far = { ...state, known: "k", checkedAt: 1, nextCheckAt: stage.clock.now + 30 * HOUR };
      await store.watches.keep(far, null, null);
      await store.watches.add(watch(OTHER, TARGET, "hourly"), LIMITS);
      expect((await stateOf(store)).nextCheckAt).toBe(stage.clock.now + HOUR);
      expect((await store.watches.state(TARGET))?.every).toBe("hourly");
      await store.watches.keep({ ...far, checkedAt: 2 }, 1, null);
      expect((await stateOf(store)).nextCheckAt).toBe(stage.clock.now + HOUR);
    });

    test("that are missing are put back", async () => {
      const store = await stage.open();
      await store.watches.add(watch(PLACE), LIMITS);
      await store.watches.add(watch(OTHER), LIMITS);
      expect(await store.watches.mend()).toBe(0);
      await store.database.query("DELETE FROM watch_target");
      expect(await store.watches.mend()).toBe(1);
      expect(await store.watches.due(10)).toEqual([TARGET]);
    });
  });

  onStage(backend, "notices", (stage) => {
    const wished = async () => {
      const store = await stage.open();
      for (const place of [PLACE, OTHER]) await store.watches.add(watch(place), LIMITS);
      const state = { ...(await stateOf(store)), checkedAt: 1 };
      expect(await store.watches.keep(state, null, '{"title":"t"}')).toBe(2);
      return store;
    };

    test("are for all who watch, each with its own way back", async () => {
      const store = await wished();
      const notices = await store.watches.takeNotices(1_000, 10);
      const sorted = notices.toSorted((one, other) => one.conversation.localeCompare(other.conversation));
      expect(sorted).toMatchObject([
        { ...PLACE, wayBack: { to: "C1" }, answer: '{"title":"t"}', maybePosted: false, attempts: 0 },
        { ...OTHER, wayBack: { to: "C2" }, answer: '{"title":"t"}', maybePosted: false, attempts: 0 },
      ]);
    });

    test("are taken on by one at a time, until the lease ends", async () => {
      const store = await wished();
      const another = backend.shared ? await stage.open() : store;
      const taken = await Promise.all([
        store.watches.takeNotices(1_000, 1),
        another.watches.takeNotices(1_000, 1),
        another.watches.takeNotices(1_000, 1),
      ]);
      expect(new Set(taken.flat().map(({ id }) => id)).size).toBe(taken.flat().length);
      // whoever found the rows locked may have got none
      await store.watches.takeNotices(1_000, 10);
      expect(await another.watches.takeNotices(1_000, 10)).toEqual([]);
      stage.clock.now += 1_000;
      const again = await another.watches.takeNotices(1_000, 10);
      expect(again.map(({ maybePosted, attempts }) => [maybePosted, attempts])).toEqual([
        [true, 1],
        [true, 1],
      ]);
      // Who had them before says nothing about them any more.
      for (const notice of taken.flat()) await store.watches.retryNotice(notice, stage.clock.now, false);
      expect(await store.watches.takeNotices(1_000, 10)).toEqual([]);
    });

    test("are only those of the platforms that one can post to", async () => {
      const store = await wished();
      expect(await store.watches.takeNotices(1_000, 10, ["teams"])).toEqual([]);
      expect(await store.watches.takeNotices(1_000, 10, [])).toEqual([]);
      expect(await store.watches.takeNotices(1_000, 10, ["teams", "slack"])).toHaveLength(2);
    });

    test("are tried again at their time, and stay what may have been posted", async () => {
      const store = await wished();
      const [one, other] = await store.watches.takeNotices(1_000, 10);
      if (!one || !other) throw new Error("no notices");
      await store.watches.retryNotice(one, stage.clock.now + 5_000, false);
      await store.watches.retryNotice(other, stage.clock.now + 5_000, true);
      stage.clock.now += 4_999;
      expect(await store.watches.takeNotices(1_000, 10)).toEqual([]);
      stage.clock.now += 1;
      const again = await store.watches.takeNotices(1_000, 10);
      expect(new Map(again.map(({ id, maybePosted }) => [id, maybePosted]))).toEqual(
        new Map([
          [one.id, false],
          [other.id, true],
        ]),
      );
      for (const { id } of again) await store.watches.endNotice(id);
      stage.clock.now += 10_000;
      expect(await store.watches.takeNotices(1_000, 10)).toEqual([]);
    });
  });

  onStage(backend, "weekly lines", (stage) => {
    test("are due at their time, and kept once whoever tries", async () => {
      const store = await stage.open();
      const another = backend.shared ? await stage.open() : store;
      await store.watches.add(watch(PLACE), LIMITS);
      expect(await store.watches.weeklyAt(PLACE)).toBeNull();
      const dueAt = stage.clock.now + HOUR;
      await store.watches.setWeekly(PLACE, dueAt);
      expect(await store.watches.weeklyAt(PLACE)).toBe(dueAt);
      expect(await store.watches.dueWeekly(10)).toEqual([]);
      stage.clock.now = dueAt;
      expect(await another.watches.dueWeekly(10)).toEqual([{ place: PLACE, dueAt }]);
      const nextAt = dueAt + 7 * 24 * HOUR;
      const kept = await Promise.all(
        [store, another, store, another].map(({ watches }) =>
          watches.keepWeekly({ place: PLACE, dueAt }, nextAt, '{"title":"w"}'),
        ),
      );
      expect(kept.toSorted()).toEqual([false, false, false, true]);
      expect((await store.watches.takeNotices(1_000, 10)).map(({ answer }) => answer)).toEqual([
        '{"title":"w"}',
      ]);
      expect([await store.watches.dueWeekly(10), await store.watches.weeklyAt(PLACE)]).toEqual([[], nextAt]);
    });

    test("end with the watches of their conversation, or by themselves", async () => {
      const { watches } = await stage.open();
      for (const place of [PLACE, OTHER]) {
        await watches.add(watch(place), LIMITS);
        await watches.setWeekly(place, stage.clock.now);
      }
      await watches.stopAll(PLACE);
      await watches.setWeekly(OTHER, null);
      expect(await watches.dueWeekly(10)).toEqual([]);
    });

    test("are not said where nothing is watched", async () => {
      const { watches } = await stage.open();
      await watches.setWeekly(PLACE, stage.clock.now);
      const [line] = await watches.dueWeekly(10);
      if (!line) throw new Error("it is not due");
      expect(await watches.keepWeekly(line, stage.clock.now + HOUR, "{}")).toBe(false);
      expect(await watches.weeklyAt(PLACE)).toBe(stage.clock.now + HOUR);
    });
  });
}
