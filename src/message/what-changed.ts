/**
 * Finds out what on the way broke a signature, by undoing what mailing lists and gateways do and asking whether it then holds.
 * What cannot be undone stays unknown.
 */
import type { DKIMResult } from "mailauth";
import type { HeaderField } from "./header-fields.ts";
import { dkimBody, type VerifierOptions } from "./mailauth-parts.ts";
import { verifyHeaders } from "./signatures.ts";

const MAX_TRIES = 24;
const MAX_BODY = 512 * 1024;

/** Which header field was changed or added, as a sentence without its full stop; null: not known. */
export async function changedHeader(
  fields: readonly HeaderField[],
  index: number,
  options: VerifierOptions,
): Promise<string | null> {
  for (const { text, fields: changed } of headerTries(fields, index)) {
    const { results } = await verifyHeaders(changed, options);
    if (results[0]?.status.result === "pass") return text;
  }
  return null;
}

interface Try {
  readonly text: string;
  readonly fields: readonly HeaderField[];
}

/** With only the one signature, so that each try costs one verification. */
function headerTries(all: readonly HeaderField[], index: number): Try[] {
  const signature = all.filter(({ key }) => key === "dkim-signature")[index];
  if (!signature) return [];
  const fields = all.filter(({ key }) => key !== "dkim-signature").concat(signature);
  const signed = signedNames(signature);
  const tries: Try[] = [];
  const subject = fields.find(({ key }) => key === "subject");
  const tag =
    subject &&
    /^Subject:\s{0,10}(\[[^\]\r\n]{1,80}\]|\*{2,5}[^*\r\n]{1,40}\*{2,5}|(?:EXT|EXTERN|EXTERNAL|Re|Fwd?|AW|WG):?)\s{0,10}/i.exec(
      subject.raw,
    );
  if (subject && tag && signed.has("subject")) {
    const without = subject.raw.replace(tag[0], "Subject: ");
    tries.push({
      text: `the Subject was changed: “${tag[1]}” was put before it`,
      fields: fields.map((field) => (field === subject ? { ...field, raw: without } : field)),
    });
  }
  for (const field of fields) {
    if (field === signature || !signed.has(field.key) || tries.length >= MAX_TRIES) continue;
    tries.push({
      text: `a ${field.name} field was added`,
      fields: fields.filter((other) => other !== field),
    });
  }
  return tries;
}

function signedNames({ raw }: HeaderField): Set<string> {
  const list = /[;\s]h\s{0,5}=([^;]{1,4000})/.exec(raw)?.[1] ?? "";
  return new Set(list.split(":").map((name) => name.trim().toLowerCase()));
}

/** What was done to the body, as a sentence without its full stop; null: not known. */
export function changedBody(body: string, result: DKIMResult): string | null {
  const { bodyHashExpecting: expected, format, algo } = result;
  if (!expected || body.length > MAX_BODY || /sha1/i.test(algo ?? "")) return null;
  const limit = result.canonBodyLengthLimited ? (result.canonBodyLengthLimit ?? false) : false;
  for (const { text, rest } of bodyTries(body)) {
    const hash = dkimBody(format ?? "simple/simple", "sha256", limit);
    hash.update(Buffer.from(rest, "latin1"));
    if (hash.digest("base64") === expected) return text;
  }
  return null;
}

/** The body without its last, or its first, lines, cut where lists and gateways put their notes. */
function bodyTries(body: string): { text: string; rest: string }[] {
  const tries: { text: string; rest: string }[] = [];
  const boundary = /\r\n(?=[-_=*#]{2,}|\s*\r\n)/g;
  const cuts = [...body.matchAll(boundary)].map(({ index }) => index + 2);
  for (const cut of cuts.slice(-MAX_TRIES / 2).toReversed()) {
    const added = body.slice(cut).trim();
    if (added !== "") tries.push({ text: appended(added), rest: body.slice(0, cut) });
  }
  const last = body.trimEnd().lastIndexOf("\r\n") + 2;
  if (last > 1) tries.push({ text: appended(body.slice(last).trim()), rest: body.slice(0, last) });
  for (const cut of cuts.slice(0, MAX_TRIES / 3)) {
    const rest = body.slice(cut).replace(/^(?:[ \t]*\r\n)+/, "");
    if (rest !== "") tries.push({ text: prepended(body.slice(0, cut).trim()), rest });
  }
  return tries;
}

function appended(added: string): string {
  return `text was added at its end, beginning with “${start(added)}”`;
}

function prepended(added: string): string {
  return `text was put before it, beginning with “${start(added)}”`;
}

function start(text: string): string {
  const readable = Buffer.from(text.slice(0, 200), "latin1").toString("utf8").replace(/\s+/g, " ");
  return readable.length > 60 ? `${readable.slice(0, 59)}…` : readable;
}
