/** Makes the files of a knowledge folder, and of one laid over it, into entries: validated, merged by id, resolved. */
import type { z } from "zod";
import { type Input, textOf } from "./cache.ts";
import { countKnowledge } from "./counts.ts";
import {
  type Category,
  files,
  guideFrontMatterSchema,
  type Provider,
  type SourceEntry,
  type Theme,
} from "./entry.ts";
import { guideProblems } from "./guide-markdown.ts";
import { type KnowledgeData, KnowledgeError, type Problem } from "./model.ts";
import { type ParsedFile, parseMarkdownFile, parseYamlFile } from "./parse-file.ts";
import { type RawEntry, resolveEntries } from "./resolve.ts";
import { tokenProblem } from "./tokens.ts";

/** Where something was read, for telling problems. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly local: boolean;
}

/** Things by their id, each with the place it was read at. */
export type Registry<T> = Map<string, { value: T; place: Place }>;

/** What the files hold, before references are resolved. */
export interface Collected {
  readonly entries: Registry<RawEntry>;
  readonly categories: Registry<Category>;
  readonly providers: Registry<Provider>;
  readonly sources: Registry<SourceEntry>;
  readonly themes: Registry<Theme>;
}

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

interface Collection {
  readonly collected: Collected;
  /** What makes the files unusable. */
  readonly problems: Problem[];
  /** What is wrong, though the files can be used. */
  readonly remarks: Problem[];
}

function collect(inputs: readonly Input[], local: boolean): Collection {
  const collected: Collected = {
    entries: new Map(),
    categories: new Map(),
    providers: new Map(),
    sources: new Map(),
    themes: new Map(),
  };
  const collection: Collection = { collected, problems: [], remarks: [] };
  for (const input of inputs) collectFile({ ...collection, input, local });
  return collection;
}

interface Collecting extends Collection {
  readonly input: Input;
  readonly local: boolean;
}

function collectFile(collecting: Collecting): void {
  const { input, collected } = collecting;
  const { name } = input;
  const entries = addTo(collecting, collected.entries);
  if (name === "categories.yaml") {
    const add = addTo(collecting, collected.categories);
    read(collecting, files.categories, ({ categories }, line) => {
      categories.forEach((category, index) => void add(category.id, category, line(["categories", index])));
    });
  } else if (name === "providers.yaml") {
    const add = addTo(collecting, collected.providers);
    read(collecting, files.providers, ({ providers }, line) => {
      providers.forEach((provider, index) => void add(provider.slug, provider, line(["providers", index])));
    });
  } else if (name === "guide-themes.yaml") {
    const add = addTo(collecting, collected.themes);
    read(collecting, files.themes, ({ themes }, line) => {
      themes.forEach((theme, index) => void add(theme.title, theme, line(["themes", index])));
    });
  } else if (name.startsWith("sources/")) {
    const add = addTo(collecting, collected.sources);
    read(collecting, files.sources, ({ sources }, line) => {
      sources.forEach((source, index) => void add(source.id, source, line(["sources", index])));
    });
  } else if (name === "reply-codes.yaml") {
    read(collecting, files.replyCodes, ({ replyCodes }, line) => {
      replyCodes.forEach((raw, index) => {
        entries(`reply:${raw.code}`, { kind: "reply", raw }, line(["replyCodes", index]));
      });
    });
  } else if (name.startsWith("enhanced-status-codes/")) {
    read(collecting, files.statusCodes, ({ subject, codes }, line) => {
      entries(`subject:${subject.code}`, { kind: "subject", raw: subject }, line(["subject"]));
      codes.forEach((raw, index) => {
        entries(`status:${raw.code}`, { kind: "status", raw }, line(["codes", index]));
      });
    });
  } else if (name.startsWith("providers/")) {
    read(collecting, files.provider, ({ provider, entries: list }, line) => {
      if (name !== `providers/${provider}.yaml`) {
        tell(collecting, line(["provider"]), `the file of ${provider} must be called ${provider}.yaml`);
      }
      list.forEach((raw, index) => {
        const at = line(["entries", index]);
        entries(`${provider}:${raw.key}`, { kind: "provider", provider, raw }, at);
        raw.tokens.forEach((token, number) => {
          checkToken(collecting, token, line(["entries", index, "tokens", number]));
        });
      });
    });
  } else if (name === "phrases.yaml") {
    read(collecting, files.phrases, ({ phrases }, line) => {
      phrases.forEach((raw, index) => {
        entries(`phrase:${raw.key}`, { kind: "phrase", raw }, line(["phrases", index]));
        raw.tokens.forEach((token, number) => {
          checkToken(collecting, token, line(["phrases", index, "tokens", number]));
        });
      });
    });
  } else if (name === "myths.yaml") {
    read(collecting, files.myths, ({ myths }, line) => {
      myths.forEach((raw, index) => {
        entries(`myth:${raw.key}`, { kind: "myth", raw }, line(["myths", index]));
      });
    });
  } else {
    collectGuide(collecting);
  }
}

function collectGuide(collecting: Collecting): void {
  const { input } = collecting;
  const { name } = input;
  const key = name.replace(/^guides\/|\.md$/g, "");
  const parsed = unwrap(collecting, parseMarkdownFile(name, textOf(input), guideFrontMatterSchema));
  if (!parsed) return;
  const { front, markdown, markdownLine } = parsed.value;
  addTo(collecting, collecting.collected.entries)(
    `guide:${key}`,
    { kind: "guide", key, raw: front, markdown },
    1,
  );
  for (const { line, reason } of guideProblems(markdown)) {
    collecting.remarks.push({ file: name, line: markdownLine + line - 1, reason });
  }
}

function read<T>(
  collecting: Collecting,
  schema: z.ZodType<T>,
  use: (value: T, lineOf: (path: readonly PropertyKey[]) => number) => void,
): void {
  const { input } = collecting;
  const parsed = unwrap(collecting, parseYamlFile(input.name, textOf(input), schema));
  if (parsed) use(parsed.value, parsed.lineOf);
}

function unwrap<T>({ problems }: Collecting, parsed: ParsedFile<T>) {
  if (!("problems" in parsed)) return parsed;
  problems.push(...parsed.problems);
  return null;
}

function tell({ input, problems }: Collecting, line: number, reason: string): void {
  problems.push({ file: input.name, line, reason });
}

function checkToken(collecting: Collecting, token: string, line: number): void {
  const reason = tokenProblem(token);
  if (reason) tell(collecting, line, `token "${token}": ${reason}`);
}

/** Adds to a registry, telling an id that the same folder already gave. */
function addTo<T>(collecting: Collecting, registry: Registry<T>) {
  return (id: string, value: T, line: number): void => {
    const first = registry.get(id)?.place;
    if (first) {
      tell(collecting, line, `${id} is already in ${first.file}, line ${first.line}`);
      return;
    }
    registry.set(id, { value, place: { file: collecting.input.name, line, local: collecting.local } });
  };
}
