/** Reads a data file of `knowledge/` that another part of Postie owns, with the same checks, overlay and cache. */
import type { z } from "zod";
import { cached, cacheName, textOf } from "./cache.ts";
import { ownDirectory, readIfThere } from "./folder.ts";
import type { LoadOptions } from "./load.ts";
import { KnowledgeError } from "./model.ts";

export interface DataFileOptions<T> extends LoadOptions {
  /** The file's name in the knowledge folder, such as `blocklists.yaml`. */
  readonly name: string;
  /** Gives the form of the file. Called only when the file has changed, so that zod is loaded only then. */
  readonly schema: () => Promise<z.ZodType<T>>;
  /** The module that holds the form (`new URL("./form.ts", import.meta.url)`): when it changes, the file is checked anew. */
  readonly schemaModule: URL;
  /** Lays the overlay folder's file of the same name over ours. Left out where a local file replaces ours as a whole. */
  readonly merge?: (own: T, local: T) => T;
}

/**
 * The file's contents, validated. The result must be plain JSON data: no dates, maps or expressions.
 * @throws {KnowledgeError} when the file is missing or does not have its form: every mistake with file, line and reason
 */
export async function readDataFile<T>(options: DataFileOptions<T>): Promise<T> {
  const { name, schema, schemaModule, merge, directory = ownDirectory, overlay, cacheDirectory } = options;
  const own = readIfThere(directory, name);
  const local = overlay === undefined ? null : readIfThere(overlay, name);
  if (!own && !local) throw new KnowledgeError([{ file: name, line: 1, reason: "there is no such file" }]);
  const inputs = [own, local].map((input, index) => ({
    name: `${index}/${name}`,
    bytes: input?.bytes ?? NO_FILE,
  }));
  const make = async () => {
    const { parseYamlFile } = await import("./parse-file.ts");
    const form = await schema();
    const [ours, theirs] = [own, local].map((input) => {
      if (!input) return null;
      const parsed = parseYamlFile(name, textOf(input), form);
      if ("problems" in parsed) throw new KnowledgeError(parsed.problems);
      return parsed;
    });
    if (ours && theirs && merge) return merge(ours.value, theirs.value);
    const value = theirs?.value ?? ours?.value;
    if (value === undefined) throw new KnowledgeError([{ file: name, line: 1, reason: "holds nothing" }]);
    return value;
  };
  const folders = overlay === undefined ? [directory] : [directory, overlay];
  return cached(
    cacheName(name.replace(/\W+/g, "-"), [...folders, name]),
    inputs,
    [CODE, schemaModule],
    make,
    cacheDirectory,
  );
}

/** Stands for a file that is not there; no text file holds it. */
const NO_FILE = new Uint8Array([0]);

const CODE = new URL("./parse-file.ts", import.meta.url);
