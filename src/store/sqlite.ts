import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type Row, type Scripts, type SqliteDatabase, StoreUnavailable, type Value } from "./database.ts";

/** How long is waited while another process of the machine writes, in milliseconds. */
const PATIENCE_MS = 5_000;
/** Most writes are over so soon that waiting in place is best; beyond that this process does other things meanwhile. */
const IN_PLACE_MS = 5;
/** SQLITE_BUSY and SQLITE_LOCKED (sqlite.org, Result and Error Codes). */
const BUSY_CODES = new Set([5, 6]);
/** SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL and SQLITE_CANTOPEN: what may be mended while Postie runs. */
const AWAY_CODES: Record<number, string> = {
  8: "the file cannot be written",
  10: "the disk failed",
  13: "the disk is full",
  14: "the file cannot be opened",
};

/**
 * SQLite in a file, which several processes of one machine may share; `:memory:` for what ends with the process.
 * @throws when the file cannot be opened
 */
export async function openSqlite(path: string): Promise<SqliteDatabase> {
  if (path !== ":memory:") makePrivate(path);
  const database = new DatabaseSync(path, { timeout: IN_PLACE_MS });
  try {
    await patiently(() => database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"));
  } catch (error) {
    database.close();
    throw error;
  }
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
    return statement.all(named).map(plainRow);
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    open += 1;
    const result = last.then(work).finally(() => {
      open -= 1;
    });
    last = result.catch(() => {});
    return result;
  }

  async function query(sql: string, values?: readonly Value[]): Promise<Row[]> {
    if (open === 0) {
      try {
        return run(sql, values);
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
    }
    return inTurn(() => patiently(() => run(sql, values)));
  }

  async function transact<T>(work: (tx: Scripts) => Promise<T>): Promise<T> {
    await patiently(() => database.exec("BEGIN IMMEDIATE"));
    try {
      const result = await work({
        query: (sql, values) => patiently(() => run(sql, values)),
        script: (sql) => patiently(() => database.exec(sql)),
      });
      await patiently(() => database.exec("COMMIT"));
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    kind: "sqlite",
    query: (sql, values) => told(() => query(sql, values)),
    transaction: (work) => told(() => inTurn(() => transact(work))),
    exclusively: (work) => inTurn(() => transact(work)),
    async close() {
      await last;
      prepared.clear();
      if (database.isOpen) database.close();
    },
  };
}

/** @throws {StoreUnavailable} when another process holds the file all the time */
async function patiently<T>(work: () => T): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > deadline) throw new StoreUnavailable("another process holds the file");
    }
    await sleep(5 + 20 * Math.random());
  }
}

/** @throws {StoreUnavailable} when the file cannot be used now */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const away = AWAY_CODES[codeOf(error)];
    throw away === undefined ? error : new StoreUnavailable(away);
  }
}

function isBusy(error: unknown): boolean {
  return BUSY_CODES.has(codeOf(error));
}

/** SQLite's code of an error; 0 when it is none of SQLite's. */
function codeOf(error: unknown): number {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return 0;
  // The lower eight bits tell the kind, the others which kind of that.
  return error.errcode & 0xff;
}

function plainRow(row: Record<string, unknown>): Row {
  const plain: Row = {};
  for (const [column, value] of Object.entries(row)) {
    plain[column] =
      typeof value === "string" || typeof value === "number" || value === null ? value : String(value);
  }
  return plain;
}

/** SQLite would make the file readable for everybody on the machine; the files that it makes beside it are as private as this one. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch {
    // SQLite itself says why the file cannot be opened.
  }
}
