/** Makes the files of a knowledge folder, and of one laid over it, into entries: validated, merged by id, resolved. */
import type { Input } from "./cache.ts";
import { type Collected, collect } from "./collect.ts";
import { countKnowledge } from "./counts.ts";
import { type KnowledgeData, KnowledgeError } from "./model.ts";
import { resolveEntries } from "./resolve.ts";

/**
 * @param own Postie's own files
 * @param overlay the files of the folder laid over them: what has the same id replaces ours, the rest is added
 * @throws {KnowledgeError} when a file does not have its form, or an id is given twice in one folder
 */
export function compileKnowledge(own: readonly Input[], overlay: readonly Input[]): KnowledgeData {
  const ours = collect(own, false);
  const local = collect(overlay, true);
  const problems = [...ours.problems, ...local.problems];
  if (problems.length > 0) throw new KnowledgeError(problems);
  const merged: Collected = {
    entries: new Map([...ours.collected.entries, ...local.collected.entries]),
    categories: new Map([...ours.collected.categories, ...local.collected.categories]),
    providers: new Map([...ours.collected.providers, ...local.collected.providers]),
    sources: new Map([...ours.collected.sources, ...local.collected.sources]),
    themes: new Map([...ours.collected.themes, ...local.collected.themes]),
  };
  const resolved = resolveEntries(merged);
  const remarks = [...ours.remarks, ...local.remarks, ...resolved.problems];
  const categories = [...merged.categories.values()].map(({ value }) => value);
  const providers = [...merged.providers.values()].map(({ value }) => value);
  const counts = countKnowledge(resolved.entries, merged);
  const themes = [...merged.themes.values()].map(({ value }) => value);
  return { entries: resolved.entries, categories, providers, themes, counts, problems: remarks };
}
