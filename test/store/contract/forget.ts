import { expect, test } from "vitest";
import type { Owner, Store } from "../../../src/store/index.ts";
import { type Backend, OTHER_WORKSPACE, onStage, TENANT, WORKSPACE } from "./stage.ts";

const LIMITS = { conversation: 20, tenant: 200 };

/** Deleting a workspace's data. */
export function forget(backend: Backend): void {
  onStage(backend, "a workspace that is forgotten", ({ open }) => {
    /** Tables whose rows belong to a workspace: those that have a column for it. */
    async function owned(store: Store): Promise<string[]> {
      const tables =
        store.database.kind === "sqlite"
          ? await store.database.query(
              "SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'tenant' WHERE m.type = 'table'",
            )
          : await store.database.query(
              "SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'tenant' AND table_schema = 'public'",
            );
      return tables.map(({ name }) => String(name));
    }

    async function rowsOf(store: Store, { platform, tenant }: Owner): Promise<Record<string, number>> {
      const rows: Record<string, number> = {};
      for (const table of await owned(store)) {
        const found = await store.database.query(
          `SELECT 1 FROM ${table} WHERE platform = $1 AND tenant = $2`,
          [platform, tenant],
        );
        rows[table] = found.length;
      }
      return rows;
    }

    async function fill(store: Store, owner: Owner): Promise<void> {
      const place = { ...owner, conversation: "C1" };
      await store.settings.set(owner, "channel C1", "on");
      await store.installations.put(owner, { token: "x" });
      await store.deliveries.take(owner, "event 1", { ask: "smtp" });
      await store.keptAnswers.keep(owner, "U1", "{}");
      for (const name of ["shared.example", `only-${owner.platform}-${owner.tenant.toLowerCase()}.example`]) {
        const target = { kind: "domain", name } as const;
        const watch = {
          ...place,
          target,
          every: "daily",
          wayBack: {},
          createdBy: "U1",
          createdAt: 0,
        } as const;
        await store.watches.add(watch, LIMITS);
      }
      await store.watches.addNotice(place, "{}");
    }

    test("leaves nothing behind, in any table, and nothing of another is touched", async () => {
      const store = await open();
      await store.instances.beat();
      const all = [WORKSPACE, OTHER_WORKSPACE, TENANT];
      for (const owner of all) await fill(store, owner);
      const before = await rowsOf(store, WORKSPACE);
      expect(Object.keys(before).length).toBeGreaterThanOrEqual(6);
      for (const [table, rows] of Object.entries(before)) expect(rows, table).toBeGreaterThan(0);
      const others = await Promise.all([OTHER_WORKSPACE, TENANT].map((owner) => rowsOf(store, owner)));

      const deleted = await store.forget(WORKSPACE);

      expect(deleted).toBe(Object.values(before).reduce((sum, rows) => sum + rows, 0));
      for (const [table, rows] of Object.entries(await rowsOf(store, WORKSPACE))) expect(rows, table).toBe(0);
      expect(await Promise.all([OTHER_WORKSPACE, TENANT].map((owner) => rowsOf(store, owner)))).toEqual(
        others,
      );
      expect(await store.forget(WORKSPACE)).toBe(0);
      expect(await store.settings.get(OTHER_WORKSPACE, "channel C1")).toBe("on");
    });

    test("ends the watching of what it alone watched", async () => {
      const store = await open();
      for (const owner of [WORKSPACE, OTHER_WORKSPACE]) await fill(store, owner);
      await store.forget(WORKSPACE);
      const targets = await store.database.query("SELECT name FROM watch_target ORDER BY name");
      expect(targets.map(({ name }) => name)).toEqual(["only-slack-t2.example", "shared.example"]);
    });
  });
}
