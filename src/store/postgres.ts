import pg from "pg";
import type { Database, Row, Scripts, Value } from "./database.ts";
import { StoreUnavailable } from "./database.ts";

/** Connections of one process. */
const CONNECTIONS = 10;
const CONNECT_MS = 3_000;
/** A statement that takes longer is given up: the longest of ours takes milliseconds. */
const STATEMENT_MS = 5_000;
/** The advisory lock that migrations are run under: any number that nobody else uses. */
const MIGRATION_LOCK = 7_105_134;

/** PostgreSQL's type of 64-bit integers, which `pg` gives as text: ours are times in milliseconds and small counts. */
const INT8 = 20;

export interface PostgresOptions {
  readonly url: string;
  /** Told of faults of idle connections, which the pool replaces. */
  readonly onError?: (error: Error) => void;
}

/** PostgreSQL, for many instances. Connects on first use, and again whenever a connection was lost. */
export function openPostgres({ url, onError = () => {} }: PostgresOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 1_000,
    idle_in_transaction_session_timeout: 4 * STATEMENT_MS,
    keepAlive: true,
    application_name: "postie",
    types: {
      getTypeParser: (oid: number, format?: string) =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format === "binary" ? "binary" : "text"),
    },
  });
  pool.on("error", onError);

  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await told(() => pool.connect());
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = error instanceof StoreUnavailable;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async function transact<T>(
    client: pg.PoolClient,
    work: (tx: Scripts) => Promise<T>,
    { alone = false } = {},
  ): Promise<T> {
    const ask = (sql: string, values: readonly Value[] = []) => told(() => client.query(sql, [...values]));
    await ask("BEGIN");
    try {
      // Held to the end of the transaction; who waits for it does so longer than a statement may otherwise take.
      if (alone) {
        await ask("SET LOCAL statement_timeout = 0");
        await told(() => client.query(UNHURRIED));
      }
      const result = await work({
        query: async (sql, values) => (await ask(sql, values)).rows,
        async script(sql) {
          await told(() => client.query(sql));
        },
      });
      await ask("COMMIT");
      return result;
    } catch (error) {
      await ask("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  return {
    kind: "postgres",
    query: async (sql, values = []) => (await told(() => pool.query<Row>(sql, [...values]))).rows,
    transaction: (work) => withClient((client) => transact(client, work)),
    exclusively: (work) => withClient((client) => transact(client, work, { alone: true })),
    close: () => pool.end(),
  };
}

/** Another instance may migrate a large store meanwhile. */
const UNHURRIED = { text: `SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`, query_timeout: 10 * 60_000 };

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isUnavailable(error) ? new StoreUnavailable(reasonOf(error)) : error;
  }
}

/**
 * SQLSTATE classes of a server that is not there for us (PostgreSQL manual, appendix A): 08 connection, 53 resources, 57 operator
 * intervention such as a shutdown or a time limit, 25P03 idle in transaction; and whatever has no SQLSTATE.
 */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^[0-9A-Z]{5}$/.test(code)) return /^(08|53|57|58|25P03|40)/.test(code);
  return code !== "" || /timeout|terminated|connection|ended/i.test(error.message);
}

/** A word for the log: an error code, never an address or a statement. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error && /timeout/i.test(error.message) ? "timeout" : "connection lost";
}

