import { type Database, type Row, text } from "./database.ts";
import { installationContext, platformOf } from "./installations.ts";
import type { Sealing } from "./sealing.ts";
import { placeOf, wayBackContext } from "./watch-rows.ts";

interface Sealed {
  readonly table: string;
  readonly column: string;
  readonly key: readonly string[];
  context(row: Row): string[];
}

/** What is sealed and lasts: notes of deliveries do not, and are told as failed when they cannot be opened. */
const SEALED: readonly Sealed[] = [
  {
    table: "installation",
    column: "installation_sealed",
    key: ["platform", "tenant"],
    context: (row) =>
      installationContext({ platform: platformOf(text(row, "platform")), tenant: text(row, "tenant") }),
  },
  { table: "watch", column: "way_back_sealed", key: ["id"], context: (row) => wayBackContext(placeOf(row)) },
  { table: "notice", column: "way_back_sealed", key: ["id"], context: (row) => wayBackContext(placeOf(row)) },
];

/** Seals anew whatever an older secret sealed, in one transaction; tells how many rows that were. */
export function reseal(database: Database, sealing: Sealing): Promise<number> {
  const lock = database.kind === "postgres" ? " FOR UPDATE" : "";
  return database.transaction(async (tx) => {
    let resealed = 0;
    for (const { table, column, key, context } of SEALED) {
      const where = key.map((name, index) => `${name} = $${index + 2}`).join(" AND ");
      for (const row of await tx.query(`SELECT * FROM ${table}${lock}`)) {
        const { text: opened, old } = sealing.open(text(row, column), context(row));
        if (!old) continue;
        await tx.query(`UPDATE ${table} SET ${column} = $1 WHERE ${where}`, [
          sealing.seal(opened, context(row)),
          ...key.map((name) => text(row, name)),
        ]);
        resealed += 1;
      }
    }
    return resealed;
  });
}
