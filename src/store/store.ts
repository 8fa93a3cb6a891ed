/**
 * What must outlive a question: settings of a place, and claims on deliveries. Small on purpose: keys and values are
 * short strings that an adapter makes, and no mail text is ever stored.
 */
export interface Store {
  get(key: string): string | null;
  set(key: string, value: string): void;
  delete(key: string): void;
  /**
   * Takes a claim that nobody else holds.
   * @param ttlMs how long it holds, in milliseconds
   * @returns false when somebody holds it
   */
  claim(key: string, ttlMs: number): boolean;
  /** Gives a claim back before its time. */
  release(key: string): void;
  close(): void;
}

export interface StoreOptions {
  /** A file for `node:sqlite`; without one everything is kept in memory until the process ends. */
  readonly path?: string | undefined;
  readonly now?: () => number;
}

/** Opens the store, creating the file when there is none. */
export async function openStore({ path, now = Date.now }: StoreOptions = {}): Promise<Store> {
  if (path === undefined) {
    const { memoryStore } = await import("./memory.ts");
    return memoryStore(now);
  }
  const { sqliteStore } = await import("./sqlite.ts");
  return sqliteStore(path, now);
}
