/** Finds codes in any text: a server's line, a whole bounce, or a person's question. */

/** A code and where it stands, in UTF-16 code units from the start of the text. */
export interface CodeMention {
  readonly kind: "reply" | "enhanced";
  /** `550`, `5.7.26` or `X.7.26`. */
  readonly code: string;
  readonly start: number;
  readonly end: number;
}

/**
 * All codes of a text in their order. Numbers that only look like codes are left out as far as their surroundings show
 * it: addresses, dates, times, versions, RFC sections, ports, amounts and counts. Takes time linear in the text's length.
 * @param options.limit the most codes that are given, 1,000 unless told
 */
export function findCodes(text: string, { limit = 1_000 } = {}): CodeMention[] {
  const found: CodeMention[] = [];
  for (const { 0: literal, index: start } of text.matchAll(CANDIDATE)) {
    const end = start + literal.length;
    const kind = literal.includes(".") ? "enhanced" : "reply";
    if (!mayBegin(text, start, kind) || !mayEnd(text, end, kind) || isSomethingElse(text, start, end, kind))
      continue;
    found.push({ kind, code: literal.toUpperCase(), start, end });
    if (found.length >= limit) break;
  }
  return found;
}

const CANDIDATE = /[245Xx]\.\d{1,3}\.\d{1,3}|[2-5]\d\d/g;

/** False in the middle of a longer number, word, address, version or date. */
function mayBegin(text: string, start: number, kind: CodeMention["kind"]): boolean {
  const previous = text[start - 1] ?? " ";
  if (isWordCharacter(previous) || ".,@+$€£".includes(previous)) return false;
  const before = text.slice(Math.max(0, start - 5), start);
  if (previous === "/") return AFTER_REPLY_CODE.test(before);
  if ((previous === "-" || previous === ":") && /\d.$/.test(before)) {
    return kind === "enhanced" && previous === "-" && AFTER_REPLY_CODE.test(before);
  }
  return true;
}

/** A reply code and one character, as in `550-5.1.1` and `510/511`. */
const AFTER_REPLY_CODE = /(?<![\w.-])[2-5]\d\d.$/;

function mayEnd(text: string, end: number, kind: CodeMention["kind"]): boolean {
  const next = text[end] ?? " ";
  if (isWordCharacter(next) || next === "@") return false;
  const after = text.slice(end, end + 5);
  if (/^[.,]\d/.test(after)) return false;
  if (kind === "enhanced") return true;
  if (next === "/") return /^\/[2-5]\d\d(?!\d)/.test(after);
  return next !== "%" && !/^(?::\d|-\d\d)/.test(after);
}

function isWordCharacter(character: string): boolean {
  return /\w/.test(character) || character.toLowerCase() !== character.toUpperCase();
}

/** How many characters around a number are looked at. */
const CONTEXT = 24;

/** True where the words around a number show that it is a version, a port, an amount or the like. */
function isSomethingElse(text: string, start: number, end: number, kind: CodeMention["kind"]): boolean {
  const before = text.slice(Math.max(0, start - CONTEXT), start);
  if (kind === "enhanced") return NOT_A_STATUS.test(before);
  return NOT_A_REPLY.test(before) || MEASURE.test(text.slice(end, end + CONTEXT));
}

// What stands before a version number, a section of a document or the day or hour of an appointment.
const NOT_A_STATUS =
  /(?:\b(?:meeting|meet|appointment|lunch|dinner|termin|treffen|rendez-vous|cita)(?: (?:is|ist|est|es))?(?: (?:at|on|um|am|le|el))? |\b(?:v|ver|version|release|rev|build|rfc ?\d{3,4},?|section|chapter|php|perl|python|postfix|exim|sendmail|dovecot|openssl|linux|kernel|firmware)[:=]? ?|§ ?)$/i;

// What stands before a port, the number of a document, a telephone number, a page or line, a bus or flight, an amount of money.
const NOT_A_REPLY =
  /(?:\bports?\b[\d\s,/:]{0,12}(?:and|or|und|oder|et|ou)? ?|\b(?:rfc|page|line|room|ticket|case|order|invoice|article|step|windows|event|phone|tel|fax|bus|train|flight|flug|zug|vol|vuelo)[.:]? ?#?|\+\d{1,3} ?|[$€£] ?)$/i;

// What stands after a number that measures or counts something.
const MEASURE =
  /^ ?(?:[€$£°]|(?:euros?|eur|usd|dollars?|pounds?|kr|chf|bytes?|[kmgt]i?b|kg|g|lbs?|km|cm|mm|ml|mph|px|hours?|hrs?|minutes?|mins?|seconds?|secs?|ms|days?|weeks?|months?|years?|tage?|stunden|minuten|sekunden|jours?|heures?|people|persons|users|contacts|members|subscribers|recipients|addresses|(?:e-?)?mails|messages|nachrichten|times|percent|prozent)(?![\wäöüßéèê]))/i;
