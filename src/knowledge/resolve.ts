/** Resolves what entries refer to: categories, guides, sources; fills in what they leave to their category or their code. */
import type { z } from "zod";
import { outcomeOf } from "../smtp/index.ts";
import type { Collected, Place } from "./collect.ts";
import type {
  Category,
  guideFrontMatterSchema,
  mythEntrySchema,
  Permanence,
  phraseEntrySchema,
  providerEntrySchema,
  replyEntrySchema,
  SourceEntry,
  statusEntrySchema,
  subjectEntrySchema,
} from "./entry.ts";
import type { Entry, Problem, Source } from "./model.ts";

/** An entry as its file has it. */
export type RawEntry =
  | { kind: "reply"; raw: z.infer<typeof replyEntrySchema> }
  | { kind: "status"; raw: z.infer<typeof statusEntrySchema> }
  | { kind: "subject"; raw: z.infer<typeof subjectEntrySchema> }
  | { kind: "provider"; provider: string; raw: z.infer<typeof providerEntrySchema> }
  | { kind: "phrase"; raw: z.infer<typeof phraseEntrySchema> }
  | { kind: "myth"; raw: z.infer<typeof mythEntrySchema> }
  | { kind: "guide"; key: string; raw: z.infer<typeof guideFrontMatterSchema>; markdown: string };

type Explained = Exclude<RawEntry, { kind: "guide" }>;

/** @returns the entries, and the references that lead nowhere; such a reference is left out of its entry */
export function resolveEntries(collected: Collected): { entries: Entry[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const entries = [...collected.entries].map(([id, { value, place }]) => {
    const resolving = new Resolving(collected, place, problems);
    return value.kind === "guide"
      ? resolveGuide(id, value, resolving)
      : resolveExplained(id, value, resolving);
  });
  for (const { value, place } of collected.categories.values()) {
    new Resolving(collected, place, problems).guides(value.guides, `category ${value.id}`);
  }
  for (const { value, place } of collected.themes.values()) {
    new Resolving(collected, place, problems).guides(value.guides, `theme "${value.title}"`);
  }
  return { entries, problems };
}

/** The references of one entry. */
class Resolving {
  readonly place: Place;
  readonly #collected: Collected;
  readonly #problems: Problem[];

  constructor(collected: Collected, place: Place, problems: Problem[]) {
    this.#collected = collected;
    this.place = place;
    this.#problems = problems;
  }

  category(id: string | undefined, of: string): Category | null {
    if (id === undefined) return null;
    return this.#collected.categories.get(id)?.value ?? this.#missing(`${of}: there is no category ${id}`);
  }

  provider(slug: string, of: string): void {
    if (!this.#collected.providers.has(slug)) this.#missing(`${of}: providers.yaml has no ${slug}`);
  }

  guides(ids: readonly string[], of: string): string[] {
    return [...new Set(ids)].filter(
      (id) => this.#collected.entries.has(`guide:${id}`) || this.#missing(`${of}: there is no guide ${id}`),
    );
  }

  sources(names: readonly string[], of: string): Source[] {
    return names.map((name) => {
      const known = this.#collected.sources.get(name)?.value;
      const source = known ? knownSource(known) : rfcSource(name);
      if (!source) this.#missing(`${of}: ${name} is neither "RFC n §x" nor the id of a source in sources/`);
      return source ?? { text: name };
    });
  }

  #missing(reason: string): null {
    this.#problems.push({ file: this.place.file, line: this.place.line, reason });
    return null;
  }
}

function knownSource({ title, href, seen }: SourceEntry): Source {
  const text = `${title} (seen ${seen})`;
  return href === undefined ? { text } : { text, href };
}

/** `RFC 5321 §4.2.3` and its page at the RFC Editor; `§` may be left out, and an appendix is `§A`. */
function rfcSource(name: string): Source | null {
  const [, number, section] = /^RFC (\d{1,5})(?:,? §+ ?([A-Za-z0-9.]+)[^,;]*)?$/.exec(name) ?? [];
  if (number === undefined) return null;
  const page = `https://www.rfc-editor.org/rfc/rfc${number}`;
  if (section === undefined) return { text: name, href: page };
  const anchor = /^[A-Z]/i.test(section) ? `appendix-${section}` : `section-${section}`;
  return { text: name, href: `${page}#${anchor.replace(/\.$/, "")}` };
}

function resolveExplained(id: string, entry: Explained, resolving: Resolving): Entry {
  const { raw } = entry;
  const category = resolving.category(raw.category, id);
  const explanation = {
    id,
    title: raw.title,
    meaning: raw.meaning,
    causes: raw.causes,
    category: category?.id ?? null,
    permanence: raw.permanence ?? permanenceByCode(entry),
    retry: raw.retry ?? category?.retry ?? null,
    retryNote: raw.retryNote ?? null,
    act: raw.act ?? category?.act ?? [],
    remedies: { ...category?.remedies, ...raw.remedies },
    examples: raw.examples,
    sources: resolving.sources(raw.sources, id),
    aliases: raw.aliases,
    guides: resolving.guides([...raw.guides, ...(category?.guides ?? [])], id),
    validFrom: raw.validFrom ?? null,
    validUntil: raw.validUntil ?? null,
    local: resolving.place.local,
  };
  switch (entry.kind) {
    case "reply":
      return { ...explanation, kind: "reply", code: entry.raw.code, standard: entry.raw.standard };
    case "status": {
      const { code, name, replyCodes, standard } = entry.raw;
      return { ...explanation, kind: "status", code, name, replyCodes, standard };
    }
    case "subject":
      return { ...explanation, kind: "subject", code: entry.raw.code };
    case "provider": {
      const { provider } = entry;
      resolving.provider(provider, id);
      const { key, replyCodes, statusCodes, tokens, needsProvider, codeAssumed, standardSays } = entry.raw;
      const own = { key, replyCodes, statusCodes, tokens, needsProvider, codeAssumed };
      return { ...explanation, kind: "provider", provider, ...own, standardSays: standardSays ?? null };
    }
    case "phrase":
      return { ...explanation, kind: "phrase", key: entry.raw.key, tokens: entry.raw.tokens };
    case "myth": {
      const { key, claim, codes } = entry.raw;
      return { ...explanation, kind: "myth", key, claim, codes };
    }
  }
}

function resolveGuide(
  id: string,
  { key, raw, markdown }: Extract<RawEntry, { kind: "guide" }>,
  resolving: Resolving,
): Entry {
  return {
    id,
    kind: "guide",
    key,
    title: raw.title,
    meaning: raw.summary,
    causes: [],
    category: null,
    permanence: "unknown",
    retry: null,
    retryNote: null,
    act: [],
    remedies: {},
    examples: [],
    sources: resolving.sources(raw.sources, id),
    aliases: raw.aliases,
    guides: resolving.guides(raw.related, id),
    validFrom: null,
    validUntil: null,
    local: resolving.place.local,
    markdown,
  };
}

/** What the codes say where the entry itself is silent. */
function permanenceByCode(entry: Explained): Permanence {
  switch (entry.kind) {
    case "reply":
      return outcomeOf(entry.raw.code) ?? "unknown";
    case "status":
    case "subject":
      return "either";
    case "provider": {
      const outcomes = new Set([...entry.raw.replyCodes, ...entry.raw.statusCodes].map(outcomeOf));
      const [only] = outcomes;
      return outcomes.size === 1 ? (only ?? "either") : outcomes.size === 0 ? "unknown" : "either";
    }
    default:
      return "unknown";
  }
}
