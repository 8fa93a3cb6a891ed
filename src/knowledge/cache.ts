/**
 * Keeps what was made from files, so that a short command need not parse and validate them again. What is kept can never be
 * stale: it is found only under a digest of everything it was made from, the making code included.
 */
import { createHash, hash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file that the result is made from. */
export interface Input {
  readonly name: string;
  /** Its contents as they are: they are decoded only when they have changed. */
  readonly bytes: Uint8Array;
}

/** The text of a file. */
export function textOf({ bytes }: Input): string {
  return new TextDecoder().decode(bytes);
}

/**
 * Gives `make()`'s result, which must be plain JSON data, from the cache where it is there.
 * @param name what the cache file is called; a newer result under the same name replaces the older
 * @param inputs everything that the result depends on, code excepted
 * @param code folders or files of the code that makes it
 * @param directory where cache files are kept; `null` for no cache. A cache that cannot be read or written is done without.
 * Without it, what was kept with the installed modules is read even where nothing may be written.
 */
export async function cached<T>(
  name: string,
  inputs: readonly Input[],
  code: readonly URL[],
  make: () => Promise<T>,
  directory?: string | null,
): Promise<T> {
  if (directory === null) return make();
  const directories = directory === undefined ? cacheDirectories() : [directory];
  const digest = digestOf([...inputs, ...code.flatMap(readCode)]);
  for (const place of directories) {
    const kept = readKept<T>(fileIn(place, name), digest);
    if (kept) return kept.value;
  }
  const value = await make();
  const text = `${digest}\n${asciiJson(value)}`;
  // Without a cache the next start takes longer; that is all.
  directories.some((place) => keep(place, fileIn(place, name), text));
  return value;
}

function fileIn(directory: string, name: string): string {
  return join(directory, `${name}.json`);
}

/** A file name for what was made from these folders or files. */
export function cacheName(kind: string, paths: readonly string[]): string {
  return `${kind}-${hash("sha256", paths.join("\0")).slice(0, 16)}`;
}

function digestOf(inputs: readonly Input[]): string {
  const digest = createHash("sha256");
  for (const { name, bytes } of inputs) digest.update(`${name}\0${bytes.length}\0`).update(bytes);
  return digest.digest("hex");
}

function readCode(url: URL): Input[] {
  const path = fileURLToPath(url);
  if (!path.endsWith("/") && !path.endsWith("\\")) return [{ name: path, bytes: readFileSync(path) }];
  return readdirSync(path)
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(path, name)) }));
}

function readKept<T>(file: string, digest: string): { value: T } | null {
  try {
    const text = readFileSync(file, "latin1");
    if (text.slice(0, digest.length + 1) !== `${digest}\n`) return null;
    return { value: JSON.parse(text.slice(digest.length + 1)) };
  } catch {
    return null;
  }
}

/** JSON of ASCII only, which is read and parsed fastest. */
function asciiJson(value: unknown): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escapeUnit);
}

/** Writes beside the file and renames, so that nobody ever reads half of it. False where it cannot be written. */
function keep(directory: string, file: string, text: string): boolean {
  const unfinished = `${file}.${process.pid}.${Date.now()}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(unfinished, text, { mode: 0o600, flag: "wx" });
    renameSync(unfinished, file);
    return true;
  } catch {
    if (existsSync(unfinished)) unlinkSync(unfinished);
    return false;
  }
}

/**
 * `node_modules/.cache/postie`, and where only others may write there, such as whoever installed Postie, also a folder of the
 * user's own among the temporary files.
 */
function cacheDirectories(): string[] {
  const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
  const beside = join(modules, ".cache", "postie");
  if (canWrite(beside)) return [beside];
  const own = ownTemporaryDirectory();
  return own === null ? [beside] : [beside, own];
}

function canWrite(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function ownTemporaryDirectory(): string | null {
  try {
    // A container may run as a number that belongs to no user, of whom `userInfo` would know nothing.
    const uid = process.getuid?.();
    const path = join(tmpdir(), `postie-cache-${uid ?? userInfo().username}`);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const found = lstatSync(path);
    // Somebody else's folder, or one that others may write to, could hold anything.
    const own =
      found.isDirectory() && (uid === undefined || (found.uid === uid && (found.mode & 0o022) === 0));
    return own ? path : null;
  } catch {
    return null;
  }
}
