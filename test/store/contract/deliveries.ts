import { beforeEach, expect, test } from "vitest";
import { BEAT_MS, type Deliveries, type Store, StoreUnavailable } from "../../../src/store/index.ts";
import { type Backend, OTHER_WORKSPACE, onStage, TENANT, WORKSPACE } from "./stage.ts";

/** A delivery is worked on once, by one instance, and is not lost when that one dies. */
export function deliveries(backend: Backend): void {
  onStage(backend, "deliveries", ({ open, clock }) => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
      await store.instances.beat();
    });

    test("are taken once; a repeat is told apart, also when it comes at the same moment", async () => {
      expect(await store.deliveries.take(WORKSPACE, "event 1", {})).not.toBeNull();
      expect(await store.deliveries.take(WORKSPACE, "event 1", {})).toBeNull();
      const ten = await Promise.all(
        Array.from({ length: 10 }, () => store.deliveries.take(WORKSPACE, "event 2", {})),
      );
      expect(ten.filter(Boolean)).toHaveLength(1);
    });

    test("of the same name in another workspace or on another platform are others", async () => {
      for (const owner of [WORKSPACE, OTHER_WORKSPACE, TENANT]) {
        expect(await store.deliveries.take(owner, "event 1", {})).toMatchObject({ owner, name: "event 1" });
      }
    });

    test("that are done are known for the ten minutes in which repeats come", async () => {
      const delivery = await store.deliveries.take(WORKSPACE, "event 1", {});
      expect(await delivery?.answering()).toBe(true);
      await delivery?.done();
      clock.now += 10 * 60_000;
      expect(await store.deliveries.take(WORKSPACE, "event 1", {})).toBeNull();
      clock.now += 5 * 60_000;
      expect(await store.deliveries.take(WORKSPACE, "event 1", {})).not.toBeNull();
    });

    test("that are given back are taken when they come again", async () => {
      const delivery = await store.deliveries.take(WORKSPACE, "event 1", {});
      await delivery?.giveBack();
      expect(await store.deliveries.take(WORKSPACE, "event 1", {})).not.toBeNull();
    });

    test("that this instance works on are not given to it again", async () => {
      await store.deliveries.take(WORKSPACE, "event 1", {});
      expect(await store.deliveries.takeOver("slack")).toEqual([]);
    });

    test("keep their note sealed, and not beyond their end", async () => {
      const delivery = await store.deliveries.take(WORKSPACE, "event 1", { command: "checkdomain" });
      const noted = async () =>
        (await store.database.query("SELECT note_sealed FROM delivery"))[0]?.note_sealed;
      expect(await noted()).toMatch(/^v1\./);
      expect(await noted()).not.toMatch(/checkdomain/);
      await delivery?.done();
      expect(await noted()).toBeNull();
    });
  });

  if (!backend.shared) return;

  onStage(backend, "deliveries of an instance that dies", ({ open, clock }) => {
    let [dies, lives, third]: Store[] = [];
    /** Signs of life of all but the first, until that one is dead. */
    async function until(stores: (Store | undefined)[], ms = 9_000): Promise<void> {
      for (let passed = 0; passed < ms; passed += BEAT_MS) {
        clock.elapsed += BEAT_MS;
        for (const store of stores) await store?.instances.beat();
      }
    }
    const take = (store: Store | undefined, name: string, note: unknown = {}) =>
      store?.deliveries.take(WORKSPACE, name, note);
    const takeOver = (store: Store | undefined, platform: Parameters<Deliveries["takeOver"]>[0] = "slack") =>
      store?.deliveries.takeOver(platform) ?? [];

    beforeEach(async () => {
      [dies, lives, third] = [await open(), await open(), await open()];
      await until([dies, lives, third], BEAT_MS);
    });

    test("are taken over with what was noted, once it is seen to be dead and not before", async () => {
      await take(dies, "event 1", { ask: ["checkip", "192.0.2.1"] });
      await until([lives], 4_000);
      expect(await takeOver(lives)).toEqual([]);
      await until([lives], 2_000);
      expect(await takeOver(lives, "teams"), "each adapter takes its own").toEqual([]);
      expect(await takeOver(lives)).toMatchObject([
        {
          owner: WORKSPACE,
          name: "event 1",
          note: { ask: ["checkip", "192.0.2.1"] },
          shown: null,
          maybeAnswered: false,
          attempt: 2,
          refused: false,
        },
      ]);
      expect(await takeOver(lives), "once").toEqual([]);
    });

    test("are taken over at once when it leaves", async () => {
      await take(dies, "event 1");
      await dies?.instances.leave();
      expect(await takeOver(lives)).toHaveLength(1);
    });

    test("are taken over by one of many", async () => {
      for (let index = 0; index < 15; index += 1) await take(dies, `event ${index}`);
      await until([lives, third]);
      const got = (await Promise.all([lives, third, lives, third].map((store) => takeOver(store)))).flat();
      expect(got.map(({ name }) => name).sort()).toEqual(
        Array.from({ length: 15 }, (_, index) => `event ${index}`).sort(),
      );
    });

    test("are taken over a few at a time, the oldest first", async () => {
      for (let index = 0; index < 30; index += 1) {
        await take(dies, `event ${index}`);
        clock.now += 1;
      }
      await until([lives]);
      const first = await takeOver(lives);
      expect(first.length).toBeLessThan(30);
      expect(first.map(({ name }) => name)).toContain("event 0");
      expect([...first, ...(await takeOver(lives))]).toHaveLength(30);
    });

    test("that were being answered may be answered already", async () => {
      await (await take(dies, "event 1"))?.answering();
      await (await take(dies, "event 2"))?.show("message 7");
      await until([lives]);
      const got = await takeOver(lives);
      expect(got.find(({ name }) => name === "event 1")).toMatchObject({ maybeAnswered: true, shown: null });
      expect(got.find(({ name }) => name === "event 2")).toMatchObject({
        maybeAnswered: false,
        shown: "message 7",
      });
    });

    test("that are done are not taken over", async () => {
      await (await take(dies, "event 1"))?.done();
      await until([lives]);
      expect(await takeOver(lives)).toEqual([]);
    });

    test("cannot be answered by it any more when it was not dead after all", async () => {
      const late = await take(dies, "event 1");
      await until([lives]);
      const [taken] = await takeOver(lives);
      expect(await late?.answering()).toBe(false);
      await late?.show("message 7");
      await late?.done();
      await late?.giveBack();
      expect(await taken?.answering()).toBe(true);
      expect(await take(third, "event 1"), "still a repeat").toBeNull();
      await taken?.done();
    });

    test("are taken over again when the successor dies too, and counted", async () => {
      await take(dies, "event 1");
      await until([lives, third]);
      await takeOver(lives);
      await until([third]);
      expect(await takeOver(third)).toMatchObject([{ name: "event 1", attempt: 3 }]);
    });

    test("are one again for it, when its successor answered, died and left them to it", async () => {
      const late = await take(dies, "event 1");
      await until([lives]);
      const [taken] = await takeOver(lives);
      expect(await taken?.answering()).toBe(true);
      await until([dies, third]);
      // It finds what it works on itself, and leaves that to the work.
      expect(await takeOver(dies)).toEqual([]);
      expect(await late?.answering(), "the work of before knows nothing of the answer").toBe(false);
      expect(await takeOver(dies)).toMatchObject([{ name: "event 1", maybeAnswered: true }]);
    });

    test("have no note any more when the successor cannot open it", async () => {
      await take(dies, "event 1", { ask: "smtp" });
      await dies?.instances.leave();
      const stranger = await open({ secrets: ["another secret, of 32 characters or more"] });
      expect(await takeOver(stranger)).toMatchObject([{ name: "event 1", note: null }]);
    });
  });

  onStage(backend, "deliveries whose taking got no answer from the database", ({ open, clock }) => {
    /** The database does what it is told by one statement, and its answer is lost. */
    async function loseAnswer<T>(store: Store, table: string, work: () => Promise<T>): Promise<unknown> {
      const { database } = store;
      const query = database.query;
      Object.assign(database, {
        async query(...asked: Parameters<typeof query>) {
          const rows = await query.call(database, ...asked);
          if (new RegExp(`^(INSERT INTO|UPDATE) ${table}\\b`).test(asked[0]))
            throw new StoreUnavailable("timeout");
          return rows;
        },
      });
      try {
        return await work().catch((error: unknown) => error);
      } finally {
        Object.assign(database, { query });
      }
    }
    let store: Store;
    let other: Store;
    beforeEach(async () => {
      [store, other] = [await open(), await open()];
      await store.instances.beat();
      await other.instances.beat();
    });
    const refuse = (name: string) =>
      loseAnswer(store, "delivery", () => store.deliveries.take(WORKSPACE, name, { ask: "smtp" }));

    test("are found by the instance that has them without knowing it, though their repeat was dropped", async () => {
      expect(await refuse("event 1")).toBeInstanceOf(StoreUnavailable);
      expect(
        await other.deliveries.take(WORKSPACE, "event 1", {}),
        "a repeat, to all that it can tell",
      ).toBeNull();
      expect(await other.deliveries.takeOver("slack")).toEqual([]);
      const [found] = await store.deliveries.takeOver("slack");
      expect(found).toMatchObject({
        name: "event 1",
        note: { ask: "smtp" },
        refused: true,
        maybeAnswered: false,
      });
      expect(await store.deliveries.takeOver("slack")).toEqual([]);
      expect(await store.deliveries.take(WORKSPACE, "event 1", {})).toBeNull();
      expect(await found?.answering()).toBe(true);
      await found?.done();
    });

    test("are taken by their repeat when that comes to the same instance", async () => {
      await refuse("event 1");
      const again = await store.deliveries.take(WORKSPACE, "event 1", {});
      expect(again).not.toBeNull();
      expect(await store.deliveries.takeOver("slack")).toEqual([]);
      expect(await again?.answering()).toBe(true);
    });

    test("are refused together with a repeat that came meanwhile, so that they come again", async () => {
      const [first, repeat] = (await loseAnswer(store, "delivery", () =>
        Promise.allSettled([
          store.deliveries.take(WORKSPACE, "event 1", {}),
          store.deliveries.take(WORKSPACE, "event 1", {}),
        ]),
      )) as PromiseSettledResult<unknown>[];
      expect([first?.status, repeat?.status]).toEqual(["rejected", "rejected"]);
    });

    test("are found as well when it was the taking over that got no answer", async () => {
      await other.deliveries.take(WORKSPACE, "event 1", { ask: "smtp" });
      await other.instances.leave();
      expect(await loseAnswer(store, "delivery", () => store.deliveries.takeOver("slack"))).toBeInstanceOf(
        Error,
      );
      clock.now += 1_000;
      expect(await store.deliveries.takeOver("slack")).toMatchObject([
        { name: "event 1", note: { ask: "smtp" }, refused: false },
      ]);
    });

    test("can be answered though the database first did not say so", async () => {
      const delivery = await store.deliveries.take(WORKSPACE, "event 1", {});
      const lost = await loseAnswer(store, "delivery", async () => delivery?.answering());
      expect(lost).toBeInstanceOf(StoreUnavailable);
      expect(await delivery?.answering()).toBe(true);
      expect(await loseAnswer(store, "delivery", async () => delivery?.done())).toBeInstanceOf(
        StoreUnavailable,
      );
      await delivery?.done();
      expect(await store.deliveries.takeOver("slack")).toEqual([]);
    });
  });
}
