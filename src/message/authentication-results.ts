/** Reads Authentication-Results (RFC 8601 §2.2) in the forms that receivers really write, the broken ones too. */

export interface AuthenticationResults {
  /** The authserv-id, lower case; null where the field names none, as Microsoft's do. */
  readonly host: string | null;
  readonly results: readonly MethodResult[];
}

export interface MethodResult {
  /** Lower case, without its version: `spf`, `dkim`, `dmarc`, `iprev`, `compauth`. */
  readonly method: string;
  /** Lower case. */
  readonly result: string;
  readonly reason: string | null;
  /** `smtp.mailfrom`, `header.d` … in lower case; of a repeated one the first. */
  readonly properties: ReadonlyMap<string, string>;
  /** The texts in parentheses, joined. */
  readonly comment: string | null;
}

const MAX_LENGTH = 8 * 1024;
const MAX_RESULTS = 60;

/** Registered (IANA, Email Authentication Methods) or in wide use; others count when their result is a known word. */
const METHODS: ReadonlySet<string> = new Set([
  "arc",
  "auth",
  "bimi",
  "compauth",
  "dane",
  "dkim",
  "dkim-adsp",
  "dkim-atps",
  "dmarc",
  "dnswl",
  "domainkeys",
  "iprev",
  "rrvs",
  "sender-id",
  "smime",
  "spf",
  "vbr",
]);

const RESULTS: ReadonlySet<string> = new Set([
  "none",
  "pass",
  "fail",
  "softfail",
  "hardfail",
  "softpass",
  "policy",
  "neutral",
  "temperror",
  "permerror",
  "discard",
  "nxdomain",
  "signed",
  "unknown",
  "bestguesspass",
  "skipped",
  "declined",
]);

/** Properties that some receivers write without a type. */
const BARE_PROPERTIES: ReadonlySet<string> = new Set([
  "action",
  "from",
  "mailfrom",
  "domain",
  "selector",
  "d",
  "i",
  "s",
]);

/** @param value of the field, unfolded; of ARC-Authentication-Results with its `i=` */
export function readAuthenticationResults(value: string): AuthenticationResults {
  const segments = splitSegments(value.slice(0, MAX_LENGTH));
  const results: Draft[] = [];
  let host: string | null = null;
  segments.forEach((segment, index) => {
    const tokens = tokensOf(segment);
    const instance = index === 0 && tokens.length === 1 && tokens[0]?.name === "i";
    if (instance) return;
    const [first] = tokens;
    if (host === null && results.length === 0 && first && first.value === null) {
      host = hostOf(first.name);
      tokens.shift();
      if (tokens[0]?.value === null && /^\d+$/.test(tokens[0].name)) tokens.shift();
    }
    addResults(tokens, segment.comment, results);
  });
  return { host, results: results.slice(0, MAX_RESULTS).map(finish) };
}

interface Segment {
  readonly text: string;
  readonly comment: string;
}

/** Cuts at semicolons outside of quotes and comments, and takes comments (which nest) out. */
function splitSegments(value: string): Segment[] {
  const segments: Segment[] = [];
  let text = "";
  let comment = "";
  let depth = 0;
  let quoted = false;
  const end = () => {
    if (text.trim() !== "" || comment !== "") segments.push({ text, comment: comment.trim() });
    text = "";
    comment = "";
  };
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] as string;
    if (character === "\\" && (quoted || depth > 0)) {
      at += 1;
      if (quoted) text += value[at] ?? "";
      else comment += value[at] ?? "";
    } else if (depth > 0) {
      if (character === "(") depth += 1;
      if (character === ")") depth -= 1;
      comment += depth > 0 ? character : " ";
    } else if (character === '"') {
      quoted = !quoted;
      text += character;
    } else if (quoted) text += character;
    else if (character === "(") {
      depth = 1;
      text += " ";
    } else if (character === ";") end();
    else text += character;
  }
  end();
  return segments;
}

/** `name=value`, or a word alone. */
interface Token {
  readonly name: string;
  readonly value: string | null;
}

function tokensOf({ text }: Segment): Token[] {
  const tokens: Token[] = [];
  const words =
    text
      .replace(/\s+/g, " ")
      .replace(/ ?\/ ?(\d{1,3}) ?=/g, "/$1=")
      .replace(/ ?= ?/g, "=")
      .match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  for (const word of words) {
    const equals = word.indexOf("=");
    const name = (equals < 0 ? word : word.slice(0, equals)).replaceAll('"', "").toLowerCase();
    const value =
      equals < 0
        ? null
        : word
            .slice(equals + 1)
            .replaceAll('"', "")
            .replace(/[,;]+$/, "");
    if (name !== "") tokens.push({ name: name.slice(0, 255), value });
  }
  return tokens;
}

interface Draft {
  readonly method: string;
  readonly result: string;
  reason: string | null;
  readonly properties: Map<string, string>;
  readonly comments: string[];
}

function addResults(tokens: readonly Token[], comment: string, results: Draft[]): void {
  const before = results.length;
  for (const { name, value } of tokens) {
    if (value === null) continue;
    const started = startOf(name, value);
    const current = results.length > before ? results.at(-1) : undefined;
    if (started) results.push(started);
    else if (current && name === "reason") current.reason ??= value;
    else if (current && (/^[a-z][\w-]{0,20}\.[\w-]{1,40}$/.test(name) || BARE_PROPERTIES.has(name))) {
      if (!current.properties.has(name)) current.properties.set(name, value.slice(0, 320));
    }
  }
  if (comment !== "" && results.length > before) results.at(-1)?.comments.push(comment);
}

function startOf(name: string, value: string): Draft | null {
  const method = name.replace(/\/\d*$/, "").trim();
  const result = value.toLowerCase();
  if (!/^[a-z][a-z0-9-]{0,40}$/.test(method) || !/^[a-z_]{2,20}$/.test(result)) return null;
  const plausible = METHODS.has(method) || (RESULTS.has(result) && !BARE_PROPERTIES.has(method));
  return plausible && method !== "reason"
    ? { method, result, reason: null, properties: new Map(), comments: [] }
    : null;
}

function finish({ comments, ...draft }: Draft): MethodResult {
  return { ...draft, comment: comments.join(" ") || null };
}

function hostOf(name: string): string | null {
  const host = name.replace(/[.,]$/, "");
  return host === "" ? null : host;
}

/** The domain that a result is about; null where it names none. */
export function domainOfResult({ method, properties }: MethodResult): string | null {
  const wanted: Readonly<Record<string, readonly string[]>> = {
    spf: ["smtp.mailfrom", "smtp.mail", "smtp.envelope-from", "mailfrom", "envelope.from", "smtp.helo"],
    dkim: ["header.d", "header.i", "header.from", "d", "i"],
    domainkeys: ["header.d", "header.from", "header.sender", "from"],
    "sender-id": ["header.from", "header.sender", "header.pra"],
  };
  const names = Object.hasOwn(wanted, method)
    ? (wanted[method] ?? [])
    : ["header.from", "header.d", "header.i", "from"];
  for (const name of names) {
    const value = properties.get(name);
    const domain = value === undefined ? null : domainIn(value);
    if (domain) return domain;
  }
  return null;
}

/** The domain of an address, of `@domain`, or the domain itself. */
export function domainIn(text: string): string | null {
  const bare = text.replace(/^<|>$/g, "");
  const domain = bare
    .slice(bare.lastIndexOf("@") + 1)
    .replace(/\.$/, "")
    .toLowerCase();
  return /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+$/u.test(domain) && domain.length <= 253 ? domain : null;
}
