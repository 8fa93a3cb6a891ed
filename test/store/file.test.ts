import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore, StoreUnavailable } from "../../src/store/index.ts";
import { type Child, startChild } from "../support/child-process.ts";

const HAMMER = join(import.meta.dirname, "support", "hammer.ts");
const WORKSPACE = { platform: "slack", tenant: "T1" } as const;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postie-file-"));
  path = join(folder, "postie.sqlite");
});
afterEach(() => rm(folder, { recursive: true }));

/** What SQLite itself says of the file. */
function integrity(): unknown {
  const database = new DatabaseSync(path);
  try {
    return database.prepare("PRAGMA integrity_check").get();
  } finally {
    database.close();
  }
}

function rows(sql: string): unknown[] {
  const database = new DatabaseSync(path);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

describe("a store in a file", () => {
  test("is there after a restart, with what it had encrypted", async () => {
    const before = await openStore({ path });
    await before.settings.set(WORKSPACE, "a", "on");
    await before.installations.put(WORKSPACE, { token: "x" });
    await before.close();
    const after = await openStore({ path });
    expect(await after.settings.get(WORKSPACE, "a")).toBe("on");
    expect(await after.installations.get(WORKSPACE)).toEqual({ token: "x" });
    await after.close();
  });

  test("and the secret of its own beside it can be read by their owner only", async () => {
    await (await openStore({ path })).close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(`${path}.key`)).mode & 0o777).toBe(0o600);
  });

  test("is not read through for what is left undone, which is looked for every second", async () => {
    const store = await openStore({ path });
    await store.instances.beat();
    const { query } = store.database;
    const asked: Parameters<typeof query>[] = [];
    Object.assign(store.database, {
      query: (...given: Parameters<typeof query>) => {
        asked.push(given);
        return query(...given);
      },
    });
    await store.deliveries.takeOver("slack");
    const plans = await Promise.all(asked.map(([sql, values]) => query(`EXPLAIN QUERY PLAN ${sql}`, values)));
    const steps = plans.flat().map(({ detail }) => String(detail));
    const read = steps.filter((step) => /\bdelivery\b/.test(step));
    expect(read).not.toEqual([]);
    // By the few that are open, or by a whole name.
    for (const step of read) expect(step).toMatch(/USING (COVERING )?INDEX delivery_open|AND name=\?\)/);
    await store.close();
  });

  test("on a disk that is full is told as away, and used again when there is room", async () => {
    const store = await openStore({ path });
    const room = (pages: number) => store.database.query(`PRAGMA max_page_count = ${pages}`);
    await room(1); // what it has by now
    const long = "x".repeat(100_000);
    await expect(store.settings.set(WORKSPACE, "a", long)).rejects.toThrow(
      new StoreUnavailable("the disk is full"),
    );
    const stored = store.database.transaction((tx) =>
      tx.query("INSERT INTO setting VALUES ('slack', 'T1', 'b', $1)", [long]),
    );
    await expect(stored).rejects.toThrow(StoreUnavailable);
    await room(1_000_000);
    await store.settings.set(WORKSPACE, "a", long);
    expect(await store.settings.get(WORKSPACE, "a")).toBe(long);
    expect(await store.settings.get(WORKSPACE, "b")).toBe(null);
    await store.close();
  });

  test.skipIf(process.getuid?.() === 0)("that cannot be written is told with a reason", async () => {
    await chmod(folder, 0o500);
    await expect(openStore({ path })).rejects.toThrow(/unable to open/);
    await chmod(folder, 0o700);
  });

  test("in a folder that is not there is told with a reason", async () => {
    await expect(openStore({ path: join(folder, "no", "such", "x.sqlite") })).rejects.toThrow(
      /unable to open/,
    );
  });

  test("that is no database is refused and left alone", async () => {
    const { writeFile, readFile } = await import("node:fs/promises");
    await writeFile(path, "not a database, but something that somebody wrote".repeat(50));
    await expect(openStore({ path })).rejects.toThrow(/not a database/);
    expect(await readFile(path, "utf8")).toMatch(/^not a database/);
  });
});

describe("two processes on one file", () => {
  let children: Child[];
  afterEach(() => Promise.all(children.map((child) => child.kill())));
  interface Won {
    won: { claims: number[]; deliveries: number[]; jobs: number[] };
    away: number;
  }
  const ROUNDS = 400;
  const everyRound = Array.from({ length: ROUNDS }, (_, round) => round);
  const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b);

  async function start(): Promise<void> {
    children = [1, 2].map(() => startChild(HAMMER, [path, String(ROUNDS)]));
    for (const child of children) expect(await child.message()).toEqual({ ready: true });
    for (const child of children) child.send({ go: true });
  }

  test("that start at once and do all they can win everything once, and the file is whole", async () => {
    await start();
    const outcomes = (await Promise.all(children.map((child) => child.message()))) as Won[];
    expect(sorted(outcomes.flatMap(({ won }) => won.claims))).toEqual(everyRound);
    expect(sorted(outcomes.flatMap(({ won }) => won.deliveries))).toEqual(everyRound);
    for (const { won } of outcomes) expect(won.claims.length, "both took part").toBeGreaterThan(0);
    expect(rows("SELECT value FROM setting WHERE name = 'sum'")).toEqual([{ value: String(2 * ROUNDS) }]);
    while (rows("SELECT 1 FROM job").length > 0) await sleep(50);
    for (const child of children) child.send({ stop: true });
    const ended = (await Promise.all(children.map((child) => child.message()))) as Won[];
    // One that was done already when the other process added it was run once more.
    const ran = new Set(ended.flatMap(({ won }) => won.jobs));
    expect(sorted([...ran])).toEqual(everyRound);
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(integrity()).toEqual({ integrity_check: "ok" });
  });

  test("of which one is killed in the middle leave a file that is whole, and the other goes on", async () => {
    await start();
    const [dies, lives] = children as [Child, Child];
    await sleep(150);
    await dies.kill();
    const { won } = (await lives.message()) as Won;
    expect(won.claims.length).toBeGreaterThan(0);
    expect(integrity()).toEqual({ integrity_check: "ok" });
    expect(rows("SELECT COUNT(*) AS count FROM claim")).toEqual([{ count: ROUNDS }]);
    const after = await openStore({ path });
    expect(await after.settings.get(WORKSPACE, "setting 1")).toBe("x".repeat(2_000));
    await after.close();
  });
});
