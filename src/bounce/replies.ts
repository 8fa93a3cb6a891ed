/**
 * SMTP replies in running text (RFC 5321 §4.2, RFC 2034): after a colon, in quotes, behind `<<<`, folded into one line
 * with their continuation codes in between. A number is taken for a reply code only where a reply can stand.
 */
import type { SmtpCommand } from "./report.ts";

export interface Reply {
  readonly replyCode: string | null;
  readonly enhancedStatusCode: string | null;
  /** The words, without repeated codes, on one line. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const MAX_REPLY_LENGTH = 2000;

/** What stands right before a reply's code; the alternatives are literal, so matching is linear. */
const BEFORE =
  "^|\\n[ \\t]*|<<<[ \\t]*|>>>[ \\t]*|#|\\bsaid: ?|\\bsays: ?|\\bsmtp; ?|\\breason: ?|\\bwas: ?|\\berror: ?|\\bresponse: ?|\\breturned: ?|\\breturned ['\"]?|\\banswer: ?|\\bto me: ?|[:;>)\\]] |[:;(]|['\"]|\\bcode:? ?:?|, |\\.\\.\\. ";
const REPLY = new RegExp(
  `(?:${BEFORE})\\s{0,4}(?<code>[45]\\d\\d)(?:(?<sep>[ -]|\\s|$)\\s{0,8}[#'"(<]{0,2}(?<status>[45]\\.\\d{1,3}\\.\\d{1,3})?)`,
  "gi",
);
const STATUS = /(?:^|[\s(#'"<:;[])([45]\.\d{1,3}\.\d{1,3})(?=[\s)>\]'":;,.-]|$)(?!\.\d)/;

/** Where a reply's words end. */
const END =
  /\(in reply to|\bin reply to\b|\n\s*\n|\bGiving up on\b|\n\s*>>>|\n\s*<<<|\n\s*--|\bThe message subject was\b|\[(?:RCPT_TO|MAIL_FROM|DATA|BODY)\]/i;

/** The replies of the text, in order, at most 200. */
export function findReplies(text: string): Reply[] {
  const replies: Reply[] = [];
  REPLY.lastIndex = 0;
  for (let match = REPLY.exec(text); match && replies.length < 200; match = REPLY.exec(text)) {
    const code = match.groups?.code as string;
    const start = match.index + match[0].indexOf(code);
    const rest = text.slice(start, start + MAX_REPLY_LENGTH);
    const stop = rest.slice(3).search(END);
    const end = start + (stop < 0 ? rest.length : stop + 3);
    replies.push(parseReply(text.slice(start, end), start));
    if (match[0].length === 0) REPLY.lastIndex += 1;
  }
  return replies;
}

/** Reads one reply, such as a Diagnostic-Code's value. */
export function parseReply(source: string, start = 0): Reply {
  const text = source.replace(/\s+/g, " ").trim();
  const code =
    /^[^\w]{0,3}([2-5]\d\d)(?![\d.])/.exec(text)?.[1] ??
    /(?:^|[\s'"#:(>])([45]\d\d)[ -](?=['"#(]?\s?[45]\.\d{1,3}\.\d)/.exec(text)?.[1] ??
    null;
  const status = STATUS.exec(text.replace(/[45]\d\d-(?=[45]\.)/g, " "))?.[1] ?? null;
  return {
    replyCode: code,
    enhancedStatusCode: status,
    text: words(text, code, status),
    start,
    end: start + source.length,
  };
}

/** The reply without the codes that continuation lines repeat. */
function words(text: string, code: string | null, status: string | null): string {
  let rest = text;
  if (code) {
    rest = rest.replace(/^[^\w]{0,3}[2-5]\d\d[ -]?\s?/, "");
    rest = rest.split(new RegExp(`(?:^|\\s)${code}[ -]`)).join(" ");
  }
  if (status) rest = rest.split(status).join(" ");
  return rest.replace(/\s+/g, " ").trim();
}

const COMMANDS: readonly [RegExp, SmtpCommand][] = [
  [
    /(?:in reply to|after|failed after|response to) (?:the )?end of data|final data|after i sent the message|end-of-data|in reply to end of/i,
    "EOD",
  ],
  [
    /(?:in reply to|after|in|command:|our|for|sending|during|<<<|>>>|sent|response to)[\s<>]{0,6}rcpt(?: |_)?to|\[rcpt_to\]|does not like recipient|smtp:rcpt|rejected address|rcpt command|\brcpt to:\s?</i,
    "RCPT",
  ],
  [
    /(?:in reply to|after|in|our|for|>>>|sent|response to)[\s<>]{0,6}mail from|\[mail_from\]|sender was rejected|rejected mail from|smtp:mail/i,
    "MAIL",
  ],
  [
    /(?:in reply to|after|>>>|our|for|sending)[\s<>]{0,6}data\b|\[data\]|\[body\]|smtp:data|smtp command\s+data/i,
    "DATA",
  ],
  [/(?:in reply to|after|>>>)[\s<>]{0,6}(?:ehlo|helo|lhlo)|my name was rejected/i, "HELO"],
  [/(?:in reply to|after|>>>)[\s<>]{0,6}starttls/i, "STARTTLS"],
  [
    /refused to talk to me|initial connection|while initial|connected to \S+ but greeting|server greeting/i,
    "CONN",
  ],
];

/** The command that a text says was refused, or `null`. */
export function findCommand(text: string): SmtpCommand | null {
  let best: SmtpCommand | null = null;
  for (const [pattern, command] of COMMANDS) {
    if (pattern.test(text)) {
      best = command;
      break;
    }
  }
  return best;
}
