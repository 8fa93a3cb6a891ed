import { join } from "node:path";
import Postgrator from "postgrator";
import type { Database } from "./database.ts";

/**
 * Brings the tables up to date by the plain SQL files `NNN.do.NAME.sql` of a folder, each once and in order. Instances that start
 * at the same time do it one after the other.
 * @param table where it is noted which files were run
 * @throws when a file that was run has been changed since, or the database is of a newer Postie
 */
export async function migrate(database: Database, folder: string, table: string): Promise<void> {
  await database.exclusively(async (inside) => {
    const postgrator = new Postgrator({
      driver: database.kind === "sqlite" ? "sqlite3" : "pg",
      migrationPattern: join(folder, "*.sql"),
      schemaTable: table,
      newline: "LF",
      execQuery: async (sql: string) => ({ rows: await inside.query(sql) }),
      execSqlScript: (sql: string) => inside.script(sql),
    });
    const [there, newest] = [await postgrator.getDatabaseVersion(), await postgrator.getMaxVersion()];
    if (there > newest) {
      throw new Error(`it is of a newer Postie (its tables have version ${there}, this one knows ${newest})`);
    }
    await postgrator.migrate();
  });
}
