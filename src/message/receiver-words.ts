/** What receivers' own tokens mean: `knowledge/receiver-claims.yaml`. */
import { readDataFile } from "../knowledge/index.ts";

type Words = Readonly<Record<string, string>>;

export interface ReceiverWords {
  readonly microsoft: {
    readonly filterVerdicts: Words;
    readonly categories: Words;
    readonly addressVerdicts: Words;
    readonly compositeReasons: Words;
    /** By the reason's first digit. */
    readonly compositeReasonGroups: Words;
  };
}

let loaded: Promise<ReceiverWords> | undefined;

/** The table, read once. @throws {KnowledgeError} when the file is broken */
export function loadReceiverWords(): Promise<ReceiverWords> {
  loaded ??= readDataFile({
    name: "receiver-claims.yaml",
    schema: async () => (await import("./receiver-claims-form.ts")).receiverClaimsForm,
    schemaModule: new URL("./receiver-claims-form.ts", import.meta.url),
  });
  return loaded;
}

/** A word of a table whose keys come from outside text. */
export function wordFor(words: Words, key: string): string | null {
  return Object.hasOwn(words, key) ? (words[key] ?? null) : null;
}
