/** Finds SMTP replies (RFC 5321 §4.2) in any text: transcripts, log lines, bounces, a pasted line. */
import { type CodeMention, findCodes } from "./find-codes.ts";

/** One reply, its lines joined. */
export interface Reply {
  readonly replyCode: string;
  /** The enhanced status code after it (RFC 2034 §4): `5.1.1`; `null` where the server gives none. */
  readonly enhancedStatusCode: string | null;
  /** The words of all its lines without their codes, blanks collapsed. */
  readonly text: string;
  /** Where it stands, in UTF-16 code units from the start of the text; `end` is after its last line. */
  readonly start: number;
  readonly end: number;
}

/** The longest reply text that is kept, in UTF-16 code units; RFC 5321 §4.5.3.1.5 allows 512 octets a line. */
const MAX_REPLY_LENGTH = 4_096;

/**
 * The replies of a text in their order. A three-digit number counts as a reply when an enhanced status code follows it, or when it
 * begins a line or follows what announces a reply (`said:`, `smtp;`, `<<<`) and words follow it. Lines that continue a reply
 * (`550-…`, or the same code again) belong to it. Takes time linear in the text's length.
 */
export function findReplies(text: string): Reply[] {
  const starts = replyStarts(text);
  const replies: Reply[] = [];
  starts.forEach((start, index) => {
    if (start.reply.start < (replies.at(-1)?.end ?? 0)) return;
    // Another reply on the same line ends this one; the same code again goes on with it.
    const other = starts
      .slice(index + 1, index + 4)
      .find(
        ({ reply }) =>
          reply.code !== start.reply.code && !text.slice(start.reply.end, reply.start).includes("\n"),
      );
    replies.push(readReply(text, start, other?.reply.start));
  });
  return replies;
}

interface ReplyStart {
  reply: CodeMention;
  enhanced: CodeMention | null;
}

function replyStarts(text: string): ReplyStart[] {
  const codes = findCodes(text);
  return codes.flatMap((reply, index) => {
    if (reply.kind !== "reply") return [];
    const enhanced = enhancedAfter(text, reply, codes[index + 1]);
    return enhanced || announced(text, reply) ? [{ reply, enhanced }] : [];
  });
}

function enhancedAfter(text: string, reply: CodeMention, next: CodeMention | undefined): CodeMention | null {
  if (next?.kind !== "enhanced" || next.start - reply.end > 4) return null;
  return /^[-\s#(<[:]+$/.test(text.slice(reply.end, next.start)) ? next : null;
}

/** True where a reply may begin: at the start of a line, or after words that servers use before quoting one. */
function announced(text: string, { start, end }: CodeMention): boolean {
  if (
    !/^(?:-|[ \t:]+)[^\s\d]/.test(text.slice(end, end + 8)) &&
    !/^[ \t]*(?:$|\r?\n)/.test(text.slice(end, end + 8))
  ) {
    return false;
  }
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const before = text.slice(Math.max(lineStart, start - 40), start);
  return /^[\s>*|"'([-]*$/.test(before) || ANNOUNCEMENT.test(before);
}

const ANNOUNCEMENT =
  /(?:\b(?:said|says|responded|response|reply|replied|returned|answered|error|code|status|smtp|server|failed|rejected|diagnostic)\b\W{0,8}|<<<? ?|<- ?|[:;="'([<] ?)$/i;

function readReply(text: string, { reply, enhanced }: ReplyStart, stop = Number.POSITIVE_INFINITY): Reply {
  const wordsStart = enhanced?.end ?? reply.end;
  let end = Math.min(lineEnd(text, wordsStart), stop);
  let words = text.slice(wordsStart, Math.min(end, wordsStart + MAX_REPLY_LENGTH));
  for (let next = continuation(text, end, reply.code); next && words.length < MAX_REPLY_LENGTH; ) {
    words += ` ${text.slice(next.wordsStart, Math.min(next.end, next.wordsStart + MAX_REPLY_LENGTH))}`;
    end = next.end;
    next = continuation(text, end, reply.code);
  }
  const repeated = new RegExp(`(?<=\\s)${reply.code}[- ](?:#?[245]\\.\\d{1,3}\\.\\d{1,3}[ ]?)?`, "g");
  return {
    replyCode: reply.code,
    enhancedStatusCode: enhanced?.code ?? null,
    text: words
      .slice(0, MAX_REPLY_LENGTH)
      .replace(repeated, "")
      .replace(/^[-:)\]>\s]+/, "")
      .replace(/\s+/g, " ")
      .trim(),
    start: reply.start,
    end,
  };
}

function lineEnd(text: string, from: number): number {
  const found = text.indexOf("\n", from);
  return found === -1 ? text.length : found;
}

/** The next line, when it goes on with the same reply: the same code again, or a line that was folded by indenting it. */
function continuation(text: string, end: number, code: string): { wordsStart: number; end: number } | null {
  if (text[end] !== "\n") return null;
  const start = end + 1;
  const nextEnd = lineEnd(text, start);
  const line = text.slice(start, Math.min(nextEnd, start + MAX_REPLY_LENGTH));
  const same = new RegExp(
    `^[\\s>]*(?:<<< ?)?${code}(?:[- ]|\\r?$)(?:#?[245]\\.\\d{1,3}\\.\\d{1,3}[ ]?)?`,
  ).exec(line);
  if (same) return { wordsStart: start + same[0].length, end: nextEnd };
  if (/^[ \t]+[^\s\d<>]/.test(line)) return { wordsStart: start, end: nextEnd };
  return null;
}
