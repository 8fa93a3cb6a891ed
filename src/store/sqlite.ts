import { DatabaseSync } from "node:sqlite";
import type { Store } from "./store.ts";

/** Old claims are cleared once in so many. */
const CLEAR_EVERY = 1_000;

/** A store in a file that several processes of one machine may share. */
export function sqliteStore(path: string, now: () => number): Store {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;");
  database.exec(
    "CREATE TABLE IF NOT EXISTS value (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
  );
  database.exec(
    "CREATE TABLE IF NOT EXISTS claim (key TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  );
  const get = database.prepare("SELECT value FROM value WHERE key = ?");
  const set = database.prepare(
    "INSERT INTO value VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const remove = database.prepare("DELETE FROM value WHERE key = ?");
  const claim = database.prepare(
    "INSERT INTO claim VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE until <= ?",
  );
  const release = database.prepare("DELETE FROM claim WHERE key = ?");
  const clear = database.prepare("DELETE FROM claim WHERE until <= ?");
  let claims = 0;

  return {
    get(key) {
      const value = get.get(key)?.value;
      return typeof value === "string" ? value : null;
    },
    set: (key, value) => void set.run(key, value),
    delete: (key) => void remove.run(key),
    claim(key, ttlMs) {
      claims += 1;
      if (claims % CLEAR_EVERY === 1) clear.run(now());
      return claim.run(key, now() + ttlMs, now()).changes === 1;
    },
    release: (key) => void release.run(key),
    close: () => database.close(),
  };
}
