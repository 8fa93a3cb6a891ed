import { expect, test } from "vitest";
import { BEAT_MS, type Store } from "../../../src/store/index.ts";
import { type Backend, onStage } from "./stage.ts";

/** Who is seen to be dead, by whom. */
export function instances(backend: Backend): void {
  if (!backend.shared) return;

  onStage(backend, "instances", ({ open, clock }) => {
    /** Signs of life of these, as often as they are given. */
    async function live(ms: number, ...stores: Store[]): Promise<void> {
      for (let passed = 0; passed < ms; passed += BEAT_MS) {
        clock.elapsed += BEAT_MS;
        for (const store of stores) await store.instances.beat();
      }
    }

    test("have names of their own, new with every start", async () => {
      const [first, second] = [await open(), await open()];
      expect(first.instances.id).not.toBe(second.instances.id);
    });

    test("that give signs of life are not dead to each other", async () => {
      const [first, second] = [await open(), await open()];
      await live(60_000, first, second);
      expect(first.instances.dead()).toEqual([]);
      expect(second.instances.dead()).toEqual([]);
    });

    test("that give none any more are dead within six seconds", async () => {
      const [first, second] = [await open(), await open()];
      await live(5 * BEAT_MS, first, second);
      await live(4 * BEAT_MS, second);
      expect(second.instances.dead()).toEqual([]);
      await live(6_000 - 4 * BEAT_MS, second);
      expect(second.instances.dead()).toEqual([first.instances.id]);
    });

    test("are not dead any more once they give signs of life again", async () => {
      const [first, second] = [await open(), await open()];
      await live(BEAT_MS, first, second);
      await live(9_000, second);
      expect(second.instances.dead()).toEqual([first.instances.id]);
      await live(BEAT_MS, first, second);
      expect(second.instances.dead()).toEqual([]);
    });

    test("that were seen by nobody while the store was away are not dead", async () => {
      const [first, second] = [await open(), await open()];
      await live(3_000, first, second);
      clock.elapsed += 60_000;
      expect(second.instances.dead(), "nothing is concluded from what was seen long ago").toEqual([]);
      await second.instances.beat();
      expect(second.instances.dead(), "the others come back a little later").toEqual([]);
      await live(4_000, second);
      expect(second.instances.dead()).toEqual([]);
      await live(2_000, second);
      expect(second.instances.dead()).toEqual([first.instances.id]);
    });

    test("that saw nothing themselves in between conclude nothing", async () => {
      const [first, second] = [await open(), await open()];
      for (let round = 0; round < 5; round += 1) {
        await second.instances.beat();
        clock.elapsed += 5_000;
      }
      await first.instances.beat();
      for (let round = 0; round < 5; round += 1) {
        clock.elapsed += 5_000;
        await second.instances.beat();
        expect(second.instances.dead()).toEqual([]);
      }
    });

    test("that leave are gone at once, and dead ones after a minute", async () => {
      const stores = [await open(), await open(), await open()] as const;
      const [stays, leaves, dies] = stores;
      const known = async () =>
        (await stays.database.query("SELECT id FROM instance")).map(({ id }) => id).sort();
      await live(BEAT_MS, ...stores);
      await leaves.instances.leave();
      expect(await known()).toEqual([stays.instances.id, dies.instances.id].sort());
      await live(59_000, stays);
      expect(await known()).toContain(dies.instances.id);
      await live(3_000, stays);
      expect(await known()).toEqual([stays.instances.id]);
    });
  });
}
