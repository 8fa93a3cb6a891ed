/** A message's header section as it stands (RFC 5322 §2.2), one character per octet, within bounds. */

export interface HeaderField {
  /** As written. */
  readonly name: string;
  /** Lower case. */
  readonly key: string;
  /** Unfolded, without blanks around it; at most {@link MAX_VALUE} characters. */
  readonly value: string;
  /** Name, value and folds, ending in CRLF. */
  readonly raw: string;
}

export interface HeaderSection {
  readonly fields: readonly HeaderField[];
  /** Fields that were left out since the section is larger than any real one. */
  readonly dropped: number;
  /** What follows the empty line; null where no line ends the section. */
  readonly body: string | null;
}

/** Far above any real message. What is beyond is left out and told. */
const MAX_SECTION = 512 * 1024;
const MAX_FIELDS = 1000;
const MAX_LINES = 6000;
const MAX_FIELD = 64 * 1024;
const MAX_FIELD_LINES = 400;
const MAX_SIGNATURE = 8 * 1024;
/** The most signatures that are checked; receivers stop far earlier. */
const MAX_SIGNATURES = 20;
const MAX_VALUE = 8 * 1024;

const FIELD = /^([\x21-\x39\x3b-\x7e]{1,100})[ \t]{0,10}:/;

/**
 * @param source the message with CRLF line ends
 * @param lenient lines that are no field go on with the field before, as in text whose lines were broken anew
 */
export function readHeaderSection(source: string, lenient: boolean): HeaderSection {
  const { lines, body } = splitSection(source);
  const fields: HeaderField[] = [];
  let dropped = 0;
  let kept = 0;
  let signatures = 0;
  for (const group of groupLines(lines, lenient)) {
    const field = readField(group);
    const signature = field !== null && /^(dkim|arc-message)-signature$|^arc-seal$/.test(field.key);
    if (field?.key === "dkim-signature") signatures += 1;
    const tooMuch =
      fields.length >= MAX_FIELDS ||
      group.length > MAX_FIELD_LINES ||
      kept + group.length > MAX_LINES ||
      (field !== null && field.raw.length > (signature ? MAX_SIGNATURE : MAX_FIELD)) ||
      (field?.key === "dkim-signature" && signatures > MAX_SIGNATURES);
    if (field === null) continue;
    if (tooMuch) dropped += 1;
    else {
      fields.push(field);
      kept += group.length;
    }
  }
  return { fields, dropped, body };
}

function splitSection(source: string): { lines: string[]; body: string | null } {
  const start = startOf(source);
  const end = source.indexOf("\r\n\r\n", start);
  const section = source.slice(start, Math.min(end < 0 ? source.length : end, start + MAX_SECTION));
  return {
    lines: section.split("\r\n").filter((line) => line !== ""),
    body: end < 0 ? null : source.slice(end + 4),
  };
}

/** Blank lines and an mbox separator before the first field do not belong to it. */
function startOf(source: string): number {
  let at = 0;
  while (source.startsWith("\r\n", at)) at += 2;
  if (/^>?From [^\r\n:]{0,200}[^\r\n]{0,200}\r\n/.test(source.slice(at, at + 410)))
    at = source.indexOf("\r\n", at) + 2;
  return at;
}

/** The lines of each field. */
function groupLines(lines: readonly string[], lenient: boolean): string[][] {
  const groups: string[][] = [];
  for (const line of lines) {
    const continues = /^[ \t]/.test(line) || !FIELD.test(line);
    const last = groups.at(-1);
    if (!continues) groups.push([line]);
    else if (last) last.push(lenient && !/^[ \t]/.test(line) ? ` ${line}` : line);
  }
  return groups;
}

function readField(lines: readonly string[]): HeaderField | null {
  const [first = ""] = lines;
  const name = FIELD.exec(first)?.[1];
  if (name === undefined) return null;
  const raw = `${lines.join("\r\n")}\r\n`;
  const value = raw
    .slice(raw.indexOf(":") + 1, MAX_VALUE)
    .replace(/[\r\n]+/g, " ")
    .replace(/[ \t]+/g, " ")
    .trim();
  return { name, key: name.toLowerCase(), value, raw };
}

/** The values of a field, the topmost first. */
export function valuesOf(fields: readonly HeaderField[], key: string): string[] {
  return fields.filter((field) => field.key === key).map(({ value }) => value);
}
