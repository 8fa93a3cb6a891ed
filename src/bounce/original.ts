/** The message that bounced: where its copy begins in a notification, and what its header fields say. */
import { field, type Headers, readableValue, splitHeaders } from "./mime.ts";
import type { OriginalMessage } from "./report.ts";
import { type BounceRules, fold } from "./rules.ts";

/** Splits a notification's text from the returned message in it. */
export function splitOriginal(
  rules: BounceRules,
  text: string,
): { notification: string; original: string | null } {
  const folded = fold(text);
  let cut = -1;
  let resume = -1;
  for (const mark of rules.originals) {
    const at = folded.indexOf(mark);
    if (at < MIN_NOTIFICATION || (cut >= 0 && at >= cut)) continue;
    cut = at;
    resume = at + mark.length;
  }
  const headers = headerBlock(text);
  if (headers >= 0 && (cut < 0 || headers < cut)) {
    cut = headers;
    resume = headers;
  }
  if (cut < 0) return { notification: text, original: null };
  return {
    notification: text.slice(0, cut),
    original: text
      .slice(resume)
      .replace(/^[^\n]{0,100}?[-=|*:. ]*\n/, "")
      .replace(/^[-=|*:. ]{1,100}/, ""),
  };
}

/** A returned message does not come first. */
const MIN_NOTIFICATION = 20;

/** A run of message header lines that begins with Return-Path or Received. */
function headerBlock(text: string): number {
  const match = /\n[ \t>]*(?:Return-Path:|Received: (?:from|by)|Received:from)[^\n]*\n[^\n]*\n/i.exec(text);
  if (!match || match.index < MIN_NOTIFICATION) return -1;
  return /^[ \t>]*(?:[A-Za-z-]{2,40}:|\s)/.test(text.slice(match.index + 1 + match[0].indexOf("\n", 1)))
    ? match.index
    : -1;
}

/** How far the names of fields that stand in the middle of lines are looked for. */
const MAX_FIELDS = 4_000;

const HEADER_NAMES =
  /(?<=\S)[ \t]{1,8}(?=(?:Return-[Pp]ath|Received|Date|From|To|Cc|Subject|Message-I[Dd]|MIME-Version|Mime-Version|Content-Type|Reply-To|DKIM-Signature|Authentication-Results|User-Agent|X-Mailer): ?\S)/g;

/** Facts of the returned message from its source (or header lines), also when its lines were joined or broken anew. */
export function readOriginal(source: string): OriginalMessage | null {
  const head = source.slice(0, 64 * 1024).replace(/^\s+/, "");
  const unquoted = /^>\s?[A-Za-z-]+:/m.test(head.slice(0, 300)) ? head.replace(/^> ?/gm, "") : head;
  const joined = (unquoted.slice(0, MAX_FIELDS).match(HEADER_NAMES)?.length ?? 0) > 1;
  const { headers } = splitHeaders(joined ? unquoted.replace(HEADER_NAMES, "\n") : unquoted, true);
  return originalFromHeaders(headers);
}

export function originalFromHeaders(headers: Headers): OriginalMessage | null {
  const text = (name: string, length = 1000) => {
    const value = field(headers, name);
    return value === null ? null : readableValue(value).slice(0, length) || null;
  };
  if (!["from", "to", "subject", "message-id", "received", "date"].some((name) => headers.has(name)))
    return null;
  const received = headers.get("received")?.[0] ?? "";
  return {
    from: text("from"),
    to: text("to"),
    subject: text("subject"),
    messageId: text("message-id"),
    date: text("date", 80),
    returnPath: text("return-path"),
    envelopeTo: envelopeTo(headers),
    sendingHost: /\bfrom\s+([\w.-]{1,255}\.[\w-]+)/i.exec(received)?.[1] ?? null,
    sendingAddress:
      /[[(]((?:\d{1,3}\.){3}\d{1,3}|(?:IPv6:)?[0-9a-f]*:[0-9a-f:.]+)[\])]/i.exec(received)?.[1] ?? null,
    authentication: authenticationResults(headers),
    dkimSelectors: dkimSelectors(headers),
  };
}

/** Whom the message was for, where no To field says it: `for <a@b>` of a Received field (RFC 5321 §4.4). */
function envelopeTo(headers: Headers): string | null {
  for (const name of ["delivered-to", "envelope-to", "x-original-to"]) {
    const value = field(headers, name);
    if (value) return value.slice(0, 320);
  }
  for (const value of headers.get("received") ?? []) {
    const found = /\bfor <?([^\s<>;]{1,128}@[^\s<>;]{1,255})/.exec(value)?.[1];
    if (found) return found;
  }
  return null;
}

function authenticationResults(
  headers: Headers,
): { method: string; result: string; domain: string | null }[] {
  const results: { method: string; result: string; domain: string | null }[] = [];
  for (const value of (headers.get("authentication-results") ?? []).slice(0, 5)) {
    for (const piece of value.slice(0, 4000).split(";").slice(1)) {
      const match = /^\s*(spf|dkim|dmarc|arc|auth|iprev)=(\w{2,12})/i.exec(piece);
      if (!match?.[1] || !match[2]) continue;
      const domain =
        /(?:smtp\.mailfrom|smtp\.mail|header\.d|header\.i|header\.from)=(?:[^\s;@]*@)?([\w.-]+)/i.exec(
          piece,
        )?.[1] ?? null;
      results.push({ method: match[1].toLowerCase(), result: match[2].toLowerCase(), domain });
    }
  }
  return results.slice(0, 20);
}

function dkimSelectors(headers: Headers): { domain: string; selector: string }[] {
  const found: { domain: string; selector: string }[] = [];
  for (const value of (headers.get("dkim-signature") ?? []).slice(0, 10)) {
    const domain = /(?:^|[;\s])d=\s*([\w.-]+)/i.exec(value)?.[1];
    const selector = /(?:^|[;\s])s=\s*([\w.-]+)/i.exec(value)?.[1];
    if (domain && selector) found.push({ domain: domain.toLowerCase(), selector });
  }
  return found;
}
