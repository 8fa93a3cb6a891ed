import { expect, test } from "vitest";
import { type Backend, OTHER_WORKSPACE, onStage, TENANT, WORKSPACE } from "./stage.ts";

/** Settings, claims, answers to show once more, and limits. */
export function basics(backend: Backend): void {
  onStage(backend, "settings", ({ open }) => {
    test("are kept until they are deleted", async () => {
      const { settings } = await open();
      expect(await settings.get(WORKSPACE, "channel C1")).toBeNull();
      await settings.set(WORKSPACE, "channel C1", "1");
      await settings.set(WORKSPACE, "channel C1", "2");
      expect(await settings.get(WORKSPACE, "channel C1")).toBe("2");
      await settings.delete(WORKSPACE, "channel C1");
      expect(await settings.get(WORKSPACE, "channel C1")).toBeNull();
    });

    test("of one workspace are nothing to another, nor to the other platform", async () => {
      const { settings } = await open();
      await settings.set(WORKSPACE, "a", "on");
      for (const other of [OTHER_WORKSPACE, TENANT]) {
        expect(await settings.get(other, "a")).toBeNull();
        await settings.delete(other, "a");
      }
      expect(await settings.get(WORKSPACE, "a")).toBe("on");
    });

    test("keep any text as it is", async () => {
      const { settings } = await open();
      for (const value of ["", "ä😀\n'\"\\", "x".repeat(100_000), "$1; DROP TABLE setting"]) {
        await settings.set(WORKSPACE, value.slice(0, 20), value);
        expect(await settings.get(WORKSPACE, value.slice(0, 20))).toBe(value);
      }
    });
  });

  onStage(backend, "claims", ({ open, clock }) => {
    test("are held by one only, until their time is over or they are released", async () => {
      const { claims } = await open();
      expect(await claims.claim("state", 1_000)).toBe(true);
      expect(await claims.claim("state", 1_000)).toBe(false);
      expect(await claims.claim("another", 1_000)).toBe(true);
      clock.now += 999;
      expect(await claims.claim("state", 1_000)).toBe(false);
      clock.now += 1;
      expect(await claims.claim("state", 1_000)).toBe(true);
      expect(await claims.release("state")).toBe(true);
      expect(await claims.claim("state", 1_000)).toBe(true);
    });

    test("that nobody holds any more are released by nobody", async () => {
      const { claims } = await open();
      expect(await claims.release("state")).toBe(false);
      await claims.claim("state", 1_000);
      clock.now += 1_000;
      expect(await claims.release("state")).toBe(false);
    });

    test.runIf(backend.shared)("are won by 1 of 50, and released by 1 of 50, whoever asks", async () => {
      const stores = await Promise.all(Array.from({ length: 5 }, () => open()));
      const fifty = Array.from({ length: 50 }, (_, index) => stores[index % 5] ?? stores[0]);
      for (const name of ["new", "again"]) {
        const won = await Promise.all(fifty.map((store) => store?.claims.claim("leader", 1_000)));
        expect(won.filter(Boolean), name).toHaveLength(1);
        clock.now += 1_000;
      }
      await stores[0]?.claims.claim("leader", 1_000);
      const released = await Promise.all(fifty.map((store) => store?.claims.release("leader")));
      expect(released.filter(Boolean)).toHaveLength(1);
    });
  });

  onStage(backend, "answers to show once more", ({ open, clock }) => {
    test("are found by their key, by whoever was given them, for half an hour", async () => {
      const { keptAnswers } = await open();
      const key = await keptAnswers.keep(WORKSPACE, "U1", '{"title":"550"}');
      expect(await keptAnswers.find(WORKSPACE, "U1", key)).toBe('{"title":"550"}');
      expect(await keptAnswers.find(WORKSPACE, "U2", key)).toBeNull();
      expect(await keptAnswers.find(OTHER_WORKSPACE, "U1", key)).toBeNull();
      expect(await keptAnswers.find(TENANT, "U1", key)).toBeNull();
      expect(await keptAnswers.find(WORKSPACE, "U1", `${key}x`)).toBeNull();
      clock.now += 30 * 60_000;
      expect(await keptAnswers.find(WORKSPACE, "U1", key)).toBeNull();
    });

    test("have keys that cannot be guessed", async () => {
      const { keptAnswers } = await open();
      const keys = await Promise.all(
        Array.from({ length: 20 }, () => keptAnswers.keep(WORKSPACE, "U1", "{}")),
      );
      expect(new Set(keys).size).toBe(20);
      for (const key of keys) expect(Buffer.from(key, "base64url").length).toBeGreaterThanOrEqual(12);
    });
  });

  onStage(backend, "limits", ({ open }) => {
    const limit = { name: "asker", points: 3, duration: 60 };

    test.runIf(backend.shared)("are counted together by all instances", async () => {
      const limiters = (await Promise.all([open(), open()])).map((store) => store.rateLimiter(limit));
      const [first, second] = limiters;
      await first?.consume("U1");
      await second?.consume("U1");
      await first?.consume("U1");
      await expect(second?.consume("U1")).rejects.toMatchObject({ remainingPoints: 0 });
      await expect(first?.consume("U1")).rejects.toMatchObject({ remainingPoints: 0 });
      await expect(first?.consume("U2")).resolves.toMatchObject({ remainingPoints: 2 });
    });

    test("let exactly as many through as there are points", async () => {
      const limiter = (await open()).rateLimiter(limit);
      const asked = await Promise.allSettled(Array.from({ length: 20 }, () => limiter.consume("U1")));
      expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    });

    test("of several kinds are counted apart", async () => {
      const store = await open();
      await store.rateLimiter(limit).consume("U1", 3);
      await expect(store.rateLimiter({ ...limit, name: "place" }).consume("U1", 3)).resolves.toBeDefined();
    });
  });

  onStage(backend, "what has expired", ({ open, clock }) => {
    test("is deleted when the store is tidied, and nothing else is", async () => {
      const store = await open();
      const count = async (table: string) =>
        (await store.database.query(`SELECT COUNT(*) AS rows FROM ${table}`))[0]?.rows;
      await store.instances.beat();
      for (const round of [1, 2]) {
        await store.claims.claim(`claim ${round}`, 60 * 60_000);
        await store.keptAnswers.keep(WORKSPACE, "U1", "{}");
        await store.deliveries.take(WORKSPACE, `event ${round}`, {});
        clock.now += 59 * 60_000;
      }
      await store.settings.set(WORKSPACE, "a", "on");
      await store.keptAnswers.keep(WORKSPACE, "U1", "{}");
      await store.deliveries.take(WORKSPACE, "event 3", {});
      await store.tidy();
      expect(await count("claim")).toBe(1);
      expect(await count("kept_answer")).toBe(1);
      expect(await count("delivery")).toBe(1);
      expect(await count("setting")).toBe(1);
      // The library counts by the clock of the machine.
      await store.rateLimiter({ name: "asker", points: 3, duration: 60 }).consume("U1");
      clock.now = Date.now() + 59_000;
      await store.tidy();
      expect(await count("rate_limit")).toBe(1);
      clock.now = Date.now() + 61_000;
      await store.tidy();
      expect(await count("rate_limit")).toBe(0);
    });

    test("is also what ends so late that a clock must have been put back since", async () => {
      const store = await open();
      const limiter = store.rateLimiter({ name: "asker", points: 1, duration: 60 });
      await limiter.consume("U1");
      clock.now = Date.now();
      expect(await store.claims.claim("a", 60_000)).toBe(true);
      await store.tidy();
      expect(await store.claims.claim("a", 60_000)).toBe(false);
      clock.now = Date.now() - 24 * 60 * 60_000;
      await store.tidy();
      expect(await store.claims.claim("a", 60_000)).toBe(true);
      await expect(limiter.consume("U1")).resolves.toBeDefined();
    });
  });
}
