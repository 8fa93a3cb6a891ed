import { type Queries, text } from "./database.ts";

/** A workspace of Slack or a tenant of Teams: what is stored belongs to one, and is deleted with it. */
export interface Owner {
  readonly platform: "slack" | "teams";
  /** Slack's team id, or its enterprise id for an installation in a whole organisation; Teams' tenant id. */
  readonly tenant: string;
}

/** What was set in a place, such as when Postie speaks in a channel. */
export interface Settings {
  get(owner: Owner, name: string): Promise<string | null>;
  set(owner: Owner, name: string, value: string): Promise<void>;
  delete(owner: Owner, name: string): Promise<void>;
}

export function createSettings(database: Queries): Settings {
  return {
    async get({ platform, tenant }, name) {
      const [row] = await database.query(
        "SELECT value FROM setting WHERE platform = $1 AND tenant = $2 AND name = $3",
        [platform, tenant, name],
      );
      return row ? text(row, "value") : null;
    },
    async set({ platform, tenant }, name, value) {
      await database.query(
        "INSERT INTO setting VALUES ($1, $2, $3, $4) ON CONFLICT (platform, tenant, name) DO UPDATE SET value = excluded.value",
        [platform, tenant, name, value],
      );
    },
    async delete({ platform, tenant }, name) {
      await database.query("DELETE FROM setting WHERE platform = $1 AND tenant = $2 AND name = $3", [
        platform,
        tenant,
        name,
      ]);
    },
  };
}
