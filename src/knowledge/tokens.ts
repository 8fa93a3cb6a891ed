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
  const compiled = [...tokens].map(({ token, value }) => {
    const parts = parseToken(token);
    return { hit: { value, token, weight: parts.reduce((sum, { weight }) => sum + weight, 0) }, parts };
  });
  const { present, buckets, always } = indexByRarestGram(compiled.map(({ parts }) => parts));

  return (folded) => {
    const candidates = new Set(always);
    let rolling = 0;
    for (let index = 0; index < folded.length; index++) {
      const unit = folded.charCodeAt(index);
      rolling = roll(rolling, unit === LINE_FEED ? BLANK : unit);
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

/** Takes in one more character; of what came before, only the last three stay. */
function roll(rolling: number, unit: number): number {
  return (Math.imul(rolling, 256) + unit) | 0;
}

/** The last four characters, hashed to 16 bits. */
function bucketOf(rolling: number): number {
  return Math.imul(rolling, 0x9e3779b1) >>> 16;
}

/** Under which bucket each token is looked for: that of its four letters which the fewest other tokens have. */
function indexByRarestGram(tokens: readonly (readonly Part[])[]) {
  const keys = tokens.map(gramKeys);
  const frequency = new Uint16Array(0x10000);
  for (const own of keys) for (const key of own) frequency[key] = (frequency[key] ?? 0) + 1;

  const present = new Uint8Array(0x10000);
  const buckets = new Map<number, number[]>();
  const always: number[] = [];
  keys.forEach((own, token) => {
    const [first] = own;
    if (first === undefined) {
      always.push(token);
      return;
    }
    const rarest = own.reduce((a, b) => ((frequency[b] ?? 0) < (frequency[a] ?? 0) ? b : a), first);
    present[rarest] = 1;
    const bucket = buckets.get(rarest);
    if (bucket) bucket.push(token);
    else buckets.set(rarest, [token]);
  });
  return { present, buckets, always };
}

function gramKeys(parts: readonly Part[]): number[] {
  const keys: number[] = [];
  for (const { atoms } of parts) {
    for (const atom of atoms) {
      if (atom.kind !== "literal") continue;
      let rolling = 0;
      for (let index = 0; index < atom.text.length; index++) {
        rolling = roll(rolling, atom.text.charCodeAt(index));
        if (index >= GRAM - 1) keys.push(bucketOf(rolling));
      }
    }
  }
  return keys;
}

type Atom =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "choice"; readonly texts: readonly string[]; readonly optional: boolean };

/** What stands between two `*`. */
interface Part {
  readonly atoms: readonly Atom[];
  /** How many characters it lays down at least. */
  readonly weight: number;
  readonly choices: number;
}

function parseToken(token: string): Part[] {
  const text = token.toLowerCase().replace(/\s+/g, " ").trim();
  const parts: Part[] = [];
  let atoms: Atom[] = [];
  let literal = "";
  const endLiteral = () => {
    if (literal !== "") atoms.push({ kind: "literal", text: literal });
    literal = "";
  };
  const endPart = () => {
    endLiteral();
    const part = partOf(atoms);
    if (part.weight > 0) parts.push(part);
    atoms = [];
  };
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? "";
    if (character === "*") {
      endPart();
      at++;
      continue;
    }
    const group = character === "(" ? readGroup(text, at) : null;
    if (group) {
      endLiteral();
      atoms.push(group.atom);
      at = group.end;
      continue;
    }
    const escaped = character === "\\" && at + 1 < text.length;
    const single = escaped ? (text[at + 1] ?? "") : character;
    at += escaped ? 2 : 1;
    if (text[at] === "?") {
      endLiteral();
      atoms.push({ kind: "choice", texts: [single], optional: true });
      at++;
    } else {
      literal += single;
    }
  }
  endPart();
  return parts;
}

/** `(a|b)` or `(a)?` at that place; other parentheses are literal. */
function readGroup(text: string, start: number): { atom: Atom; end: number } | null {
  const close = text.indexOf(")", start);
  const inner = text.slice(start + 1, close);
  if (close === -1 || inner.includes("(") || inner.includes("*")) return null;
  const optional = text[close + 1] === "?";
  if (!optional && !inner.includes("|")) return null;
  return { atom: { kind: "choice", texts: inner.split("|"), optional }, end: close + (optional ? 2 : 1) };
}

function partOf(atoms: readonly Atom[]): Part {
  let weight = 0;
  let choices = 0;
  for (const atom of atoms) {
    if (atom.kind === "literal") weight += atom.text.length;
    else {
      choices++;
      if (!atom.optional) weight += Math.min(...atom.texts.map((text) => text.length));
    }
  }
  return { atoms, weight, choices };
}

/** Made only for the few tokens whose rarest letters occur in some text. */
const expressions = new WeakMap<Part, RegExp>();

function expressionOf(part: Part): RegExp {
  const known = expressions.get(part);
  if (known) return known;
  const sources = part.atoms.map((atom) =>
    atom.kind === "literal"
      ? quote(atom.text)
      : `(?:${atom.texts.map(quote).join("|")})${atom.optional ? "?" : ""}`,
  );
  const made = new RegExp(sources.join(""), "gu");
  expressions.set(part, made);
  return made;
}

function quote(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll(" ", "[ \\n]");
}

/**
 * True when the parts stand in the text in their order, at most {@link WILDCARD_LENGTH} characters of one line between
 * them. For each place of a part the nearest end of the part before decides: if that is too far, all others are.
 */
function standsIn(parts: readonly Part[], text: string): boolean {
  let ends: number[] | null = null;
  for (const part of parts) {
    const reached: number[] = [];
    let before = 0;
    for (const { index, 0: found } of text.matchAll(expressionOf(part)).take(MAX_PLACES)) {
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
