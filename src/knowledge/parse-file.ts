/** Parses one knowledge file and checks its form, telling every mistake with its line. */
import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import type { Problem } from "./model.ts";

type Path = readonly PropertyKey[];

export type ParsedFile<T> =
  | {
      readonly value: T;
      /** The line of what stands at that path. */
      readonly lineOf: (path: Path) => number;
    }
  | { readonly problems: readonly Problem[] };

/**
 * Parses YAML and validates it.
 * @param file the name that problems are told with
 * @param firstLine the line at which the text begins in its file, counted from 1
 */
export function parseYamlFile<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  firstLine = 1,
): ParsedFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => lines.linePos(offset).line + firstLine - 1;
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map(({ message, pos }) => ({ file, line: lineAt(pos[0]), reason: message })),
    };
  }
  const lineOf = (path: Path) => lineAt(offsetOf(document.contents, path));
  const data: unknown = document.toJS();
  const result = schema.safeParse(data);
  if (result.success) return { value: result.data, lineOf };
  const problems = result.error.issues.map((issue) => {
    const [unknownKey] = issue.code === "unrecognized_keys" ? issue.keys : [];
    const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
    return { file, line: lineOf(path), reason: `${describePath(data, issue.path)}${issue.message}` };
  });
  return { problems };
}

/** Parses a Markdown file with YAML front matter between `---` lines. */
export function parseMarkdownFile<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
): ParsedFile<{ front: T; markdown: string; markdownLine: number }> {
  const [whole, front = ""] = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text) ?? [];
  if (whole === undefined) {
    return { problems: [{ file, line: 1, reason: "expected front matter between two lines of ---" }] };
  }
  const parsed = parseYamlFile(file, front, schema, 2);
  if ("problems" in parsed) return parsed;
  const markdownLine = whole.split("\n").length;
  return {
    value: { front: parsed.value, markdown: text.slice(whole.length), markdownLine },
    lineOf: parsed.lineOf,
  };
}

/** Where the node at the path begins, or the nearest one above it that exists. */
function offsetOf(contents: Node | null, path: Path): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (hasItems(node)) {
      node = node.items[Number(step)];
      offset = startOf(isPair(node) ? node.key : node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function hasItems(node: unknown): node is { items: unknown[] } {
  return typeof node === "object" && node !== null && "items" in node && Array.isArray(node.items);
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range))
    return undefined;
  const [start] = node.range;
  return typeof start === "number" ? start : undefined;
}

/** `entries › 5.7.26 › sources: `: list items are told by their name, which is easier to find than a number. */
function describePath(data: unknown, path: Path): string {
  let at = data;
  const steps = path.map((step) => {
    at = typeof at === "object" && at !== null ? Reflect.get(at, step) : undefined;
    return typeof step === "number" ? (nameOf(at) ?? `number ${step + 1}`) : String(step);
  });
  return steps.length === 0 ? "" : `${steps.join(" › ")}: `;
}

function nameOf(item: unknown): string | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  for (const key of ["id", "key", "slug", "code", "name"]) {
    const name: unknown = Reflect.get(item, key);
    if (typeof name === "string") return name;
  }
  return undefined;
}
