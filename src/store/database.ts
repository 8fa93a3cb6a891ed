/** One value of a row: what both drivers hold alike. Times are milliseconds since 1970, JSON and ciphertext are text. */
export type Value = string | number | null;
export type Row = Record<string, Value>;

/** Something that statements can be sent to: the database, or one transaction of it. */
export interface Queries {
  /**
   * Runs one statement of the SQL that SQLite and PostgreSQL share, with `$1`, `$2` … for its values.
   * @returns the rows that it gives, none for a statement without RETURNING
   * @throws {StoreUnavailable} when the database cannot be reached or does not answer in time
   */
  query(sql: string, values?: readonly Value[]): Promise<Row[]>;
}

export interface Scripts extends Queries {
  /** Runs a script of several statements as it stands. */
  script(sql: string): Promise<void>;
}

/** The database behind the store: SQLite in a file, or PostgreSQL. */
export type Database = SqliteDatabase | PostgresDatabase;

interface AnyDatabase extends Queries {
  /** Runs the work in one transaction, which is rolled back when it throws. In the work only `tx` may be asked. */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  /** Runs the work in one transaction while no other process of the same database does so, as migrations need. */
  exclusively<T>(work: (inside: Scripts) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface SqliteDatabase extends AnyDatabase {
  readonly kind: "sqlite";
}

export interface PostgresDatabase extends AnyDatabase {
  readonly kind: "postgres";
  /**
   * More connections to the same server, for a library that brings SQL of its own: what it does there keeps nobody waiting who
   * asked something.
   * @param options.statementMs a statement that takes longer is given up
   */
  connect(options: { connections: number; statementMs: number }): PostgresConnections;
}

export interface PostgresConnections {
  /** @throws {StoreUnavailable} as {@link Queries.query} */
  query(sql: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  close(): Promise<void>;
}

/**
 * The database cannot be reached or does not answer in time: what was asked may be tried again. Its message holds no statement
 * and no values.
 */
export class StoreUnavailable extends Error {
  constructor(reason: string) {
    super(`the store cannot be reached (${reason})`);
    this.name = "StoreUnavailable";
  }
}

/** The text of a column, which the schema says is one. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`the column ${column} holds no text`);
  return value;
}

/** The number of a column, which the schema says is one. */
export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`the column ${column} holds no number`);
  return value;
}

/** The text of a column that may be empty. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null || row[column] === undefined ? null : text(row, column);
}

/** The number of a column that may be empty. */
export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null || row[column] === undefined ? null : number(row, column);
}
