/** Finds codes in any text: a server's line, a whole bounce, or a person's question. */
import { formatEnhancedStatusCode, parseEnhancedStatusCode } from "./enhanced-status-code.ts";

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
  for (const candidate of text.matchAll(CANDIDATE)) {
    const [literal] = candidate;
    const mention = literal.includes(".")
      ? enhancedAt(text, candidate.index, literal)
      : replyAt(text, candidate.index, literal);
    if (mention) found.push(mention);
    if (found.length >= limit) break;
  }
  return found;
}

// A three-digit code or an enhanced code that is not the middle of a longer number, word, address or version.
const CANDIDATE =
  /(?<![\p{L}\p{N}_.,@+$€£]|\d[-:]|(?<![2-5]\d\d)\/)(?:[245X]\.\d{1,3}\.\d{1,3}(?![\p{L}\p{N}_@]|[.,]\d)|[2-5]\d\d(?![\p{L}\p{N}_@%]|\/(?![2-5]\d\d(?!\d))|[.,:]\d|-\d{2}))|(?<=(?<![\p{L}\p{N}_.-])[2-5]\d\d-)#?[245]\.\d{1,3}\.\d{1,3}(?![\p{L}\p{N}_@]|[.,]\d)/giu;

function enhancedAt(text: string, start: number, literal: string): CodeMention | null {
  const code = parseEnhancedStatusCode(literal);
  if (!code || NOT_A_STATUS.test(before(text, start))) return null;
  return { kind: "enhanced", code: formatEnhancedStatusCode(code), start, end: start + literal.length };
}

function replyAt(text: string, start: number, literal: string): CodeMention | null {
  const end = start + literal.length;
  if (NOT_A_REPLY.test(before(text, start)) || MEASURE.test(text.slice(end, end + CONTEXT))) return null;
  return { kind: "reply", code: literal, start, end };
}

/** How many characters around a number are looked at. */
const CONTEXT = 24;

function before(text: string, index: number): string {
  return text.slice(Math.max(0, index - CONTEXT), index);
}

// What stands before a version number or a section of a document.
const NOT_A_STATUS =
  /(?:\b(?:v|ver|version|release|rev|build|rfc ?\d{3,4},?|section|chapter|php|perl|python|postfix|exim|sendmail|dovecot|openssl|linux|kernel|firmware)[:=]? ?|§ ?)$/i;

// What stands before a port, the number of a document, a telephone number, a page or line, an amount of money.
const NOT_A_REPLY =
  /(?:\bports?\b[\d\s,/:]{0,12}(?:and|or|und|oder|et|ou)? ?|\b(?:rfc|page|line|room|ticket|case|order|invoice|article|step|windows|event) ?#?|\+\d{1,3} ?|[$€£] ?)$/i;

// What stands after a number that measures or counts something.
const MEASURE =
  /^ ?(?:[€$£°]|(?:euros?|eur|usd|dollars?|pounds?|kr|chf|bytes?|[kmgt]i?b|kg|g|lbs?|km|cm|mm|ml|mph|px|hours?|hrs?|minutes?|mins?|seconds?|secs?|ms|days?|weeks?|months?|years?|tage?|stunden|minuten|sekunden|jours?|heures?|people|persons|users|contacts|members|subscribers|recipients|addresses|(?:e-?)?mails|messages|nachrichten|times|percent|prozent)(?![\p{L}\p{N}]))/iu;
