/** Reads a bounce in any form: a whole message, a pasted body, some fields, a log line, one reply. */
import { domainOf, sameAddress } from "./addresses.ts";
import { decodeText } from "./charset.ts";
import { cleanText, htmlToLines, looksLikeHtml, unwrapChat } from "./clean-text.ts";
import { type DsnFields, type DsnRecipient, readDsnFields } from "./dsn.ts";
import { type FlatText, flatten } from "./flat-text.ts";
import { field, type Headers, parseMessage, readableValue, splitHeaders, startsWithHeaders } from "./mime.ts";
import { findNamed } from "./named.ts";
import { readOriginal, splitOriginal } from "./original.ts";
import {
  best,
  findProseRecipients,
  matchTemplates,
  type ProseRecipient,
  type TemplateMatch,
} from "./prose.ts";
import { categoryOf, decideReason, isBadAddress } from "./reasons.ts";
import { findCommand, findReplies, parseReply } from "./replies.ts";
import type {
  Action,
  BouncedRecipient,
  BounceKind,
  BounceReport,
  Confidence,
  Evidence,
  OriginalMessage,
  Permanence,
} from "./report.ts";

/** The most that is read, in bytes; what is longer is cut. */
export const MAX_INPUT_BYTES = 10 * 1024 * 1024;
/** The most of a notification's own text that is looked at, in characters. */
const MAX_NOTIFICATION = 200_000;

export interface BounceInput {
  /** A file's bytes, or text as a person pasted it. */
  readonly content: Uint8Array | string;
  /** The file's name, as a hint. */
  readonly name?: string;
}

/** What the layers found before the parts are weighed against each other. */
interface Material {
  headers: Headers | null;
  notification: string;
  dsn: DsnFields | null;
  feedback: string | null;
  original: OriginalMessage | null;
}

export async function readBounce(input: BounceInput): Promise<BounceReport> {
  const { source, truncated } = bounded(input.content);
  const material = gather(source, typeof input.content === "string");
  return { ...judge(material), truncated };
}

function bounded(content: Uint8Array | string): { source: Uint8Array | string; truncated: boolean } {
  if (typeof content === "string")
    return { source: content.slice(0, MAX_INPUT_BYTES), truncated: content.length > MAX_INPUT_BYTES };
  return { source: content.subarray(0, MAX_INPUT_BYTES), truncated: content.length > MAX_INPUT_BYTES };
}

function gather(source: Uint8Array | string, isText: boolean): Material {
  const raw = isText ? (source as string) : Buffer.from(source as Uint8Array).toString("latin1");
  if (startsWithHeaders(raw))
    return gatherMessage(isText ? Buffer.from(source as string, "utf8").toString("latin1") : raw);
  const text = isText ? (source as string) : decodeText(source as Uint8Array, null);
  return gatherText(text, null);
}

function gatherText(text: string, headers: Headers | null): Material {
  const lines = looksLikeHtml(text) ? htmlToLines(text) : text;
  const clean = unwrapChat(cleanText(lines));
  const { notification, original } = splitOriginal(clean);
  const dsn = readDsnFields(clean.slice(0, MAX_NOTIFICATION));
  const kept =
    dsn && dsn.start > 0 && dsn.start < notification.length ? notification.slice(0, dsn.start) : notification;
  return {
    headers,
    notification: kept.slice(0, MAX_NOTIFICATION),
    dsn,
    feedback: null,
    original: original === null ? null : readOriginal(original),
  };
}

function gatherMessage(raw: string): Material {
  const { headers, parts } = parseMessage(raw);
  let notification = "";
  let dsn: DsnFields | null = null;
  let feedback: string | null = null;
  let original: OriginalMessage | null = null;
  const plain = parts.filter((part) => part.type === "text/plain");
  const readable = plain.some((part) => part.text.trim().length > 40)
    ? plain
    : parts.filter((part) => part.type === "text/plain" || part.type === "text/html");
  for (const part of parts) {
    if (part.type === "message/feedback-report") feedback ??= cleanText(part.text);
    else if (part.type === "message/delivery-status" || part.type === "message/global-delivery-status")
      dsn ??= readDsnFields(cleanText(part.text));
    else if (
      /^(message\/rfc822|message\/global|message\/partial|text\/rfc822-headers?|message\/rfc822-headers)$/.test(
        part.type,
      )
    )
      original ??= readOriginal(part.text);
    else if (readable.includes(part))
      notification += `${part.type === "text/html" ? htmlToLines(part.text) : part.text}\n\n`;
  }
  const inText = gatherText(notification, headers);
  if (dsn && dsn.recipients.length > 0) {
    return { ...inText, dsn, feedback, original: original ?? inText.original };
  }
  return { ...inText, dsn: inText.dsn ?? dsn, feedback, original: original ?? inText.original };
}

function judge({ headers, notification, dsn, feedback, original }: Material): BounceReport {
  const flat = flatten(notification);
  const templates = matchTemplates(flat);
  const senders = [original?.from, original?.returnPath, headers && field(headers, "to")].flatMap((value) =>
    value ? addressesOf(value) : [],
  );
  const prose = findProseRecipients(flat, { senders });
  const kind = kindOf({ headers, flat, templates, dsn, feedback, prose });
  if (kind === "none" || kind === "auto-reply") return { ...emptyReport(kind), original };
  const recipients = feedback
    ? feedbackRecipients(feedback, original)
    : bounceRecipients({ headers, flat, templates, dsn, prose, original, kind });
  return {
    kind: settleKind(kind, recipients),
    product: templates[0]?.product ?? null,
    recipients,
    reportingHost: dsn?.reportingMta ?? null,
    original,
    named: findNamed(notification),
    confidence: dsn?.recipients.length ? "high" : templates.length > 0 ? "medium" : "low",
    truncated: false,
  };
}

function emptyReport(kind: BounceKind): BounceReport {
  return {
    kind,
    product: null,
    recipients: [],
    reportingHost: null,
    original: null,
    named: { addresses: [], domains: [], ipAddresses: [], blocklists: [], urls: [] },
    confidence: "low",
    truncated: false,
  };
}

function addressesOf(value: string): string[] {
  return [...value.matchAll(/[^\s<>,;"]{1,128}@[^\s<>,;"]{1,255}/g)].map((match) => match[0]);
}

function kindOf(given: {
  headers: Headers | null;
  flat: FlatText;
  templates: readonly TemplateMatch[];
  dsn: DsnFields | null;
  feedback: string | null;
  prose: readonly ProseRecipient[];
}): BounceKind {
  const { headers, flat, templates, dsn, feedback, prose } = given;
  if (feedback) return "feedback";
  const subject = headers ? readableValue(field(headers, "subject") ?? "") : "";
  const from = headers ? (field(headers, "from") ?? "") : "";
  if (dsn?.recipients.some((one) => one.finalRecipient || one.originalRecipient || one.diagnostic)) {
    const actions = dsn.recipients.map((one) => one.action);
    if (actions.every((action) => action === "delayed")) return "delay";
    if (actions.every((action) => action === "delivered" || action === "relayed" || action === "expanded"))
      return "delivered";
    return "bounce";
  }
  const fromSystem = /mailer-daemon|post_?master|mail delivery|mail system|mdaemon|^\s*<>\s*$/i.test(from);
  const replies = findReplies(flat.text);
  if (templates.some(({ kind }) => kind === "delay") && (prose.length > 0 || fromSystem)) return "delay";
  if (templates.length > 0 && (prose.length > 0 || replies.length > 0 || fromSystem)) return "bounce";
  if (headers?.has("x-failed-recipients")) return /delay/i.test(subject) ? "delay" : "bounce";
  if (fromSystem && /undeliver|failure|returned|deliver|bounce|warning|error/i.test(subject))
    return /delay|warning/i.test(subject) ? "delay" : "bounce";
  if (headers && /^auto-(replied|generated)/i.test(field(headers, "auto-submitted") ?? ""))
    return "auto-reply";
  if (/^(?:auto(?:matic)?[- ]?(?:reply|response)|auto:|out of (?:the )?office|abwesen|away )/i.test(subject))
    return "auto-reply";
  if (replies.some((reply) => reply.enhancedStatusCode && reply.replyCode) && flat.text.length < 4000)
    return "bounce";
  return "none";
}

function settleKind(kind: BounceKind, recipients: readonly BouncedRecipient[]): BounceKind {
  if (kind === "bounce" && recipients.length > 0 && recipients.every((one) => one.action === "delayed"))
    return "delay";
  return kind;
}

function feedbackRecipients(feedback: string, original: OriginalMessage | null): BouncedRecipient[] {
  const { headers } = splitHeaders(feedback.replace(/^\s+/, ""));
  const named = [
    ...(headers.get("original-rcpt-to") ?? []),
    ...(headers.get("removal-recipient") ?? []),
  ].flatMap(addressesOf);
  const addresses = named.length > 0 ? named : addressesOf(original?.to ?? "");
  return addresses.map((address) => ({ ...blank(address), reason: "feedback" as const }));
}

function blank(address: string | null): BouncedRecipient {
  return {
    address,
    originalAddress: null,
    action: null,
    status: null,
    replyCode: null,
    reason: "undefined",
    category: "unknown",
    permanence: "unknown",
    badAddress: false,
    command: null,
    remoteHost: null,
    provider: null,
    diagnostic: null,
    retryUntil: null,
    evidence: [],
    confidence: "low",
  };
}

function bounceRecipients(given: {
  headers: Headers | null;
  flat: FlatText;
  templates: readonly TemplateMatch[];
  dsn: DsnFields | null;
  prose: readonly ProseRecipient[];
  original: OriginalMessage | null;
  kind: BounceKind;
}): BouncedRecipient[] {
  const { headers, flat, dsn, prose, original, kind } = given;
  const fields = dsn?.recipients ?? [];
  const withAddress = fields.filter((one) => one.finalRecipient || one.originalRecipient);
  if (withAddress.length > 0) return withAddress.slice(0, 500).map((one) => fromDsn(one, given));
  if (prose.length > 0) {
    return prose.map((one) => {
      const lone = fields.length === 1 && prose.length === 1 ? fields[0] : undefined;
      return lone
        ? fromDsn({ ...lone, finalRecipient: one.address }, given)
        : settle({ address: one.address, prose: one, flat, kind });
    });
  }
  const failed = headers ? (headers.get("x-failed-recipients") ?? []).flatMap(addressesOf) : [];
  const fallback = failed.length > 0 ? failed : original?.to ? addressesOf(original.to).slice(0, 1) : [];
  const addresses: (string | null)[] = fallback.length > 0 ? fallback : [null];
  return addresses.map((address) =>
    fields[0] && !failed.length
      ? fromDsn({ ...fields[0], finalRecipient: address }, given)
      : settle({ address, flat, kind }),
  );
}

/** Which of the two addresses the sender knows: a rewritten name of the same place is told as it was written. */
function dsnAddress({ finalRecipient, originalRecipient }: DsnRecipient): {
  address: string | null;
  originalAddress: string | null;
} {
  if (!finalRecipient || !originalRecipient)
    return { address: finalRecipient ?? originalRecipient, originalAddress: null };
  if (sameAddress(finalRecipient.replaceAll('"', ""), originalRecipient.replaceAll('"', "")))
    return { address: finalRecipient, originalAddress: null };
  const final = domainOf(finalRecipient);
  const original = domainOf(originalRecipient);
  const rewritten = final === original || final.endsWith(`.${original}`) || !final.includes(".");
  return rewritten
    ? { address: originalRecipient, originalAddress: null }
    : { address: finalRecipient, originalAddress: originalRecipient };
}

function fromDsn(
  one: DsnRecipient,
  given: { flat: FlatText; prose: readonly ProseRecipient[]; kind: BounceKind },
): BouncedRecipient {
  const { address, originalAddress } = dsnAddress(one);
  const prose =
    given.prose.find((other) => address !== null && sameAddress(other.address, address)) ??
    (given.prose.length === 1 ? given.prose[0] : undefined);
  return settle({ address, originalAddress, dsn: one, prose, flat: given.flat, kind: given.kind });
}

/** Puts one recipient together from what the fields and the text say of it. */
function settle(given: {
  address: string | null;
  originalAddress?: string | null;
  dsn?: DsnRecipient;
  prose?: ProseRecipient | undefined;
  flat: FlatText;
  kind: BounceKind;
}): BouncedRecipient {
  const { address, dsn, prose, flat, kind } = given;
  const evidence: Evidence[] = [];
  const fromField = dsn?.diagnostic ? parseReply(dsn.diagnostic) : null;
  const fromText = prose?.reply ?? best(findReplies(flat.text));
  const reply = fromField?.replyCode || fromField?.enhancedStatusCode ? fromField : null;
  const status = pickStatus(
    reply?.enhancedStatusCode ?? null,
    dsn?.status ?? null,
    fromText?.enhancedStatusCode ?? null,
  );
  const replyCode = reply?.replyCode ?? fromText?.replyCode ?? null;
  const said = [dsn?.diagnostic ?? "", dsn?.statusText ?? "", prose?.segment ?? flat.text].join("\n");
  const command = findCommand(`${dsn?.diagnostic ?? ""}\n${prose?.segment ?? ""}`) ?? findCommand(flat.text);
  const diagnostic =
    dsn?.diagnostic ??
    (fromText
      ? flat.text.slice(fromText.start, Math.min(fromText.end, fromText.start + 1000)).trim()
      : prose?.segment.slice(0, 500).trim() || null);
  const reason = decideReason({ text: said, status, replyCode, command });
  const action: Action | null =
    dsn?.action ?? (kind === "delay" ? "delayed" : kind === "bounce" ? "failed" : null);
  const permanence = permanenceOf(action, status, replyCode);
  if (address)
    evidence.push({
      field: "address",
      text: prose ? flat.lineAt(prose.position) : `Final-Recipient: ${address}`,
    });
  if (diagnostic) evidence.push({ field: "diagnostic", text: diagnostic });
  const confidence: Confidence = dsn ? "high" : fromText ? "medium" : "low";
  return {
    address,
    originalAddress: given.originalAddress ?? null,
    action,
    status,
    replyCode,
    reason,
    category: categoryOf(reason),
    permanence,
    badAddress: isBadAddress(reason, permanence),
    command,
    remoteHost: dsn?.remoteMta ?? null,
    provider: null,
    diagnostic: diagnostic?.slice(0, 1000) ?? null,
    retryUntil: dsn?.willRetryUntil ?? null,
    evidence,
    confidence,
  };
}

/** What the server said is more exact than the report's own field, unless it says nothing (X.0.0). */
function pickStatus(...codes: (string | null)[]): string | null {
  const known = codes.filter((code) => code !== null);
  return known.find((code) => !/\.0\.0$/.test(code)) ?? known[0] ?? null;
}

function permanenceOf(action: Action | null, status: string | null, replyCode: string | null): Permanence {
  if (action === "delayed") return "temporary";
  const leading = (status ?? replyCode ?? "")[0];
  if (action === "failed") return leading === "4" ? "temporary" : "permanent";
  return leading === "5" ? "permanent" : leading === "4" ? "temporary" : "unknown";
}
