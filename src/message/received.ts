/** The trail of a message: its Received fields (RFC 5321 §4.4), read as the many servers write them. */
import { createRequire } from "node:module";
import { isIP } from "node:net";
import { readMailDate } from "./mail-date.ts";
import type { Hop } from "./report.ts";

/** A part of mailauth that it does not export by itself; its version is pinned exactly. It loads nothing else. */
interface ReceivedParts {
  readonly from?: { readonly value: string; readonly comment?: string };
  readonly by?: { readonly value: string; readonly comment?: string };
  readonly with?: { readonly value: string };
  readonly "envelope-from"?: { readonly value: string };
  readonly tls?: { readonly value: string; readonly comment?: string };
  readonly timestamp?: string;
}
const { parseReceived, getClientAddress } = createRequire(import.meta.url)("mailauth/lib/parse-received") as {
  parseReceived(line: string): ReceivedParts | false;
  getClientAddress(from: ReceivedParts["from"]): string | false;
};

/** The most hops that are read; no real message has as many. */
const MAX_HOPS = 60;
const MAX_LINE = 4_000;

/** One Received field, with what else it says of the hand-over. */
export interface ReceivedLine extends Omit<Hop, "delaySeconds"> {
  /** The address of the server that wrote it, where it says so. */
  readonly byAddress: string | null;
  readonly envelopeFrom: string | null;
}

/** @param values of the Received fields, the topmost first, as they stand in the message */
export function readReceived(values: readonly string[]): ReceivedLine[] {
  return values.slice(0, MAX_HOPS).map(readLine);
}

/** The hops in the order in which they happened, with the time that each took. */
export function trailOf(lines: readonly ReceivedLine[]): Hop[] {
  let before: string | null = null;
  return lines.toReversed().map(({ byAddress: _by, envelopeFrom: _sender, ...hop }) => {
    const delaySeconds =
      before !== null && hop.at !== null
        ? Math.round((Date.parse(hop.at) - Date.parse(before)) / 1000)
        : null;
    before = hop.at ?? before;
    return { ...hop, delaySeconds };
  });
}

function readLine(value: string): ReceivedLine {
  const parsed = parseReceived(`Received: ${value.slice(0, MAX_LINE)}`) || {};
  const { from, by, tls } = parsed;
  const comment = from?.comment ?? "";
  const protocol = parsed.with?.value.split(/\s/)[0]?.slice(0, 40) || null;
  return {
    from: hostName(from?.value),
    reverseName: reverseNameIn(comment),
    address: addressIn(from) ?? null,
    by: hostName(by?.value),
    protocol,
    tls: tls !== undefined || isSecured(protocol) ? true : protocol === null ? null : saysPlain(protocol),
    at: readMailDate(parsed.timestamp ?? ""),
    byAddress: bareAddress(by?.comment ?? "") ?? bareAddress(by?.value ?? "") ?? null,
    envelopeFrom: envelopeFrom(value) ?? null,
  };
}

/** `ESMTPS`, `ESMTPSA`, `LMTPS`, `UTF8SMTPS` … (RFC 3848, RFC 6531). */
function isSecured(protocol: string | null): boolean {
  return protocol !== null && /^(?:utf8)?(?:e?smtp|lmtp)sa?$|^https$/i.test(protocol);
}

/** Plain SMTP is a statement; `LMTP`, `MAPI`, `local` and the like say nothing of the network. */
function saysPlain(protocol: string): boolean | null {
  return /^(?:utf8)?e?smtpa?$/i.test(protocol) ? false : null;
}

/** The address in TCP-info: in brackets, or bare in the comment as Exchange writes it. */
function addressIn(from: ReceivedParts["from"]): string | undefined {
  if (!from) return undefined;
  const literal = getClientAddress(from);
  if (literal) return literal;
  return bareAddress(from.comment ?? "") ?? bareAddress(from.value);
}

function bareAddress(text: string): string | undefined {
  for (const word of text.slice(0, 300).split(/[\s()[\],;]+/)) {
    const address = word.replace(/^IPv6:/i, "");
    if (isIP(address)) return address;
  }
  return undefined;
}

/** `mail.example.org [192.0.2.1]`, `mail.example.org. [192.0.2.1]`; "unknown" stands for none. */
function reverseNameIn(comment: string): string | null {
  if (/^\s*(?:helo|ehlo)[= ]/i.test(comment)) return null;
  const name = /^\s*(?:[\w.-]{1,64}@)?([\w-]{1,63}(?:\.[\w-]{1,63}){1,10})\.?\s*(?:\[|$)/.exec(comment)?.[1];
  return name === undefined || isIP(name) ? null : name.toLowerCase();
}

function hostName(value: string | undefined): string | null {
  const name = (value ?? "").trim().split(/\s/)[0]?.replace(/\.$/, "").toLowerCase().slice(0, 255);
  return name ? name : null;
}

function envelopeFrom(value: string): string | undefined {
  return /\(?envelope-(?:from|sender)[ =]\s{0,3}<([^<>\s]{0,320})>/i.exec(value.slice(0, MAX_LINE))?.[1];
}
