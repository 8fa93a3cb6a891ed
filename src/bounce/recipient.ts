/** One recipient, put together from what the fields and the words say of it. */
import type { DsnRecipient } from "./dsn.ts";
import type { FlatText } from "./flat-text.ts";
import { bestReply, type ProseRecipient } from "./prose.ts";
import { decideReason, isBadAddress } from "./reasons.ts";
import { findCommand, findRemoteHost, findStatus, parseReply, type Reply } from "./replies.ts";
import type {
  Action,
  BouncedRecipient,
  BounceKind,
  Confidence,
  Evidence,
  Permanence,
  SmtpCommand,
} from "./report.ts";
import type { BounceRules } from "./rules.ts";
import type { Refusal } from "./session.ts";

/** Everything that is known of one recipient. */
export interface RecipientMaterial {
  readonly address: string | null;
  readonly originalAddress?: string | null;
  readonly dsn?: DsnRecipient | undefined;
  readonly prose?: ProseRecipient | undefined;
  readonly refusal?: Refusal | undefined;
  /** What a log says of it. */
  readonly logged?:
    | { action: Action | null; status: string | null; text: string | null; remoteHost: string | null }
    | undefined;
}

/** The notification that the recipient stands in. */
export interface Surroundings {
  readonly rules: BounceRules;
  readonly flat: FlatText;
  readonly replies: readonly Reply[];
  readonly kind: BounceKind;
  /** There is no other recipient: whatever the notification says, it says of this one. */
  readonly only: boolean;
  /** The words after a template's "the response was:", where the server gave no reply code. */
  readonly quoted: string | null;
  /** The command that all refusals of a transcript answer. */
  readonly sessionCommand: SmtpCommand | null;
}

const MAX_DIAGNOSTIC = 1_000;

export function settle(material: RecipientMaterial, around: Surroundings): BouncedRecipient {
  const { address, dsn, prose, logged } = material;
  const { rules, flat, kind, only } = around;
  const said = replyOf(material, around);
  const segment = prose?.segment ?? (only ? flat.lined : "");
  const status =
    statusOf(said, material, segment) ?? (only && around.quoted ? findStatus(around.quoted) : null);
  const replyCode =
    said.reply?.replyCode && (!/^[123]/.test(said.reply.replyCode) || logged?.action === "delivered")
      ? said.reply.replyCode
      : (codeOf(said.other) ?? null);
  const command =
    material.refusal?.command ??
    findCommand(`${dsn?.diagnostic ?? ""}\n${dsn?.statusText ?? ""}\n${logged?.text ?? ""}\n${segment}`) ??
    (only ? findCommand(flat.lined) : around.sessionCommand);
  const texts = [
    said.text,
    dsn?.statusText ?? null,
    around.quoted,
    withoutAddresses(segment),
    only ? withoutAddresses(flat.text) : null,
  ];
  const action = logged?.action ?? dsn?.action ?? actionOf(kind);
  const reason =
    action === "delivered"
      ? "delivered"
      : decideReason(rules, { texts, status, replyCode, command, program: isProgram(material, segment) });
  const permanence = permanenceOf(action, status, replyCode);
  const diagnostic =
    (said.text ?? around.quoted ?? (segment ? excerpt(segment) : null))?.slice(0, MAX_DIAGNOSTIC) || null;
  return {
    address,
    originalAddress: material.originalAddress ?? null,
    action,
    status,
    replyCode,
    reason,
    category: rules.causes[reason].group,
    permanence,
    badAddress: isBadAddress(reason, permanence),
    command,
    remoteHost:
      logged?.remoteHost ??
      dsn?.remoteMta ??
      findRemoteHost(segment) ??
      material.refusal?.remoteHost ??
      (only ? findRemoteHost(flat.text) : null),
    provider: null,
    diagnostic,
    retryUntil: dsn?.willRetryUntil ?? (action === "delayed" ? retryUntil(flat.text) : null),
    evidence: evidenceOf(material, { flat, diagnostic, status, reply: said.reply }),
    confidence: confidenceOf(material, said.reply, status),
  };
}

function isProgram({ dsn }: RecipientMaterial, segment: string): boolean {
  return dsn?.diagnosticType === "x-unix" || /\bcommand\s+(?:output|died)\b/i.test(segment);
}

/** What the server said: the reply that counts, one that may complete it, and the words. */
interface Said {
  readonly reply: Reply | null;
  readonly other: Reply | null;
  readonly text: string | null;
}

function replyOf({ dsn, prose, refusal, logged }: RecipientMaterial, { replies, only }: Surroundings): Said {
  const inText = refusal?.reply ?? prose?.reply ?? (only ? bestReply(replies) : null);
  if (logged?.text) {
    const reply = parseSaid(logged.text);
    return {
      reply,
      other: null,
      text: reply.replyCode ? oneLine(logged.text.slice(reply.start)) : oneLine(logged.text),
    };
  }
  if (!dsn?.diagnostic) return { reply: inText, other: null, text: inText ? textOf(inText) : null };
  const reply = parseSaid(dsn.diagnostic);
  // A shortened field may lack what the words have: the code, or the rest of a long reply.
  const fuller =
    inText && reply.replyCode === inText.replyCode && inText.text.length > reply.text.length + 20;
  return { reply, other: inText, text: fuller ? textOf(inText) : oneLine(dsn.diagnostic) };
}

/** What a program writes begins with the server's reply, or hold it after "said:" and the like. */
function parseSaid(text: string): Reply {
  const at = text.search(
    /(?<=(?:said|refused to talk to me|after [A-Z ]{4,12}[^:]{0,340}|\]|:|^)\s?:?\s?)[45]\d\d[- ]/,
  );
  return at > 0 ? parseReply(text.slice(at), at) : parseReply(text);
}

function textOf(reply: Reply): string {
  return [reply.replyCode, reply.enhancedStatusCode, reply.text].filter(Boolean).join(" ");
}

function codeOf(reply: Reply | null): string | null {
  return reply?.replyCode ?? null;
}

/** What the server said is more exact than the report's own field, unless it says nothing (X.0.0). */
function statusOf(
  { reply, other }: Said,
  { dsn, logged }: RecipientMaterial,
  segment: string,
): string | null {
  const codes = [reply?.enhancedStatusCode, dsn?.status, logged?.status, other?.enhancedStatusCode].filter(
    (code) => typeof code === "string",
  );
  return codes.find((code) => !/\.0\.0$/.test(code)) ?? codes[0] ?? findStatus(segment);
}

function actionOf(kind: BounceKind): Action | null {
  return kind === "delay"
    ? "delayed"
    : kind === "bounce"
      ? "failed"
      : kind === "delivered"
        ? "delivered"
        : null;
}

function permanenceOf(action: Action | null, status: string | null, replyCode: string | null): Permanence {
  if (action === "delayed") return "temporary";
  const digit = (status ?? replyCode ?? "")[0];
  // A notification of failure ends the tries, whatever the last reply was; the cause may still pass.
  if (action === "failed") return digit === "4" ? "temporary" : "permanent";
  return digit === "5" ? "permanent" : digit === "4" ? "temporary" : "unknown";
}

/** Addresses hold words that mean something else there (`mailboxfull@…`). */
function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>"'(]{1,128}@[^\s<>"'),;:]{1,255}/g, "@");
}

function excerpt(segment: string): string | null {
  const text = oneLine(segment).slice(0, 300);
  return /\p{L}{3}/u.test(withoutAddresses(text)) ? text : null;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

const RETRY =
  /(?:will retry (?:sending )?for (\d[\w. ()]{1,30}?)(?=[.,]|$)|will be retried (?:for|until it is) ([\w. ()]{2,40}?)(?: old)?(?=[.,]|$| technical)|will keep trying until message is ([\w ]{2,30}?) old|continue trying for (?:up to )?(\d[\w ]{1,20})|kept in the queue for up to (\d[\w ]{1,20})|try(?:ing)? again (?:for|until) ([\w ,:+-]{3,50}?)(?=[.]|$))/i;

/** How long the notification says that delivery is still tried, as it writes it. */
function retryUntil(text: string): string | null {
  const match = RETRY.exec(text);
  return (
    match
      ?.slice(1)
      .find((value) => value)
      ?.trim() ?? null
  );
}

function evidenceOf(
  { address, dsn, prose, logged }: RecipientMaterial,
  {
    flat,
    diagnostic,
    status,
    reply,
  }: { flat: FlatText; diagnostic: string | null; status: string | null; reply: Reply | null },
): Evidence[] {
  const found: Evidence[] = [];
  if (address)
    found.push({
      field: "address",
      text: dsn?.finalRecipient
        ? `Final-Recipient: ${dsn.finalRecipient}`
        : prose
          ? flat.lineAt(prose.position)
          : address,
    });
  if (dsn?.action) found.push({ field: "action", text: `Action: ${dsn.action}` });
  if (status)
    found.push({
      field: "status",
      text:
        dsn?.status === status && reply?.enhancedStatusCode !== status
          ? `Status: ${status}`
          : (diagnostic ?? status),
    });
  if (diagnostic) found.push({ field: "diagnostic", text: diagnostic });
  else if (logged?.text) found.push({ field: "diagnostic", text: logged.text.slice(0, MAX_DIAGNOSTIC) });
  return found;
}

function confidenceOf(
  { dsn, logged, prose }: RecipientMaterial,
  reply: Reply | null,
  status: string | null,
): Confidence {
  if (dsn || logged) return "high";
  return reply?.replyCode || status
    ? prose && prose.rank >= 2
      ? "high"
      : "medium"
    : prose && prose.rank >= 3
      ? "medium"
      : "low";
}
