/** From a file's bytes or a pasted text to header fields and a body, one character per octet. */
import { decodeText } from "../bounce/charset.ts";
import { cleanText, unwrapChat } from "../bounce/clean-text.ts";
import { type HeaderField, type HeaderSection, readHeaderSection } from "./header-fields.ts";
import type { MessageForm } from "./report.ts";

/** The most of a message that is read, in octets. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

export interface MessageInput {
  readonly form: MessageForm;
  readonly fields: readonly HeaderField[];
  /** With CRLF line ends; null where none is given. */
  readonly body: string | null;
  /** Header fields that were left out since there are too many, or they are too long. */
  readonly dropped: number;
}

/** Why a content holds no message to check. */
export interface NoMessage {
  readonly problem: "no-headers" | "unreadable-msg" | "msg-without-headers";
}

/** Fields that tell a mail's header section from other text with colons. */
const USUAL = new Set([
  "from",
  "to",
  "subject",
  "received",
  "return-path",
  "date",
  "message-id",
  "mime-version",
  "dkim-signature",
  "authentication-results",
  "arc-seal",
  "received-spf",
  "delivered-to",
  "reply-to",
  "content-type",
  "sender",
]);

/** @param content a file's bytes (`.eml`, `.msg`), or text as a person pasted it */
export async function readInput(content: Uint8Array | string): Promise<MessageInput | NoMessage> {
  if (typeof content === "string") return readPasted(content);
  if (isCompoundFile(content)) return readMsg(content);
  const truncated = content.length > MAX_MESSAGE_BYTES;
  const bounded = content.subarray(0, MAX_MESSAGE_BYTES);
  const utf16 = isUtf16(bounded);
  const source = utf16 ? Buffer.from(decodeText(bounded, utf16), "utf8") : Buffer.from(bounded);
  const text = source.toString("latin1").replace(/^\xef\xbb\xbf/, "");
  const section = readHeaderSection(withCrlf(text), false);
  if (!isMail(section)) return readPasted(decodeText(bounded, utf16));
  const form = (section.body ?? "") === "" ? "headers" : truncated ? "cut" : "message";
  return { form, ...section };
}

function readPasted(text: string): MessageInput | NoMessage {
  const bounded = text.slice(0, MAX_MESSAGE_BYTES);
  const plain = fromFirstField(rejoinedLines(unwrapChat(cleanText(withLf(bounded)))));
  const source = Buffer.from(withCrlf(plain), "utf8").toString("latin1");
  const section = readHeaderSection(source, true);
  if (!isMail(section)) return { problem: "no-headers" };
  const form = (section.body ?? "").trim() === "" ? "headers" : "pasted";
  return { form, ...section, body: form === "headers" ? null : section.body };
}

async function readMsg(bytes: Uint8Array): Promise<MessageInput | NoMessage> {
  const { msgHeaders } = await import("../bounce/msg.ts");
  const headers = msgHeaders(bytes.subarray(0, MAX_MESSAGE_BYTES));
  if (headers === null) return { problem: "unreadable-msg" };
  const source = Buffer.from(withCrlf(headers), "utf8").toString("latin1");
  const section = readHeaderSection(source, true);
  if (!isMail(section)) return { problem: "msg-without-headers" };
  return { form: "msg", ...section, body: null };
}

function isMail({ fields }: HeaderSection): boolean {
  const known = new Set(fields.map(({ key }) => key).filter((key) => USUAL.has(key)));
  if (fields.length > 50 && known.has("received")) return true;
  return (
    known.size >= 2 && ["from", "received", "dkim-signature", "return-path"].some((key) => known.has(key))
  );
}

/** Fields that a copy has run together into one line. */
const RUN_TOGETHER =
  /[ \t]{1,4}(?=(?:Return-Path|Delivered-To|Received|Received-SPF|Authentication-Results|ARC-Authentication-Results|ARC-Seal|DKIM-Signature|Date|From|To|Cc|Subject|Reply-To|Sender|Message-I[Dd]|M[Ii][Mm][Ee]-Version|Content-Type): ?\S)/g;

function rejoinedLines(text: string): string {
  const end = text.trim().indexOf("\n");
  return end < 0 || end > 1_000 ? text.replace(RUN_TOGETHER, "\n") : text;
}

/** Words before the fields ("headers as asked:"), and blanks that all lines begin with, are the chat's. */
function fromFirstField(text: string): string {
  const lines = text.split("\n");
  const start = lines.slice(0, 40).findIndex((line) => /^\s{0,8}[A-Za-z][\w-]{1,60}:(\s|$)/.test(line));
  const wanted = start < 0 ? lines : lines.slice(start);
  const indent = /^\s*/.exec(wanted[0] ?? "")?.[0].length ?? 0;
  const dedented =
    indent === 0 ? wanted : wanted.map((line) => (/^\s*/.exec(line)?.[0].length ? line.slice(indent) : line));
  return dedented.join("\n");
}

/** Saved files have lost one half of their line ends, or doubled one. */
function withCrlf(text: string): string {
  return text.includes("\n") ? text.replace(/\r{0,4}\n/g, "\r\n") : text.replace(/\r/g, "\r\n");
}

/** Line feeds only; what is longer than a doubled line end is as many lines. */
function withLf(text: string): string {
  return text.replace(/\r{1,4}\n|\r/g, "\n");
}

/** Outlook's `.msg` files are OLE compound files (MS-CFB §2.2). */
function isCompoundFile(bytes: Uint8Array): boolean {
  return [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1].every((byte, index) => bytes[index] === byte);
}

function isUtf16(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
}
