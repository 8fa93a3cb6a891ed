import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe } from "vitest";
import { type Owner, openStore, type Store, type StoreOptions } from "../../../src/store/index.ts";

/** Where the contract of the store is tested: an empty database, and clocks that the test sets. */
export interface Stage {
  /** Another instance on the same database. */
  open(options?: StoreOptions): Promise<Store>;
  /** What {@link Store} takes for the time of the day, in milliseconds. */
  readonly clock: { now: number; elapsed: number };
}

export interface Backend {
  readonly name: string;
  /** Whether several instances can share a database of it. */
  readonly shared: boolean;
  /** A new and empty database, as the options to open it with. */
  make(): Promise<{ options: StoreOptions; remove(): Promise<void> }>;
}

export const SECRET = "first secret of the tests, made of words";
export const WORKSPACE: Owner = { platform: "slack", tenant: "T1" };
export const OTHER_WORKSPACE: Owner = { platform: "slack", tenant: "T2" };
/** The same id on the other platform. */
export const TENANT: Owner = { platform: "teams", tenant: "T1" };

/** A `describe` whose tests each have a database of their own, with every store that they open closed in the end. */
export function onStage(backend: Backend, title: string, tests: (stage: Stage) => void): void {
  describe(`${backend.name}: ${title}`, () => {
    const clock = { now: 0, elapsed: 0 };
    let database: Awaited<ReturnType<Backend["make"]>>;
    let opened: Store[] = [];

    beforeEach(async () => {
      clock.now = Date.UTC(2026, 10, 30);
      clock.elapsed = 5_000;
      opened = [];
      database = await backend.make();
    });
    afterEach(async () => {
      await Promise.all(opened.map((store) => store.close()));
      await database.remove();
    });

    tests({
      clock,
      async open(options = {}) {
        const store = await openStore({
          secrets: [SECRET],
          now: () => clock.now,
          elapsed: () => clock.elapsed,
          ...database.options,
          ...options,
        });
        opened.push(store);
        return store;
      },
    });
  });
}

export const MEMORY: Backend = {
  name: "in memory",
  shared: false,
  make: async () => ({ options: {}, remove: async () => {} }),
};

export const FILE: Backend = {
  name: "in a file",
  shared: true,
  async make() {
    const folder = await mkdtemp(join(tmpdir(), "postie-store-"));
    return {
      options: { path: join(folder, "postie.sqlite") },
      remove: () => rm(folder, { recursive: true }),
    };
  },
};
