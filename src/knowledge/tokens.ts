/**
 * Literal server texts, and finding which of many stand in a text.
 *
 * A token is literal text in which case and runs of blanks do not matter. `*` stands for up to 80 characters within a line,
 * `(a|b)` for either, `e?` and `(ing)?` for what may be missing; `\` makes the next character literal. Parentheses without a
 * bar or a question mark are literal: `(S3150)`.
 *
 * Matching takes time linear in the text's length: one pass over the text finds the tokens whose rarest four letters occur
 * in it, and only those are looked for, part by part, with nothing to backtrack over.
 */

/** The most characters that `*` stands for. */
const WILDCARD_LENGTH = 80;

/** The most `(a|b)` and `e?` in one part of a token: they are what a search may have to try both ways. */
const MAX_CHOICES = 8;

/** The length of the stretches by which tokens are found. */
const GRAM = 4;

/** The most places at which one part of a token is looked at. */
const MAX_PLACES = 2_000;

export interface TokenHit<T> {
  readonly value: T;
  readonly token: string;
  /** How many characters of the text the token lays down: the more, the surer. */
  readonly weight: number;
}

/** Finds the tokens that stand in a text that {@link foldReplyText} has folded. */
export type TokenMatcher<T> = (folded: string) => TokenHit<T>[];

/** @returns why a token is not of the form, or `null` when it is */
export function tokenProblem(token: string): string | null {
  const parts = parseToken(token);
  if (parts.length === 0) return "holds no literal text";
  if (parts.some((part) => part.choices > MAX_CHOICES))
    return `more than ${MAX_CHOICES} choices between two *`;
  return parts.reduce((sum, { weight }) => sum + weight, 0) < 2 ? "is too short to tell anything" : null;
}

/** @param tokens every token with what it stands for; one value may have several */
export function createTokenMatcher<T>(tokens: Iterable<{ token: string; value: T }>): TokenMatcher<T> {
  const all = [...tokens].map(({ token, value }) => ({ token, value, parts: parseToken(token) }));
  const compiled = all.map(({ token, value, parts }) => ({
    hit: { value, token, weight: parts.reduce((sum, { weight }) => sum + weight, 0) },
    parts,
  }));
  const { present, buckets, always } = indexByRarestGram(compiled.map(({ parts }) => parts));

  return (folded) => {
    const candidates = new Set(always);
    let rolling = 0;
    for (let index = 0; index < folded.length; index++) {
      const unit = folded.charCodeAt(index);
      rolling = Math.imul(rolling, 256) + (unit === LINE_FEED ? BLANK : unit);
      if (index < GRAM - 1) continue;
      const key = bucketOf(rolling);
      if (present[key] === 1) for (const token of buckets.get(key) ?? []) candidates.add(token);
    }
    return [...candidates].flatMap((index) => {
      const token = compiled[index];
      return token && standsIn(token.parts, folded) ? [token.hit] : [];
    });
  };
}

const LINE_FEED = 10;
const BLANK = 32;

/** Four characters, of which the lowest eight bits are taken, hashed to 16 bits. */
function bucketOf(rolling: number): number {
  return Math.imul(rolling, 0x9e3779b1) >>> 16;
}

function gramKey(gram: string): number {
  let rolling = 0;
  for (let index = 0; index < gram.length; index++)
    rolling = Math.imul(rolling, 256) + gram.charCodeAt(index);
  return bucketOf(rolling);
}

function indexByRarestGram(tokens: readonly (readonly Part[])[]) {
  const grams = tokens.map(
    (parts) => new Set(parts.flatMap(({ runs }) => runs.flatMap(gramsOf).map(gramKey))),
  );
  const frequency = new Map<number, number>();
  for (const keys of grams) for (const key of keys) frequency.set(key, (frequency.get(key) ?? 0) + 1);

  const present = new Uint8Array(0x10000);
  const buckets = new Map<number, number[]>();
  const always: number[] = [];
  grams.forEach((keys, token) => {
    if (keys.size === 0) {
      always.push(token);
      return;
    }
    const rarest = [...keys].reduce((a, b) => ((frequency.get(b) ?? 0) < (frequency.get(a) ?? 0) ? b : a));
    present[rarest] = 1;
    const bucket = buckets.get(rarest);
    if (bucket) bucket.push(token);
    else buckets.set(rarest, [token]);
  });
  return { present, buckets, always };
}

function gramsOf(run: string): string[] {
  return Array.from({ length: Math.max(0, run.length - GRAM + 1) }, (_, at) => run.slice(at, at + GRAM));
}

/** What stands between two `*`. */
interface Part {
  /** Literal stretches that must be there, lower case, a blank as one space. */
  readonly runs: readonly string[];
  readonly source: string;
  readonly weight: number;
  readonly choices: number;
}

function parseToken(token: string): Part[] {
  const parts: Part[] = [];
  let part = newPart();
  const close = () => {
    if (part.weight > 0) parts.push(part);
    part = newPart();
  };
  for (let rest = token.toLowerCase().replace(/\s+/g, " ").trim(); rest !== ""; ) {
    const [atom = "", escaped, group, single] = ATOM.exec(rest) ?? [rest];
    rest = rest.slice(atom.length);
    if (atom === "*") {
      close();
      continue;
    }
    const optional = rest.startsWith("?");
    const inner = group?.slice(1, -1);
    if (inner !== undefined && (inner.includes("|") || optional)) {
      const choices = inner.split("|").map(quote);
      part.source += `(?:${choices.join("|")})${optional ? "?" : ""}`;
      part.weight += optional ? 0 : Math.min(...inner.split("|").map((choice) => choice.length));
      part.choices++;
      part.runs.push("");
    } else if (inner !== undefined) {
      // Literal parentheses: go on after the opening one.
      rest = atom.slice(1) + rest;
      addLiteral(part, "(");
      continue;
    } else if (optional) {
      part.source += `(?:${quote(escaped ?? single ?? atom)})?`;
      part.choices++;
      part.runs.push("");
    } else {
      addLiteral(part, escaped ?? single ?? atom);
    }
    if (optional) rest = rest.slice(1);
  }
  close();
  return parts;
}

const ATOM = /^(?:\\([\s\S])|(\([^()*]*\))|([\s\S]))/u;

function newPart() {
  return { runs: [""], source: "", weight: 0, choices: 0 };
}

function addLiteral(part: ReturnType<typeof newPart>, literal: string): void {
  part.runs[part.runs.length - 1] += literal;
  part.source += quote(literal);
  part.weight += literal.length;
}

function quote(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll(" ", "[ \\n]");
}

const expressions = new WeakMap<Part, RegExp>();

function placesOf(part: Part, text: string): RegExpExecArray[] {
  let expression = expressions.get(part);
  if (!expression) {
    expression = new RegExp(part.source, "gu");
    expressions.set(part, expression);
  }
  return text.matchAll(expression).take(MAX_PLACES).toArray();
}

/**
 * True when the parts stand in the text in their order, at most {@link WILDCARD_LENGTH} characters of one line between
 * them. For each place of a part the nearest end of the part before decides: if that is too far, all others are.
 */
function standsIn(parts: readonly Part[], text: string): boolean {
  let ends: number[] | null = null;
  for (const part of parts) {
    const places = placesOf(part, text);
    const reached: number[] = [];
    let before = 0;
    for (const { index, 0: found } of places) {
      if (ends) {
        while (before + 1 < ends.length && (ends[before + 1] ?? 0) <= index) before++;
        const end = ends[before] ?? Number.POSITIVE_INFINITY;
        if (end > index || index - end > WILDCARD_LENGTH || text.slice(end, index).includes("\n")) continue;
      }
      reached.push(index + found.length);
    }
    if (reached.length === 0) return false;
    ends = reached;
  }
  return ends !== null;
}
