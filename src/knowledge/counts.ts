import type { Collected } from "./collect.ts";
import type { Entry, EntryKind, KnowledgeCounts } from "./model.ts";

/** Counts what is known, for `postie knowledge check`. */
export function countKnowledge(entries: readonly Entry[], collected: Collected): KnowledgeCounts {
  const byKind: Record<EntryKind, number> = {
    reply: 0,
    status: 0,
    subject: 0,
    provider: 0,
    phrase: 0,
    myth: 0,
    guide: 0,
  };
  const byProvider: Record<string, number> = {};
  for (const entry of entries) {
    byKind[entry.kind]++;
    if (entry.kind === "provider") byProvider[entry.provider] = (byProvider[entry.provider] ?? 0) + 1;
  }
  const own = [...collected.entries.values()].map(({ value: { raw } }) =>
    "remedies" in raw ? Object.keys(raw.remedies ?? {}).length : 0,
  );
  return {
    entries: entries.length,
    byKind,
    byProvider: Object.fromEntries(Object.entries(byProvider).sort(([, a], [, b]) => b - a)),
    tokens: entries.reduce((sum, entry) => sum + ("tokens" in entry ? entry.tokens.length : 0), 0),
    entriesWithOwnRemedies: own.filter((texts) => texts > 0).length,
    ownRemedies: own.reduce((sum, texts) => sum + texts, 0),
    categories: collected.categories.size,
    providers: collected.providers.size,
    sources: new Set(entries.flatMap(({ sources }) => sources.map(({ text }) => text))).size,
    local: entries.filter(({ local }) => local).length,
  };
}
