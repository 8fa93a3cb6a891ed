/** Loads what Postie knows. */
import { cached, cacheName, type Input } from "./cache.ts";
import { ownDirectory, readKnowledgeFolder } from "./folder.ts";
import { createKnowledge, type Knowledge } from "./knowledge.ts";
import type { KnowledgeCounts, KnowledgeData, Problem } from "./model.ts";
import { KnowledgeError } from "./model.ts";

export interface LoadOptions {
  /** Postie's own knowledge; the project's `knowledge/` unless told. */
  readonly directory?: string | undefined;
  /** A folder of the same layout that is laid over it: the same id replaces, another is added. */
  readonly overlay?: string | undefined;
  /** Where the compiled form is kept; `null` for nowhere. By default with the installed modules, or in a temporary folder. */
  readonly cacheDirectory?: string | null | undefined;
}

/**
 * Loads all entries, from a compiled form where the files have not changed since it was made.
 * @throws {KnowledgeError} when a file does not have its form: every mistake with file, line and reason
 */
export async function loadKnowledge(options: LoadOptions = {}): Promise<Knowledge> {
  return createKnowledge(await loadData(options));
}

/**
 * Checks knowledge files without keeping anything.
 * @param overlay a folder that is laid over Postie's own knowledge; without it, only that is checked
 * @returns every problem, and what there is when the files can be used at all
 */
export async function checkKnowledge(
  overlay?: string,
  options: Omit<LoadOptions, "overlay"> = {},
): Promise<{ problems: readonly Problem[]; counts: KnowledgeCounts | null }> {
  try {
    const { problems, counts } = await loadData({ ...options, overlay, cacheDirectory: null });
    return { problems, counts };
  } catch (error) {
    if (error instanceof KnowledgeError) return { problems: error.problems, counts: null };
    throw error;
  }
}

async function loadData({
  directory = ownDirectory,
  overlay,
  cacheDirectory,
}: LoadOptions): Promise<KnowledgeData> {
  const own = readFolder(directory);
  const local = overlay === undefined ? [] : readFolder(overlay);
  const inputs = [...own, ...local.map(({ name, bytes }) => ({ name: `overlay/${name}`, bytes }))];
  const folders = overlay === undefined ? [directory] : [directory, overlay];
  const make = async () => {
    const { compileKnowledge } = await import("./compile.ts");
    return compileKnowledge(own, local);
  };
  return cached(cacheName("knowledge", folders), inputs, CODE, make, cacheDirectory);
}

/** The code that the compiled form depends on. */
const CODE = [new URL("./", import.meta.url), new URL("../smtp/", import.meta.url)];

function readFolder(directory: string): Input[] {
  try {
    return readKnowledgeFolder(directory);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new KnowledgeError([{ file: directory, line: 1, reason: `cannot be read: ${reason}` }]);
  }
}
