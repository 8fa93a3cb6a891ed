/** From bytes or text to what the layers read: the notification's words, its fields, the message that bounced. */
import { decodeText } from "./charset.ts";
import { cleanText, htmlToLines, looksLikeHtml, unwrapChat } from "./clean-text.ts";
import { type DsnFields, readDsnFields } from "./dsn.ts";
import { type DeliveryEvent, readDeliveryEvent } from "./json-events.ts";
import { type Headers, type MimePart, parseMessage, startsWithHeaders } from "./mime.ts";
import { readOriginal, splitOriginal } from "./original.ts";
import { rejoinLines } from "./rejoin-lines.ts";
import type { OriginalMessage } from "./report.ts";
import type { BounceRules } from "./rules.ts";

/** The most of a notification's own text that is looked at, in characters. */
const MAX_NOTIFICATION = 200_000;

/** The most of a text that is looked at before its wrapping is undone. */
const MAX_TEXT = 1024 * 1024;

export interface Material {
  /** The notification's header fields; `null` for pasted text. */
  readonly headers: Headers | null;
  /** Its words, without delivery status fields and without the returned message. */
  readonly notification: string;
  readonly dsn: DsnFields | null;
  /** The fields of a feedback report (RFC 5965). */
  readonly feedback: string | null;
  readonly event: DeliveryEvent | null;
  readonly original: OriginalMessage | null;
  /** The returned message's source, where there is one. */
  readonly originalSource: string | null;
}

/** @param content bytes of a file, or text as a person pasted it */
export async function gather(rules: BounceRules, content: Uint8Array | string): Promise<Material> {
  if (typeof content !== "string") {
    if (isCompoundFile(content)) {
      const { readMsg } = await import("./msg.ts");
      const message = readMsg(content);
      return message === null ? gatherText(rules, "") : gatherParts(rules, message.headers, message.parts);
    }
    const raw = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1");
    return startsWithHeaders(raw) ? gatherMessage(rules, raw) : gatherText(rules, decodeText(content, null));
  }
  return startsWithHeaders(content)
    ? gatherMessage(rules, Buffer.from(content, "utf8").toString("latin1"))
    : gatherText(rules, content);
}

/** Outlook's `.msg` files are OLE compound files (MS-CFB §2.2). */
function isCompoundFile(bytes: Uint8Array): boolean {
  return [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1].every((byte, index) => bytes[index] === byte);
}

/** @param raw the message, one character per byte */
export function gatherMessage(rules: BounceRules, raw: string): Material {
  const { headers, parts } = parseMessage(raw);
  return gatherParts(rules, headers, parts);
}

function gatherText(rules: BounceRules, text: string, headers: Headers | null = null): Material {
  const start = text.slice(0, MAX_TEXT);
  const lines = looksLikeHtml(start) ? htmlToLines(start) : start;
  const clean = rejoinLines(unwrapChat(cleanText(lines)).slice(0, MAX_NOTIFICATION));
  const { notification, original } = splitOriginal(rules, clean);
  const dsn = readDsnFields(clean);
  const beforeFields =
    dsn && dsn.start < notification.length ? notification.slice(0, dsn.start) : notification;
  return {
    headers,
    notification: beforeFields,
    dsn,
    feedback: null,
    event: readDeliveryEvent(clean),
    original: original === null ? null : readOriginal(original),
    originalSource: original,
  };
}

function gatherParts(rules: BounceRules, headers: Headers, parts: readonly MimePart[]): Material {
  let words = "";
  let dsn: DsnFields | null = null;
  let feedback: string | null = null;
  let source: string | null = null;
  const readable = readableParts(parts);
  for (const part of parts) {
    if (part.type === "message/feedback-report") feedback ??= cleanText(part.text);
    else if (/^message\/(?:global-)?delivery-status$/.test(part.type))
      dsn ??= readDsnFields(cleanText(part.text));
    else if (/^message\/|^text\/rfc822-headers?$/.test(part.type)) source ??= part.text;
    else if (readable.has(part))
      words += `${part.type === "text/html" ? htmlToLines(part.text) : part.text}\n\n`;
  }
  const inText = gatherText(rules, words, headers);
  return {
    ...inText,
    dsn: dsn && dsn.recipients.length > 0 ? dsn : (inText.dsn ?? dsn),
    feedback,
    original: (source === null ? null : readOriginal(source)) ?? inText.original,
    originalSource: source ?? inText.originalSource,
  };
}

/** Plain text, or HTML where a notification has nothing else. */
function readableParts(parts: readonly MimePart[]): Set<MimePart> {
  const plain = parts.filter((part) => part.type === "text/plain");
  if (plain.some((part) => part.text.trim().length > 40)) return new Set(plain);
  return new Set(parts.filter((part) => part.type === "text/plain" || part.type === "text/html"));
}
