/** Reads the entry files of one knowledge folder: each validated, every thing under its id. */
import type { z } from "zod";
import { type Input, textOf } from "./cache.ts";
import {
  type Category,
  files,
  guideFrontMatterSchema,
  type Provider,
  type SourceEntry,
  type Theme,
} from "./entry.ts";
import { guideProblems } from "./guide-markdown.ts";
import type { Problem } from "./model.ts";
import { type ParsedFile, parseMarkdownFile, parseYamlFile } from "./parse-file.ts";
import type { RawEntry } from "./resolve.ts";
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

export interface Collection {
  readonly collected: Collected;
  /** What makes the files unusable. */
  readonly problems: Problem[];
  /** What is wrong, though the files can be used. */
  readonly remarks: Problem[];
}

/** @param local whether the folder is laid over Postie's own */
export function collect(inputs: readonly Input[], local: boolean): Collection {
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
  const { name } = collecting.input;
  const [folder = ""] = name.split("/");
  readers[folder]?.(collecting);
}

/** How a file is read: by its own name, or by that of its folder. */
const readers: Readonly<Record<string, (collecting: Collecting) => void>> = {
  "categories.yaml": (collecting) =>
    read(collecting, files.categories, "categories", ({ categories }, add) => {
      for (const category of categories) add(collecting.collected.categories, category.id, category);
    }),
  "providers.yaml": (collecting) =>
    read(collecting, files.providers, "providers", ({ providers }, add) => {
      for (const provider of providers) add(collecting.collected.providers, provider.slug, provider);
    }),
  "guide-themes.yaml": (collecting) =>
    read(collecting, files.themes, "themes", ({ themes }, add) => {
      for (const theme of themes) add(collecting.collected.themes, theme.title, theme);
    }),
  sources: (collecting) =>
    read(collecting, files.sources, "sources", ({ sources }, add) => {
      for (const source of sources) add(collecting.collected.sources, source.id, source);
    }),
  "reply-codes.yaml": (collecting) =>
    read(collecting, files.replyCodes, "replyCodes", ({ replyCodes }, add) => {
      for (const raw of replyCodes)
        add(collecting.collected.entries, `reply:${raw.code}`, { kind: "reply", raw });
    }),
  "enhanced-status-codes": (collecting) =>
    read(collecting, files.statusCodes, "codes", ({ subject, codes }, add) => {
      const { entries } = collecting.collected;
      for (const raw of codes) add(entries, `status:${raw.code}`, { kind: "status", raw });
      add(entries, `subject:${subject.code}`, { kind: "subject", raw: subject });
    }),
  "phrases.yaml": (collecting) =>
    read(collecting, files.phrases, "phrases", ({ phrases }, add) => {
      for (const raw of phrases) {
        add(collecting.collected.entries, `phrase:${raw.key}`, { kind: "phrase", raw }, raw.tokens);
      }
    }),
  "myths.yaml": (collecting) =>
    read(collecting, files.myths, "myths", ({ myths }, add) => {
      for (const raw of myths) add(collecting.collected.entries, `myth:${raw.key}`, { kind: "myth", raw });
    }),
  providers: (collecting) =>
    read(collecting, files.provider, "entries", ({ provider, entries }, add) => {
      if (collecting.input.name !== `providers/${provider}.yaml`) {
        tell(collecting, 1, `the file of ${provider} must be called ${provider}.yaml`);
      }
      for (const raw of entries) {
        const entry: RawEntry = { kind: "provider", provider, raw };
        add(collecting.collected.entries, `${provider}:${raw.key}`, entry, raw.tokens);
      }
    }),
  guides: collectGuide,
};

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

/** Adds the next thing of the file's list; its tokens, where it has any, are checked. */
type Add = <V>(registry: Registry<V>, id: string, value: V, tokens?: readonly string[]) => void;

/** @param list the key of the file's list, by which the lines of its things are found */
function read<T>(
  collecting: Collecting,
  schema: z.ZodType<T>,
  list: string,
  use: (value: T, add: Add) => void,
): void {
  const { input } = collecting;
  const parsed = unwrap(collecting, parseYamlFile(input.name, textOf(input), schema));
  if (!parsed) return;
  let index = 0;
  use(parsed.value, (registry, id, value, tokens = []) => {
    const path = [list, index++];
    addTo(collecting, registry)(id, value, parsed.lineOf(path));
    tokens.forEach((token, number) => {
      const reason = tokenProblem(token);
      if (reason) tell(collecting, parsed.lineOf([...path, "tokens", number]), `token "${token}": ${reason}`);
    });
  });
}

function unwrap<T>({ problems }: Collecting, parsed: ParsedFile<T>) {
  if (!("problems" in parsed)) return parsed;
  problems.push(...parsed.problems);
  return null;
}

function tell({ input, problems }: Collecting, line: number, reason: string): void {
  problems.push({ file: input.name, line, reason });
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
