import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../src/store/index.ts";

let folder: string;
let time: number;
let store: Store;

describe.each(["memory", "sqlite"])("the %s store", (kind) => {
  const open = () =>
    openStore({ now: () => time, ...(kind === "sqlite" ? { path: join(folder, "postie.db") } : {}) });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "postie-store-"));
    time = 1_000_000;
    store = await open();
  });
  afterEach(async () => {
    store.close();
    await rm(folder, { recursive: true });
  });

  it("keeps values until they are deleted", () => {
    expect(store.get("a")).toBeNull();
    store.set("a", "1");
    store.set("a", "2");
    expect(store.get("a")).toBe("2");
    store.delete("a");
    expect(store.get("a")).toBeNull();
  });

  it("gives a claim to one only, until its time is over or it is given back", () => {
    expect(store.claim("event", 1_000)).toBe(true);
    expect(store.claim("event", 1_000)).toBe(false);
    time += 999;
    expect(store.claim("event", 1_000)).toBe(false);
    time += 1;
    expect(store.claim("event", 1_000)).toBe(true);
    store.release("event");
    expect(store.claim("event", 1_000)).toBe(true);
  });

  it("keeps claims apart", () => {
    for (let index = 0; index < 3_000; index += 1) expect(store.claim(`event ${index}`, 1_000)).toBe(true);
    expect(store.claim("event 7", 1_000)).toBe(false);
  });
});

describe("a store in a file", () => {
  it("is there after a restart, and shared by processes", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "postie-store-")), "postie.db");
    const first = await openStore({ path });
    const second = await openStore({ path });
    first.set("settings", "off");
    expect(second.get("settings")).toBe("off");
    expect(first.claim("event", 60_000)).toBe(true);
    expect(second.claim("event", 60_000)).toBe(false);
    first.close();
    second.close();
    const third = await openStore({ path });
    expect(third.get("settings")).toBe("off");
    expect(third.claim("event", 60_000)).toBe(false);
    third.close();
  });

  it("fails to open with a reason when the file cannot be written", async () => {
    await expect(openStore({ path: join(tmpdir(), "no", "such", "folder", "x.db") })).rejects.toThrow(
      /unable to open/,
    );
  });
});
