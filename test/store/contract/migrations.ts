import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate, type Store } from "../../../src/store/index.ts";
import { type Backend, onStage, WORKSPACE } from "./stage.ts";

/** Tables are brought up to date once, in order, whoever starts when. */
export function migrations(backend: Backend): void {
  if (!backend.shared) return;

  onStage(backend, "tables", ({ open }) => {
    test("are made once by eight that start at the same time", async () => {
      const stores = await Promise.all(Array.from({ length: 8 }, () => open()));
      await Promise.all(
        stores.map((store, index) => store.settings.set(WORKSPACE, `from ${index}`, "there")),
      );
      for (const store of stores) expect(await store.settings.get(WORKSPACE, "from 7")).toBe("there");
    });

    test("of a newer Postie are refused, and left as they are", async () => {
      const store = await open();
      await store.settings.set(WORKSPACE, "a", "on");
      await store.database.query(
        "INSERT INTO schema_version (version, name, md5, run_at) VALUES (999, 'newer', 'x', CURRENT_TIMESTAMP)",
      );
      await expect(open()).rejects.toThrow(/newer Postie.*version 999/);
      expect(await store.settings.get(WORKSPACE, "a")).toBe("on");
    });

    test("whose steps are not those of this Postie are refused", async () => {
      const store = await open();
      await store.database.query("UPDATE schema_version SET md5 = 'changed' WHERE version = 1");
      await expect(open()).rejects.toThrow(/MD5|checksum|changed/i);
    });
  });

  onStage(backend, "steps of a folder", ({ open }) => {
    let folder: string;
    let store: Store;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "postie-steps-"));
      store = await open();
    });
    afterEach(() => rm(folder, { recursive: true }));
    const step = (name: string, sql: string) => writeFile(join(folder, name), sql);
    const run = () => migrate(store.database, folder, "steps");

    test("are run in order, each once, also when they come one by one", async () => {
      await step("001.do.make.sql", "CREATE TABLE thing (name TEXT);\nINSERT INTO thing VALUES ('one');");
      await run();
      await step("002.do.more.sql", "INSERT INTO thing VALUES ('two');");
      await Promise.all([run(), run(), run()]);
      const rows = await store.database.query("SELECT name FROM thing ORDER BY name");
      expect(rows.map(({ name }) => name)).toEqual(["one", "two"]);
    });

    test("are all undone when one of them fails, and run again the next time", async () => {
      await step("001.do.make.sql", "CREATE TABLE thing (name TEXT);");
      await step("002.do.broken.sql", "INSERT INTO nothing VALUES ('two');");
      await expect(run()).rejects.toThrow(/nothing/);
      await expect(store.database.query("SELECT * FROM thing")).rejects.toThrow(/thing/);
      await step("002.do.broken.sql", "INSERT INTO thing VALUES ('two');");
      await run();
      expect(await store.database.query("SELECT name FROM thing")).toEqual([{ name: "two" }]);
    });

    test("that were changed after they were run are refused", async () => {
      await step("001.do.make.sql", "CREATE TABLE thing (name TEXT);");
      await run();
      await step("001.do.make.sql", "CREATE TABLE thing (name TEXT, more TEXT);");
      await expect(run()).rejects.toThrow(/MD5|checksum|changed/i);
    });

    test("leave other tables of steps alone", async () => {
      await step("001.do.make.sql", "CREATE TABLE thing (name TEXT);");
      await run();
      await store.settings.set(WORKSPACE, "a", "on");
      const again = await open();
      expect(await again.settings.get(WORKSPACE, "a")).toBe("on");
    });
  });
}
