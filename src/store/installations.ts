import { type Queries, text } from "./database.ts";
import type { Sealing } from "./sealing.ts";
import type { Owner } from "./settings.ts";

/** What a platform gave out when Postie was installed in a workspace: tokens, so that it is sealed. */
export interface Installations {
  /** @param installation plain JSON data */
  put(owner: Owner, installation: object): Promise<void>;
  /** Puts it only where there is none, so that it takes the place of nothing that came at the same time. */
  putIfAbsent(owner: Owner, installation: object): Promise<void>;
  /** @throws {SealError} when what is stored was changed or its secret is not known */
  get(owner: Owner): Promise<unknown>;
  delete(owner: Owner): Promise<void>;
  all(platform: Owner["platform"]): Promise<Owner[]>;
}

export function createInstallations(database: Queries, sealing: Sealing, now: () => number): Installations {
  /** @param otherwise what is done where there is one already */
  async function insert(owner: Owner, installation: object, otherwise: string): Promise<void> {
    const sealed = sealing.seal(JSON.stringify(installation), installationContext(owner));
    await database.query(
      `INSERT INTO installation VALUES ($1, $2, $3, $4) ON CONFLICT (platform, tenant) DO ${otherwise}`,
      [owner.platform, owner.tenant, sealed, now()],
    );
  }

  return {
    put: (owner, installation) =>
      insert(
        owner,
        installation,
        "UPDATE SET installation_sealed = excluded.installation_sealed, updated_at = excluded.updated_at",
      ),
    putIfAbsent: (owner, installation) => insert(owner, installation, "NOTHING"),
    async get(owner) {
      const [row] = await database.query(
        "SELECT installation_sealed FROM installation WHERE platform = $1 AND tenant = $2",
        [owner.platform, owner.tenant],
      );
      if (!row) return null;
      return JSON.parse(sealing.open(text(row, "installation_sealed"), installationContext(owner)).text);
    },
    async delete({ platform, tenant }) {
      await database.query("DELETE FROM installation WHERE platform = $1 AND tenant = $2", [
        platform,
        tenant,
      ]);
    },
    async all(platform) {
      const rows = await database.query(
        "SELECT tenant FROM installation WHERE platform = $1 ORDER BY tenant",
        [platform],
      );
      return rows.map((row) => ({ platform, tenant: text(row, "tenant") }));
    },
  };
}

/** What an installation's ciphertext is bound to. */
export function installationContext({ platform, tenant }: Owner): string[] {
  return ["installation", platform, tenant];
}

export function platformOf(word: string): Owner["platform"] {
  if (word !== "slack" && word !== "teams") throw new TypeError("a row is of no known platform");
  return word;
}
