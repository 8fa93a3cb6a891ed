import { type Database, type Row, text } from "./database.ts";
import { installationContext, platformOf } from "./installations.ts";
import { SealError, type Sealing } from "./sealing.ts";
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

export interface Resealed {
  /** Rows that were sealed with an older secret. */
  readonly resealed: number;
  /** Rows that no secret opens, since they were changed or moved: left as they are, for whoever reads them tells of it. */
  readonly damaged: number;
}

/**
 * Seals anew whatever an older secret sealed, in one transaction.
 * @throws {SealError} when something was sealed with a secret that is not given; then nothing is changed
 */
export function reseal(database: Database, sealing: Sealing): Promise<Resealed> {
  const lock = database.kind === "postgres" ? " FOR UPDATE" : "";
  return database.transaction(async (tx) => {
    const counts = { resealed: 0, damaged: 0 };
    for (const { table, column, key, context } of SEALED) {
      const where = key.map((name, index) => `${name} = $${index + 2}`).join(" AND ");
      for (const row of await tx.query(`SELECT * FROM ${table}${lock}`)) {
        const opened = openUnlessDamaged(sealing, text(row, column), context(row));
        if (!opened) counts.damaged += 1;
        if (!opened?.old) continue;
        await tx.query(`UPDATE ${table} SET ${column} = $1 WHERE ${where}`, [
          sealing.seal(opened.text, context(row)),
          ...key.map((name) => text(row, name)),
        ]);
        counts.resealed += 1;
      }
    }
    return counts;
  });
}

function openUnlessDamaged(sealing: Sealing, sealed: string, context: readonly string[]) {
  try {
    return sealing.open(sealed, context);
  } catch (error) {
    if (error instanceof SealError && error.kind === "damaged") return null;
    throw error;
  }
}
