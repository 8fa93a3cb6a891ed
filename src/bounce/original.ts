/** The message that bounced: where its copy begins in a notification, and what its header fields say. */
import { loadTemplates } from "./data.ts";
import { field, type Headers, readableValue, splitHeaders } from "./mime.ts";
import { compilePhrase, fold, type Phrase } from "./phrases.ts";
import type { OriginalMessage } from "./report.ts";

let marks: Phrase[] | undefined;

/** Splits a notification's text from the returned message in it. */
export function splitOriginal(text: string): { notification: string; original: string | null } {
  marks ??= loadTemplates().originals.map(compilePhrase);
  const folded = fold(text);
  let cut = -1;
  let resume = -1;
  for (const mark of marks) {
    const hit = mark.find(folded);
    if (!hit || hit.start < 20) continue;
    if (cut < 0 || hit.start < cut) {
      cut = hit.start;
      resume = hit.end;
    }
  }
  const headers = headerBlock(text);
  if (headers >= 0 && (cut < 0 || headers < cut)) {
    cut = headers;
    resume = headers;
  }
  if (cut < 0) return { notification: text, original: null };
  return {
    notification: text.slice(0, cut),
    original: text.slice(resume).replace(/^[^\n]{0,100}?[-=|*:. ]*\n/, ""),
  };
}

/** A run of message header lines that begins with Return-Path or Received. */
function headerBlock(text: string): number {
  const match = /\n[ \t>]*(?:Return-Path:|Received: (?:from|by)|Received:from)[^\n]*\n[^\n]*\n/i.exec(text);
  if (!match || match.index < 20) return -1;
  return /^[ \t>]*(?:[A-Za-z-]{2,40}:|\s)/.test(text.slice(match.index + 1 + match[0].indexOf("\n", 1)))
    ? match.index
    : -1;
}

/** Facts of the returned message from its source (or header lines). */
export function readOriginal(source: string): OriginalMessage | null {
  const unquoted = /^>\s?[A-Za-z-]+:/m.test(source.slice(0, 300)) ? source.replace(/^> ?/gm, "") : source;
  const { headers } = splitHeaders(unquoted.replace(/^\s*\n/, ""));
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
    sendingHost: /\bfrom\s+([\w.-]{1,255}\.[\w-]+)/i.exec(received)?.[1] ?? null,
    sendingAddress:
      /[[(]((?:\d{1,3}\.){3}\d{1,3}|(?:IPv6:)?[0-9a-f]*:[0-9a-f:.]+)[\])]/i.exec(received)?.[1] ?? null,
    authentication: authenticationResults(headers),
    dkimSelectors: dkimSelectors(headers),
  };
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
