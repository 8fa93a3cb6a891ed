/** Everything that Postie knows, ready for look-ups. */
import { createCodeIndex } from "./code-index.ts";
import { type Explaining, explainReply, type Match, type ReplyToExplain } from "./explain.ts";
import { createIdentifierIndex } from "./identifiers.ts";
import type {
  Category,
  Entry,
  GuideEntry,
  KnowledgeCounts,
  KnowledgeData,
  Problem,
  Provider,
  Theme,
} from "./model.ts";
import { once } from "./once.ts";
import { createProviderDirectory } from "./providers.ts";
import { search, searchGuides } from "./search.ts";
import { createTokenMatcher } from "./tokens.ts";

export interface Knowledge {
  /** Every entry, Postie's own before local ones. */
  readonly entries: readonly Entry[];
  readonly providers: readonly Provider[];
  readonly categories: readonly Category[];
  readonly counts: KnowledgeCounts;
  /** References that lead nowhere, for whoever edits the files; look-ups do without them. */
  readonly problems: readonly Problem[];

  /** The entry of that id, such as `reply:550`, `gmail:5.7.26` or `guide:dmarc`; ids are told apart in any case. */
  entry(id: string): Entry | null;
  category(id: string): Category | null;
  provider(slug: string): Provider | null;
  /** The provider that people call so: its slug or an alias, with or without `@`. */
  findProvider(name: string): Provider | null;
  /** Provider names spelt much like this one, the nearest first. */
  nearProviders(name: string): string[];
  /** The provider whose servers have such names: `mx.google.com` → Gmail. */
  providerOfHost(host: string): Provider | null;
  /** All guides, by title. */
  guides(): GuideEntry[];
  /** All guides in reading order, by theme; those of no theme come last. */
  themes(): { title: string; guides: GuideEntry[] }[];

  /**
   * What one server reply means, the best first, none twice. Synchronous, with no input that makes it slow: only the first
   * 65,536 characters of its text are read.
   */
  explainReply(reply: ReplyToExplain): Match[];

  /**
   * What a person's question is about: codes, server text, words with or without typing errors; the best first, empty when
   * nothing fits.
   * @param options.provider the slug of the provider that the question is about
   */
  search(query: string, options?: { provider?: string | null }): Promise<Match[]>;

  /**
   * The guides on a topic, told in a person's words or by a code, the best first.
   * @param options.lenient also guides that fit only a part of the words: to suggest when nothing fits
   */
  searchGuides(query: string, options?: { lenient?: boolean }): Promise<Match[]>;
}

export function createKnowledge(data: KnowledgeData): Knowledge {
  const byId = new Map(data.entries.map((entry) => [entry.id.toLowerCase(), entry]));
  const categories = new Map(data.categories.map((category) => [category.id, category]));
  const providers = createProviderDirectory(data.providers);
  const explaining: Explaining = {
    codes: createCodeIndex(data.entries),
    providers,
    category: (id) => categories.get(id) ?? null,
    identifiers: once(() => createIdentifierIndex(data.entries)),
    tokens: once(() => createTokenMatcher(tokensOf(data.entries))),
  };
  const words = once(() => import("./words.ts").then(({ createWordIndex }) => createWordIndex(data.entries)));
  const entry = (id: string) => byId.get(id.toLowerCase()) ?? null;
  const guides = () =>
    data.entries.filter((each) => each.kind === "guide").sort((a, b) => a.title.localeCompare(b.title, "en"));
  const searching = { ...explaining, entry, words };
  return {
    entries: data.entries,
    providers: data.providers,
    categories: data.categories,
    counts: data.counts,
    problems: data.problems,
    entry,
    category: explaining.category,
    provider: providers.bySlug,
    findProvider: providers.byName,
    nearProviders: providers.near,
    providerOfHost: providers.byHost,
    guides,
    themes: () => orderByTheme(data.themes, guides()),
    explainReply: (reply) => explainReply(explaining, reply),
    search: (query, options) => search(searching, query, options),
    searchGuides: (query, options) => searchGuides(searching, query, options),
  };
}

function orderByTheme(themes: readonly Theme[], guides: readonly GuideEntry[]) {
  const byKey = new Map(guides.map((guide) => [guide.key, guide]));
  const ordered = themes.map(({ title, guides: keys }) => ({
    title,
    guides: keys.flatMap((key) => {
      const guide = byKey.get(key);
      byKey.delete(key);
      return guide ? [guide] : [];
    }),
  }));
  return [...ordered, { title: "More", guides: [...byKey.values()] }].filter(
    (theme) => theme.guides.length > 0,
  );
}

function* tokensOf(entries: readonly Entry[]) {
  for (const entry of entries) {
    if (entry.kind !== "provider" && entry.kind !== "phrase") continue;
    for (const token of entry.tokens) yield { token, value: entry };
  }
}
