/**
 * SMTP replies in a notification's words (RFC 5321 §4.2, RFC 2034): after a colon, in quotes, behind `<<<`, folded into one
 * line with their continuation codes in between. A number is taken for a reply code only where a reply can stand.
 */
import type { SmtpCommand } from "./report.ts";

export interface Reply {
  readonly replyCode: string | null;
  readonly enhancedStatusCode: string | null;
  /** The words, without the codes, on one line. */
  readonly text: string;
  /** Where it stands in the text. */
  readonly start: number;
  readonly end: number;
}

const MAX_REPLY_LENGTH = 2_000;
const MAX_REPLIES = 100;

/** Subjects of RFC 3463 go up to 7; larger numbers are versions and dates. */
const ENHANCED = "[245]\\.[0-7]\\.\\d{1,3}";

/** What stands right before a reply's code. All alternatives are literal, so the work is linear. */
const BEFORE = [
  "^[ \\t]{0,40}[*>|-]{0,3}",
  "<<<",
  "<\\*\\*",
  "[#=]",
  "\\b(?:said|says|smtp|reason|was|error|response|returned|reply|answer|answered|status|code|to me|server|host|failed|rejected|antwort|réponse|risposta|vastus|mensaje|fejl|错误|原因)\\s?:?",
  "responsecode",
  "error_code ?:",
  "---",
  "message",
  "[:;)\\]}([{],?",
  "['\"]",
  "\\.\\.\\.",
  ", ",
  "->",
].join("|");
const REPLY = new RegExp(
  `(?:${BEFORE})[ \\t'"(<#]{0,4}(?<code>[45]\\d\\d)(?=[-\\s,:;'"#(<]|$)(?<between>[-\\s,:;'"#(<]{0,6}(?:error_code :)?)(?<status>${ENHANCED}(?![.\\d]))?`,
  "gim",
);
const STATUS = new RegExp(`(?:^|[\\s(#'"<:;[=])(${ENHANCED})(?![.\\d])`);
const PAIR = new RegExp(`(?:^|[\\s'"#:(<>;])([45]\\d\\d)[- ]['"#(]{0,2}\\s?(${ENHANCED})(?![.\\d])`, "g");

/** Where a reply's words end. */
const END =
  /\(?in reply to\b|\n\s*\n|\bgiving up on\b|\n\s*(?:>>>|<<<)|\n\s*--|\n\s*\.\.\. while|\bthe message subject was\b|\[(?:rcpt_to|mail_from|data|body)\]|\n\s*<?[^\s<>]{1,64}@[^\s<>]{1,100}>?:?\s*\n|'\n|\boriginal message headers\b/i;

/** The replies in `lined`, in order. Its line ends count: a line may begin with a reply. */
export function findReplies(lined: string): Reply[] {
  const starts = replyStarts(lined);
  const replies: Reply[] = [];
  for (const [index, { code, start }] of starts.entries()) {
    const last = replies.at(-1);
    // A continuation of the same reply (RFC 5321 §4.2.1) belongs to it.
    if (last && last.replyCode === code && start < last.end) continue;
    const other = starts
      .slice(index + 1, index + 8)
      .find((next) => next.code !== code && lined[next.start - 1] !== "<");
    const rest = lined.slice(start, Math.min(start + MAX_REPLY_LENGTH, other?.start ?? lined.length));
    const stop = rest.slice(3).search(END);
    replies.push(parseReply(stop < 0 ? rest : rest.slice(0, stop + 3), start));
    if (replies.length >= MAX_REPLIES) break;
  }
  return replies;
}

function replyStarts(lined: string): { code: string; start: number }[] {
  const starts: { code: string; start: number }[] = [];
  for (const match of lined.matchAll(REPLY)) {
    const code = match.groups?.code ?? "";
    const start = match.index + match[0].search(/[45]\d\d(?=[-\s,:;'"#(<]|$)/);
    if (start < (starts.at(-1)?.start ?? -4) + 4 || !standsAsReply(lined, start, match)) continue;
    starts.push({ code, start });
    if (starts.length >= MAX_REPLIES * 4) break;
  }
  return starts;
}

/** Numbers after a comma or colon are often sizes, ports and times: a reply has words or a status after it. */
function standsAsReply(text: string, start: number, match: RegExpMatchArray): boolean {
  if (match.groups?.status) return true;
  const after = text.slice(start + 3, start + 24);
  if (/^:\s*\n|^["']?,\s*["']/.test(after)) return false;
  if (/^[-:]?\s*$/.test(after))
    return /(?:<<<|deferred:|smtp;|code|reply)\s*$/i.test(text.slice(Math.max(0, start - 12), start));
  if (/^[,:]?\s*(?:bytes|[km]b|days|hours|minutes|seconds|recipients|messages|times|port|ms)\b/i.test(after))
    return /(?:said|smtp;|<<<)[:\s]*$/i.test(text.slice(Math.max(0, start - 12), start));
  return (
    /^[-\s,:;'"#(<]{1,4}[\p{L}[*!.]|^ "\|/u.test(after) ||
    /^[- ]\d{3}[- ]/.test(after) ||
    /^[- ]\d{1,3}\.\d/.test(after)
  );
}

/** Reads one reply, such as the value of a Diagnostic-Code. */
export function parseReply(source: string, start = 0): Reply {
  const text = source.replace(/\s+/g, " ").trim();
  const first = /^[^\w]{0,3}([2-5]\d\d)(?![\d.])/.exec(text)?.[1] ?? null;
  const pairs = [...text.slice(0, MAX_REPLY_LENGTH).matchAll(PAIR)];
  const status = STATUS.exec(text.replace(/(?<![\d.])[45]\d\d-(?=[45]\.)/g, " "))?.[1] ?? null;
  const inner = innerReply(first, status, pairs);
  const replyCode = inner?.[1] ?? first ?? pairs[0]?.[1] ?? null;
  const enhancedStatusCode = inner?.[2] ?? status;
  return {
    replyCode,
    enhancedStatusCode,
    text: words(inner ? text.slice(inner.index) : text, inner?.[1] ?? first ?? replyCode, enhancedStatusCode),
    start,
    end: start + source.length,
  };
}

/** "554 4.4.7 Message expired … <421 4.4.2 Connection dropped>": the quoted reply is what the other server said. */
function innerReply(
  code: string | null,
  status: string | null,
  pairs: RegExpMatchArray[],
): RegExpMatchArray | null {
  const other = pairs.find((pair) => pair[1] !== code);
  if (!other || !status) return null;
  const wraps = code === null || /^[45]\.(?:4\.[07]|0\.0)$/.test(status);
  return wraps && other[2] !== status ? other : null;
}

/** The reply without the codes that continuation lines repeat. */
function words(text: string, code: string | null, status: string | null): string {
  let rest = text;
  if (code)
    rest = rest
      .replace(/^[^\w]{0,3}[2-5]\d\d[ -]?\s?/, "")
      .replaceAll(new RegExp(`(?<=^|\\s)${code}[ -]`, "g"), "");
  if (status) rest = rest.replaceAll(status, "");
  return rest.replace(/\s+/g, " ").trim();
}

/** An enhanced status code that stands alone: `(#5.1.1)`, `(5.1.1 <a@b>… User unknown)`, "type 5.2.2 delivery errors". */
export function findStatus(text: string): string | null {
  for (const match of text.slice(0, 8_000).matchAll(new RegExp(STATUS, "g"))) {
    const before = text.slice(Math.max(0, match.index - 12), match.index + 1);
    if (!/(?:version|\bv|mta|mdaemon|exim|postfix|server|rev|build)\s*$/i.test(before))
      return match[1] ?? null;
  }
  return null;
}

const COMMANDS: readonly (readonly [RegExp, SmtpCommand])[] = [
  [
    /(?:reply to|after|during|on) (?:the )?end of data|final data|after i sent the message|end-of-data|after sending (?:the )?message|step: data send/i,
    "EOD",
  ],
  [
    /(?:reply to|after|in|our|for|sending|during|on|sent <<<|>>>)[\s<>]{1,3}rcpt[ _]to|\[rcpt_to\]|does not like recipient|smtp:rcpt|server has rejected address|rcpt command|^rcpt to:/im,
    "RCPT",
  ],
  [
    /(?:reply to|after|in|our|for|sending|during|on|sent <<<|>>>)[\s<>]{1,3}mail from|\[mail_from\]|sender was rejected|rejected mail from|smtp:mail/i,
    "MAIL",
  ],
  [
    /(?:reply to|after|our|for|sending|>>>)[\s<>]{1,3}data\b|\[data\]|\[body\]|smtp:data|smtp command\s+data/i,
    "DATA",
  ],
  [/(?:reply to|after|our|>>>)[\s<>]{1,3}(?:ehlo|helo|lhlo)|my name was rejected/i, "HELO"],
  [/(?:reply to|after|>>>)[\s<>]{1,3}starttls/i, "STARTTLS"],
  [/(?:reply to|after|>>>)[\s<>]{1,3}auth\b/i, "AUTH"],
  [
    /refused to talk to me|initial connection|while initial|greeting failed|connected to \S{1,80} but greeting/i,
    "CONN",
  ],
];

/** The command that the text says was refused, or `null`. */
export function findCommand(text: string): SmtpCommand | null {
  const line = text.replace(/[ \t]*\n[ \t]*(?!rcpt to:)/gi, " ");
  return COMMANDS.find(([pattern]) => pattern.test(line))?.[1] ?? null;
}

const HOSTS = [
  /\bhost ([\w.-]{3,255})\s?\[[^\]\n]{2,60}\](?::\d+)?\s(?:said|refused)/i,
  /\bhost ([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})\s?\[/i,
  /\bconnect(?:ed)? to ([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})\s?\[/i,
  /\brecipient domain \S{3,255} by ([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/i,
  /\bremote system: (?:dns;)?\s?([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/i,
  /\bwhile talking to ([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/i,
  /([\w-]{1,63}(?:\.[\w-]{1,63}){1,8}) (?:gave this error|rejected your message|did not like our)/i,
  /([\w-]{1,63}(?:\.[\w-]{1,63}){1,8}) \[[^\]\n]{3,60}\] did not like our/i,
  /\b(\d{1,3}(?:\.\d{1,3}){3}) (?:does not like recipient|failed after i sent)/i,
  /\bconnected to (\d{1,3}(?:\.\d{1,3}){3}) but/i,
  /\[([\w-]{1,63}(?:\.[\w-]{1,63}){1,8}) \d{1,3}(?:\.\d{1,3}){3}: (?:socket error|timed out)/i,
];

/** The server that the text names as the one that refused, or `null`. */
export function findRemoteHost(text: string): string | null {
  const piece = text.slice(0, 8_000);
  for (const pattern of HOSTS) {
    const host = pattern.exec(piece)?.[1];
    if (host) return host.replace(/\.$/, "").toLowerCase();
  }
  return null;
}
