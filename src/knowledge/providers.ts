/** Who a reply comes from: by name, by host, by words in a text. */
import { editDistance } from "./edit-distance.ts";
import type { Provider } from "./entry.ts";

export interface ProviderDirectory {
  /** The provider of that slug. */
  bySlug(slug: string): Provider | null;
  /** The provider of that slug or alias, in any case, with or without `@`. */
  byName(name: string): Provider | null;
  /** The provider whose servers have such names, by the longest suffix that fits. */
  byHost(host: string): Provider | null;
  /** Names that are spelt much like this one, the nearest first. */
  near(name: string): string[];
  /** The same things in the order of `providers.yaml`, where the providers that people meet most stand first. */
  inOrder<T extends { readonly provider: string }>(things: readonly T[]): T[];
  /** The providers that a text names by word or by host, in the order of the text. */
  namedIn(text: string): Provider[];
}

/** The most characters of a text that are searched for names. */
const MAX_SEARCHED = 65_536;

export function createProviderDirectory(providers: readonly Provider[]): ProviderDirectory {
  const bySlug = new Map(providers.map((provider) => [provider.slug, provider]));
  const byAlias = new Map(
    providers.flatMap((provider) => provider.aliases.map((alias) => [normalName(alias), provider] as const)),
  );
  for (const provider of providers) byAlias.set(provider.slug, provider);
  const bySuffix = new Map(
    providers.flatMap((provider) =>
      // A domain's own name shows the provider as well as its servers' names do.
      [...provider.domains, ...provider.hosts].map((suffix) => [suffix.toLowerCase(), provider] as const),
    ),
  );

  const byName = (name: string) => byAlias.get(normalName(name.replace(/^@/, ""))) ?? null;

  const byHost = (host: string) => {
    const labels = host.toLowerCase().replace(/\.$/, "").split(".").slice(-10);
    for (let from = 0; from < labels.length - 1; from++) {
      const provider = bySuffix.get(labels.slice(from).join("."));
      if (provider) return provider;
    }
    return null;
  };

  const namedIn = (text: string) => {
    const words = text
      .slice(0, MAX_SEARCHED)
      .toLowerCase()
      .matchAll(/[\p{L}\p{N}][\p{L}\p{N}.&-]*/gu)
      .map(([word]) => word.replace(/[.-]+$/, ""))
      .toArray();
    const named = new Set<Provider>();
    words.forEach((word, index) => {
      const provider =
        byName(words.slice(index, index + 2).join("-")) ??
        byName(word) ??
        (word.includes(".") ? byHost(word) : null);
      if (provider) named.add(provider);
    });
    return [...named];
  };

  const near = (name: string) => {
    const wanted = normalName(name.replace(/^@/, "")).slice(0, 40);
    return [...byAlias.keys()]
      .map((alias) => ({ alias, distance: editDistance(wanted, alias) }))
      .filter(({ alias, distance }) => distance <= Math.ceil(alias.length / 3) || alias.startsWith(wanted))
      .sort((a, b) => a.distance - b.distance)
      .map(({ alias }) => alias)
      .slice(0, 5);
  };

  const places = new Map(providers.map(({ slug }, index) => [slug, index]));
  const place = (slug: string) => places.get(slug) ?? providers.length;

  return {
    bySlug: (slug) => bySlug.get(slug) ?? null,
    byName,
    byHost,
    near,
    inOrder: (things) => [...things].sort((a, b) => place(a.provider) - place(b.provider)),
    namedIn,
  };
}

function normalName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, "-");
}
