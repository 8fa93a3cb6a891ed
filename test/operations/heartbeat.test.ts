import { afterEach, describe, expect, test } from "vitest";
import { type Heartbeat, startHeartbeat } from "../../src/heartbeat.ts";
import { openStore, type Store, StoreUnavailable } from "../../src/store/index.ts";

describe("signs of life", () => {
  let store: Store | undefined;
  let heartbeat: Heartbeat | undefined;

  afterEach(async () => {
    await heartbeat?.stop();
    await store?.close();
  });

  /** A store whose signs of life cannot be written while `fails` is set. */
  async function start() {
    const real = await openStore();
    store = real;
    const state = { fails: false, takeOvers: 0, logged: [] as string[] };
    const instances = {
      ...real.instances,
      beat: () => (state.fails ? Promise.reject(new StoreUnavailable("full")) : real.instances.beat()),
    };
    const tell = (_fields: object, message: string) => void state.logged.push(message);
    heartbeat = await startHeartbeat({
      store: { ...real, instances },
      takeOver: async () => {
        state.takeOvers += 1;
      },
      log: { info: tell, warn: tell, error: tell },
    });
    return { state, heartbeat, database: real.database };
  }

  const rows = async (database: Store["database"]) =>
    (await database.query("SELECT id FROM instance")).length;

  async function until(condition: () => boolean): Promise<void> {
    for (let waited = 0; !condition(); waited += 20) {
      if (waited > 8_000) throw new Error("waited in vain");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test("are there before any work, and gone in the end", async () => {
    const { heartbeat, database } = await start();
    expect(await rows(database)).toBe(1);
    await heartbeat.stop();
    expect(await rows(database)).toBe(0);
  });

  test("that cannot be written are told once, tried again, and told when they are back", async () => {
    const { state, heartbeat } = await start();
    await until(() => state.takeOvers > 0);
    expect(heartbeat.isAlive()).toBe(true);
    state.fails = true;
    await until(() => !heartbeat.isAlive());
    const { takeOvers } = state;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(state.takeOvers, "nothing is taken over by who cannot say that it lives").toBe(takeOvers);
    state.fails = false;
    await until(() => state.takeOvers > takeOvers);
    expect(heartbeat.isAlive()).toBe(true);
    expect(state.logged).toEqual(["the store cannot be reached", "the store is back"]);
  });

  test("stop the start when the first one cannot be written", async () => {
    const real = await openStore();
    store = real;
    const instances = { ...real.instances, beat: () => Promise.reject(new StoreUnavailable("away")) };
    const nothing = () => {};
    const log = { info: nothing, warn: nothing, error: nothing };
    const started = startHeartbeat({ store: { ...real, instances }, takeOver: async () => {}, log });
    await expect(started).rejects.toThrow(StoreUnavailable);
    heartbeat = undefined;
  });
});
