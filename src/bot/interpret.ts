import { isIP } from "node:net";
import { commands, findCommand } from "./commands/index.ts";
import type { Attachment, CommandName, Request } from "./request.ts";

/** What a free text asks for. */
export interface Meaning {
  readonly command: CommandName;
  readonly text: string;
}

/**
 * Finds out what a free text asks for: a command with or without a slash, a bounce, an address, a domain, a code, or a
 * question about mail. `null` for overheard text that is no bounce: nobody asked.
 */
export async function interpret(request: Request): Promise<Meaning | null> {
  const text = request.text.trim();
  if (request.overheard) {
    const mayBeOne = request.files.length > 0 || (await isBounce(text));
    return mayBeOne ? { command: "bounce", text } : null;
  }
  return (
    namedCommand(text) ??
    (await attached(request.files, text)) ??
    (/^(|help|hello|hi|hey|start|\?)[.!?]*$/i.test(text) ? { command: "mailhelp", text: "" } : null) ??
    loneTarget(text) ??
    ((await isBounce(text)) ? { command: "bounce", text } : null) ??
    ((await isHeaders(text)) ? { command: "checkmessage", text } : null) ??
    askedDomain(text) ?? { command: "smtp", text }
  );
}

/** `/smtp 550` and `smtp 550`; a bare word such as "bounce" inside a sentence is no command. */
function namedCommand(text: string): Meaning | null {
  const [first = ""] = text.split(/\s/, 1);
  const command = findCommand(first);
  if (!command) return null;
  const rest = text.slice(first.length).trim();
  if (command.name === "watch" && !first.startsWith("/") && !isWatchWish(rest)) return null;
  return { command: command.name, text: rest };
}

/** "Watch out, …" is no wish to watch a domain. */
function isWatchWish(text: string): boolean {
  return /^(?:|list|show|(?:stop|unwatch|remove|weekly)\s+\S+|\S+[.:]\S+(?:\s+\w+){0,2})$/i.test(text);
}

/** Files are bounces, unless they are messages that no part of tells of a failed delivery. */
async function attached(files: readonly Attachment[], text: string): Promise<Meaning | null> {
  if (files.length === 0) return null;
  const messages = files.filter(({ name }) => /\.(?:eml|msg)$/i.test(name));
  if (messages.length < files.length) return { command: "bounce", text };
  const { readBounce } = await import("../bounce/index.ts");
  for (const { bytes } of messages) {
    const { kind } = await readBounce({ content: bytes });
    if (kind !== "none") return { command: "bounce", text };
  }
  return { command: "checkmessage", text: /^(?:ip=\S+|redact)\b/i.test(text) ? text : "" };
}

/** Whether a text is the pasted header section of a message. */
async function isHeaders(text: string): Promise<boolean> {
  if (!/^[ \t>]{0,4}received:/im.test(text)) return false;
  const { looksLikeHeaders } = await import("../message/index.ts");
  return looksLikeHeaders(text);
}

/** Whether a text is a bounce; sparing, so that ordinary talk about mail is none. */
export async function isBounce(text: string): Promise<boolean> {
  const { recognisesBounce } = await import("../bounce/index.ts");
  return recognisesBounce(text);
}

/** A text that is nothing but an IP address, a domain, an e-mail address or a web address. */
function loneTarget(text: string): Meaning | null {
  if (/\s/.test(text) || text.length > 320) return null;
  if (isIP(text.replace(/^\[|\]$/g, ""))) {
    return commands.some(({ name }) => name === "checkip") ? { command: "checkip", text } : null;
  }
  return looksLikeDomain(text) ? { command: "checkdomain", text } : null;
}

/** "is example.org set up properly?": a short question that names one domain and no code. */
function askedDomain(text: string): Meaning | null {
  if (text.length > 160 || /\b[2-5]\d\d\b|\b[245X]\.\d+\.\d+/i.test(text)) return null;
  const asksForCheck =
    /\b(check|test|audit|look at|lookup|is|are|can|does|prüfe?|teste?|vérifie[rz]?|tjek|controleer)\b/i;
  if (!asksForCheck.test(text)) return null;
  const named = text.split(/[\s,;()<>"']+/).map((word) => word.replace(/[.?!:]+$/, ""));
  const domains = named.filter(looksLikeDomain);
  const [domain] = domains;
  return domains.length === 1 && domain ? { command: "checkdomain", text: domain } : null;
}

/** Labels of letters, digits, hyphens and underscores with a last one that is no number; `checkdomain` judges it strictly. */
function looksLikeDomain(word: string): boolean {
  const host = word
    .replace(/^https?:\/\//i, "")
    .replace(/^[^@/]{1,64}@/, "")
    .replace(/[/?#].*$/, "")
    .replace(/\.$/, "");
  const labels = host.split(".");
  if (labels.length < 2 || host.length > 253) return false;
  if (!labels.every((label) => /^[\p{L}\p{N}_-]{1,63}$/u.test(label))) return false;
  return /^(xn--[a-z0-9-]+|\p{L}{2,})$/iu.test(labels.at(-1) ?? "");
}
