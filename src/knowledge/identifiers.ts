/** Codes of a provider's own, such as TSS04, S3150 or DT:SPM, by which people ask without the rest of the server's text. */
import type { Entry, ProviderEntry } from "./model.ts";

/** Finds the entries whose own code stands in a text as a whole word. */
export type IdentifierIndex = (text: string, provider: string | undefined) => ProviderEntry[];

export function createIdentifierIndex(entries: readonly Entry[]): IdentifierIndex {
  const byIdentifier = Map.groupBy(
    entries.filter((entry) => entry.kind === "provider").filter(({ key }) => isIdentifier(key)),
    ({ key }) => key.toUpperCase(),
  );
  return (text, provider) => {
    const words = new Set(text.match(WORD) ?? []);
    return [...words].flatMap((word) => {
      const found = byIdentifier.get(word.toUpperCase()) ?? [];
      // Letters alone may be a word of the language; in capitals, or with the provider named, they are meant.
      const meant = /[\d:_]/.test(word) || word === word.toUpperCase();
      return found.filter((entry) => (provider === undefined ? meant : entry.provider === provider || meant));
    });
  };
}

/** Words with the marks that such codes are written with. */
const WORD = /[\p{L}\p{N}]+(?:[_:#/-][\p{L}\p{N}]+)*/gu;

function isIdentifier(key: string): boolean {
  return key.length >= 4 && /[A-Z]/.test(key) && key === key.toUpperCase() && !/^[245X]\.\d/.test(key);
}
