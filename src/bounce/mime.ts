/**
 * A message's parts, read as forgivingly as bounces need it: any line ending, boundaries that are missing or unclosed,
 * labels that are wrong. Each part keeps its bytes until its charset is settled, which a strict parser would have
 * decoded by the label already. Depth, parts and headers are bounded; the work is linear in the input.
 */
import { decodeWords } from "postal-mime";
import { decodeText } from "./charset.ts";

export interface MimePart {
  /** Lower case, `text/plain` when there is none. */
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
}

/** Header fields by lower-case name, each with its unfolded values in order. */
export type Headers = ReadonlyMap<string, readonly string[]>;

export interface MimeMessage {
  readonly headers: Headers;
  /** The leaves, in order. An enclosed message is one leaf with its source as text. */
  readonly parts: readonly MimePart[];
}

const MAX_DEPTH = 8;
const MAX_PARTS = 64;
const MAX_HEADER_LENGTH = 256 * 1024;
/** The most of one part that is read: notifications are short, what they return need not be read to its end. */
const MAX_BODY_LENGTH = 1024 * 1024;

/** True when the text begins with header fields of a message (RFC 5322 §2.2), two at least and one that every message has. */
export function startsWithHeaders(source: string): boolean {
  const { headers, bodyStart } = splitHeaders(source.slice(0, 64 * 1024));
  if (headers.size < 2 || bodyStart < 0) return false;
  const known = [
    "from",
    "to",
    "subject",
    "received",
    "return-path",
    "date",
    "message-id",
    "mime-version",
    "content-type",
  ];
  return known.filter((name) => headers.has(name)).length >= 2;
}

/** @param source the message, one character per byte (Latin-1) */
export function parseMessage(source: string): MimeMessage {
  const text = normaliseLineEnds(source);
  const { headers, bodyStart } = splitHeaders(text);
  const parts: MimePart[] = [];
  collect(headers, text.slice(bodyStart < 0 ? 0 : bodyStart), 0, parts);
  return { headers, parts };
}

/** The first value of a field, or `null`. */
export function field(headers: Headers, name: string): string | null {
  return headers.get(name)?.[0] ?? null;
}

/** A value with its encoded words (RFC 2047) read and its raw bytes decoded. */
export function readableValue(value: string): string {
  const text =
    /[\x80-\xff]/.test(value) || value.includes("\x1b")
      ? decodeText(Buffer.from(value, "latin1"), null)
      : value;
  return text.includes("=?") ? decodeWords(text) : text;
}

function normaliseLineEnds(source: string): string {
  return source.includes("\r") ? source.replace(/\r{1,4}\n|\r/g, "\n") : source;
}

/**
 * The header fields at the start of `text`, and where the body begins (-1 when no blank line ends them).
 * @param lenient lines that are no field go on with the field before, as in text whose lines were broken anew
 */
export function splitHeaders(
  text: string,
  lenient = false,
): { headers: Map<string, string[]>; bodyStart: number } {
  const headers = new Map<string, string[]>();
  let at = 0;
  let last: string[] | null = null;
  // An mbox separator or stray blank lines may come first.
  while (text.startsWith("\n", at)) at += 1;
  if (text.startsWith("From ", at) || text.startsWith(">From ", at)) at = lineEnd(text, at) + 1;
  while (at < text.length && at < MAX_HEADER_LENGTH) {
    const end = lineEnd(text, at);
    if (end === at) return { headers, bodyStart: end + 1 };
    const line = text.slice(at, end);
    const first = line.charCodeAt(0);
    if ((first === 0x20 || first === 0x09) && last) {
      if (line.trim() === "") return { headers, bodyStart: end + 1 };
      last[last.length - 1] += ` ${line.trim()}`;
    } else {
      const colon = line.indexOf(":");
      const name = colon > 0 ? line.slice(0, colon).trimEnd() : "";
      const named = /^[\x21-\x39\x3b-\x7e]{1,76}$/.test(name);
      if (!named && lenient && last) {
        last[last.length - 1] += ` ${line.trim()}`;
        at = end + 1;
        continue;
      }
      if (!named) return { headers, bodyStart: headers.size > 0 ? at : -1 };
      const key = name.toLowerCase();
      last = headers.get(key) ?? [];
      last.push(line.slice(colon + 1).trim());
      headers.set(key, last);
    }
    at = end + 1;
  }
  return { headers, bodyStart: at };
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

function collect(headers: Headers, body: string, depth: number, parts: MimePart[]): void {
  if (parts.length >= MAX_PARTS) return;
  const { type, parameters } = contentType(field(headers, "content-type"));
  const boundary = parameters.get("boundary");
  if (type.startsWith("multipart/") && boundary && depth < MAX_DEPTH) {
    const pieces = splitAtBoundary(body, boundary);
    if (pieces.length > 0) {
      for (const piece of pieces) {
        const inner = splitHeaders(piece);
        const start = piece.startsWith("\n") ? 1 : Math.max(0, inner.bodyStart);
        const own = piece.startsWith("\n") ? new Map<string, string[]>() : inner.headers;
        collect(own, piece.slice(start), depth + 1, parts);
      }
      return;
    }
  }
  if (type.startsWith("multipart/")) {
    // The boundary is missing or never used: the whole is read as text.
    parts.push({
      type: "text/plain",
      headers,
      text: decodeBody(body, null, parameters.get("charset") ?? null),
    });
    return;
  }
  if (!/^(text|message|application\/(octet-stream|pkcs7)|application\/ms-tnef)/.test(type)) return;
  if (type.startsWith("application/")) return;
  const encoding = field(headers, "content-transfer-encoding");
  parts.push({ type, headers, text: decodeBody(body, encoding, parameters.get("charset") ?? null) });
}

/** The pieces between delimiter lines (RFC 2046 §5.1.1); a missing closing delimiter is forgiven. */
function splitAtBoundary(body: string, boundary: string): string[] {
  const delimiter = `--${boundary}`;
  const pieces: string[] = [];
  let at = body.startsWith(delimiter) ? 0 : body.indexOf(`\n${delimiter}`);
  if (at < 0) return pieces;
  if (at > 0 || !body.startsWith(delimiter)) at += 1;
  // What stands before the first delimiter is a note to old readers, but broken bounces put their text there.
  const preamble = body.slice(0, at).trim();
  if (preamble.length > 120) pieces.push(`\n${preamble}`);
  while (pieces.length < MAX_PARTS) {
    const start = lineEnd(body, at) + 1;
    if (body.startsWith("--", at + delimiter.length)) break;
    const next = body.indexOf(`\n${delimiter}`, start - 1);
    pieces.push(body.slice(start, next < 0 ? body.length : next));
    if (next < 0) break;
    at = next + 1;
  }
  return pieces;
}

/** RFC 2045 §5.1, read leniently. */
export function contentType(value: string | null): { type: string; parameters: Map<string, string> } {
  const parameters = new Map<string, string>();
  if (!value) return { type: "text/plain", parameters };
  const [first = "", ...rest] = value.slice(0, 2000).split(";");
  for (const piece of rest) {
    const equals = piece.indexOf("=");
    if (equals < 0) continue;
    const name = piece.slice(0, equals).trim().toLowerCase();
    let text = piece.slice(equals + 1).trim();
    if (text.startsWith('"')) text = text.slice(1).split('"')[0] ?? "";
    else text = text.split(/\s/)[0] ?? "";
    if (!parameters.has(name)) parameters.set(name, text);
  }
  const type = first.trim().toLowerCase();
  return { type: /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : "text/plain", parameters };
}

function decodeBody(whole: string, encoding: string | null, charset: string | null): string {
  const body = whole.slice(0, MAX_BODY_LENGTH);
  const kind = encoding?.trim().toLowerCase() ?? "";
  let bytes: Uint8Array;
  if (kind === "base64") bytes = Buffer.from(body, "base64");
  else if (kind === "quoted-printable") bytes = quotedPrintable(body);
  else bytes = Buffer.from(body, "latin1");
  return normaliseLineEnds(decodeText(bytes, charset));
}

/** RFC 2045 §6.7; what is no valid escape stays as it is. */
function quotedPrintable(body: string): Uint8Array {
  const text = body
    .replace(/=[ \t]{0,80}\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, "latin1");
}
