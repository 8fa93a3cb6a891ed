import pg from "pg";
import { type PostgresDatabase, type Row, type Scripts, StoreUnavailable, type Value } from "./database.ts";

/** Connections of one process. */
const CONNECTIONS = 10;
const CONNECT_MS = 3_000;
/** A statement that takes longer is given up: the longest of ours takes milliseconds. */
const STATEMENT_MS = 5_000;
/** For a migration, which may be of a large store, and for those who wait until another instance is through with it. */
const MIGRATION_MS = 10 * 60_000;
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
export function openPostgres({ url, onError = () => {} }: PostgresOptions): PostgresDatabase {
  const poolOf = (max: number, statementMs: number, settings: pg.PoolConfig = {}) => {
    const pool = new pg.Pool({
      connectionString: url,
      max,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: statementMs,
      // For a server that does not even say that it gave up.
      query_timeout: statementMs + 1_000,
      idle_in_transaction_session_timeout: 4 * statementMs,
      keepAlive: true,
      application_name: "postie",
      ...settings,
    });
    pool.on("error", onError);
    return pool;
  };
  const pool = poolOf(CONNECTIONS, STATEMENT_MS, {
    types: {
      getTypeParser: (oid: number, format?: string) =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format === "binary" ? "binary" : "text"),
    },
  });

  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await told(() => pool.connect());
    // The pool listens to idle connections only: one that breaks between two statements would end the process.
    let broken = false;
    const onBroken = () => {
      broken = true;
    };
    client.on("error", onBroken);
    try {
      return await work(client);
    } catch (error) {
      broken ||= error instanceof StoreUnavailable;
      throw error;
    } finally {
      client.off("error", onBroken);
      client.release(broken);
    }
  }

  /** @param patience milliseconds for each statement where it is more than the pool's own */
  async function transact<T>(
    client: pg.PoolClient,
    work: (tx: Scripts) => Promise<T>,
    patience?: number,
  ): Promise<T> {
    const ask = (text: string, values: readonly Value[] = []) =>
      told(() =>
        client.query({ text, values: [...values], ...(patience ? { query_timeout: patience } : {}) }),
      );
    await ask("BEGIN");
    try {
      if (patience !== undefined) {
        await ask("SET LOCAL statement_timeout = 0");
        await ask(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      }
      const result = await work({
        query: async (sql, values) => (await ask(sql, values)).rows,
        async script(sql) {
          await ask(sql);
        },
      });
      await ask("COMMIT");
      return result;
    } catch (error) {
      // A connection that is lost is rolled back by the server, and is not given back to the pool.
      if (!(error instanceof StoreUnavailable)) await ask("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  return {
    kind: "postgres",
    query: async (sql, values = []) => (await told(() => pool.query<Row>(sql, [...values]))).rows,
    transaction: (work) => withClient((client) => transact(client, work)),
    exclusively: (work) => withClient((client) => transact(client, work, MIGRATION_MS)),
    connect({ connections, statementMs }) {
      const own = poolOf(connections, statementMs);
      return {
        query: (sql, values) => told(() => own.query(sql, values ? [...values] : undefined)),
        close: () => own.end(),
      };
    },
    close: () => pool.end(),
  };
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isUnavailable(error) ? new StoreUnavailable(reasonOf(error)) : error;
  }
}

/**
 * SQLSTATE classes of a server that is not there for us (PostgreSQL manual, appendix A): 08 connection, 53 resources, 57 operator
 * intervention such as a shutdown or a time limit, 25P03 idle in transaction, 25006 a server that became a copy of another; and
 * whatever has no SQLSTATE.
 */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^[0-9A-Z]{5}$/.test(code)) return /^(08|53|57|58|25P03|25006|40)/.test(code);
  return code !== "" || /timeout|terminated|connection|ended/i.test(error.message);
}

/** A word for the log: an error code, never an address or a statement. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error && /timeout/i.test(error.message) ? "timeout" : "connection lost";
}
