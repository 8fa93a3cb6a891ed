import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Row, type Scripts, type SqliteDatabase, StoreUnavailable, type Value } from "./database.ts";

/** How long a statement waits while another process of the machine writes, in milliseconds. */
const BUSY_MS = 5_000;
/** SQLITE_BUSY and SQLITE_LOCKED (sqlite.org, Result and Error Codes). */
const BUSY_CODES = new Set([5, 6]);

/**
 * SQLite in a file, which several processes of one machine may share; `:memory:` for what ends with the process.
 * @throws when the file cannot be opened
 */
export function openSqlite(path: string): SqliteDatabase {
  const database = new DatabaseSync(path);
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA foreign_keys = ON;`,
  );
  const prepared = new Map<string, StatementSync>();
  // One connection holds one transaction at a time; whatever comes meanwhile waits for its end.
  let last: Promise<unknown> = Promise.resolve();
  let open = 0;

  function run(sql: string, values: readonly Value[] = []): Row[] {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    const named = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));
    return told(() => statement.all(named)).map(plainRow);
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    open += 1;
    const result = last.then(work).finally(() => {
      open -= 1;
    });
    last = result.catch(() => {});
    return result;
  }

  async function transact<T>(work: (tx: Scripts) => Promise<T>): Promise<T> {
    told(() => database.exec("BEGIN IMMEDIATE"));
    try {
      const result = await work({
        query: async (sql, values) => run(sql, values),
        script: async (sql) => told(() => database.exec(sql)),
      });
      told(() => database.exec("COMMIT"));
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    kind: "sqlite",
    query: async (sql, values) => (open === 0 ? run(sql, values) : inTurn(async () => run(sql, values))),
    transaction: (work) => inTurn(() => transact(work)),
    exclusively: (work) => inTurn(() => transact(work)),
    async close() {
      await last;
      prepared.clear();
      if (database.isOpen) database.close();
    },
  };
}

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isBusy(error)) throw new StoreUnavailable("another process holds the file");
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return false;
  // The lower eight bits tell the kind, the others which kind of that.
  return BUSY_CODES.has(error.errcode & 0xff);
}

function plainRow(row: Record<string, unknown>): Row {
  const plain: Row = {};
  for (const [column, value] of Object.entries(row)) {
    plain[column] =
      typeof value === "string" || typeof value === "number" || value === null ? value : String(value);
  }
  return plain;
}
