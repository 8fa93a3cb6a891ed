/** Outlook's `.msg` files (MS-OXMSG): the message's words, its header fields and what is attached. */
import { createRequire } from "node:module";
import type { FieldsData } from "@kenjiuno/msgreader";
import { type Headers, type MimePart, splitHeaders } from "./mime.ts";

const MAX_ATTACHMENTS = 20;

/** The message, or `null` when the file cannot be read. */
export function readMsg(bytes: Uint8Array): { headers: Headers; parts: MimePart[] } | null {
  return withReader(bytes, (reader, data) => ({
    headers: headersOf(data),
    parts: [...bodyOf(data), ...attachmentsOf(reader, data)],
  }));
}

/**
 * The header fields as they came with the message (PidTagTransportMessageHeaders); empty for one that never travelled, `null`
 * when the file cannot be read. The body is kept by Outlook in a form of its own, never as it was sent.
 */
export function msgHeaders(bytes: Uint8Array): string | null {
  return withReader(bytes, (_reader, data) => data.headers ?? "");
}

function withReader<T>(bytes: Uint8Array, read: (reader: Reader, data: FieldsData) => T): T | null {
  try {
    // The package is CommonJS; its default export is the reader.
    const { default: MsgReader } = createRequire(import.meta.url)(
      "@kenjiuno/msgreader",
    ) as typeof import("@kenjiuno/msgreader");
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const reader = new MsgReader(buffer);
    const data = reader.getFileData();
    return data.error ? null : read(reader, data);
  } catch {
    // A damaged compound file makes the reader throw in many ways; all of them mean that it cannot be read.
    return null;
  }
}

type Reader = InstanceType<typeof import("@kenjiuno/msgreader").default>;

function headersOf(data: FieldsData): Headers {
  const headers = new Map<string, string[]>(
    data.headers ? splitHeaders(data.headers.replace(/\r\n?/g, "\n")).headers : [],
  );
  const add = (name: string, value: string | undefined) => {
    if (value && !headers.has(name)) headers.set(name, [value]);
  };
  add("subject", data.subject);
  add("from", data.senderEmail ? `${data.senderName ?? ""} <${data.senderEmail}>` : data.senderName);
  // A delivery report is its own class of message (MS-OXCMAIL), whatever its sender is called.
  if (/^report\..*\.ndr$/i.test(data.messageClass ?? "")) headers.set("from", ["MAILER-DAEMON"]);
  return headers;
}

function bodyOf(data: FieldsData): MimePart[] {
  const html = data.bodyHtml ?? (data.html ? Buffer.from(data.html).toString("utf8") : "");
  if (data.body?.trim()) return [{ type: "text/plain", headers: new Map(), text: data.body }];
  return html ? [{ type: "text/html", headers: new Map(), text: html }] : [];
}

function attachmentsOf(reader: Reader, data: FieldsData): MimePart[] {
  return (data.attachments ?? []).slice(0, MAX_ATTACHMENTS).flatMap((attachment: FieldsData): MimePart[] => {
    const type = attachment.attachMimeTag?.toLowerCase() ?? "";
    const name = attachment.fileName?.toLowerCase() ?? "";
    if (attachment.innerMsgContentFields) {
      const inner = attachment.innerMsgContentFields;
      const text = `${inner.headers ?? `Subject: ${inner.subject ?? ""}`}\n\n${inner.body ?? ""}`;
      return [{ type: "message/rfc822", headers: new Map(), text }];
    }
    if (!/^message\/|^text\//.test(type) && !/\.(?:eml|txt|dat)$/.test(name)) return [];
    const { content } = reader.getAttachment(attachment);
    const text = Buffer.from(content).toString("latin1");
    return [
      { type: type || (name.endsWith(".eml") ? "message/rfc822" : "text/plain"), headers: new Map(), text },
    ];
  });
}
