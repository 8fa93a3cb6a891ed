/** Which files a knowledge folder holds. An overlay folder has the same layout, and may leave out any of them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Input } from "./cache.ts";

/** Postie's own knowledge. */
export const ownDirectory = fileURLToPath(new URL("../../knowledge", import.meta.url));

const singleFiles = [
  "categories.yaml",
  "providers.yaml",
  "guide-themes.yaml",
  "reply-codes.yaml",
  "phrases.yaml",
  "myths.yaml",
] as const;
const folders = [
  { name: "sources", extension: ".yaml" },
  { name: "enhanced-status-codes", extension: ".yaml" },
  { name: "providers", extension: ".yaml" },
  { name: "guides", extension: ".md" },
] as const;

/**
 * The entry files of a knowledge folder in a fixed order, their names relative to it.
 * @throws when the folder cannot be read
 */
export function readKnowledgeFolder(directory: string): Input[] {
  if (!statSync(directory).isDirectory()) throw new Error(`${directory} is not a folder`);
  const names = [
    ...singleFiles,
    ...folders.flatMap(({ name, extension }) =>
      list(join(directory, name))
        .filter((file) => file.endsWith(extension) && !file.startsWith("."))
        .sort()
        .map((file) => `${name}/${file}`),
    ),
  ];
  return names.flatMap((name) => readIfThere(directory, name) ?? []);
}

/** The file, or `null` when the folder has none of that name. */
export function readIfThere(directory: string, name: string): Input | null {
  try {
    return { name, bytes: readFileSync(join(directory, name)) };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
