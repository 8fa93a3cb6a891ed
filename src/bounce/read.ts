/** Reads a bounce in any form: a whole message, a pasted body, some fields, a log line, a session, one reply. */

import { findAddresses } from "./addresses.ts";
import { flatten } from "./flat-text.ts";
import { gather, gatherMessage, type Material } from "./gather.ts";
import { type Findings, kindOf } from "./kind.ts";
import { readLogLines } from "./log-lines.ts";
import { field, splitHeaders, startsWithHeaders } from "./mime.ts";
import { findNamed } from "./named.ts";
import { findProseRecipients, matchTemplates } from "./prose.ts";
import { type Surroundings, settle } from "./recipient.ts";
import { recipientMaterials } from "./recipients.ts";
import { findReplies } from "./replies.ts";
import type { BouncedRecipient, BounceReport } from "./report.ts";
import { type BounceRules, fold, loadRules } from "./rules.ts";
import { readSession } from "./session.ts";

/** The most that is read, in bytes; what is longer is cut, and the report says so. */
export const MAX_INPUT_BYTES = 10 * 1024 * 1024;

/** How many messages deep a bounce is looked for inside what a bounce returns. */
const MAX_NESTED = 2;

const MAX_RECIPIENTS = 500;

export interface BounceInput {
  /** A file's bytes (`.eml`, `.msg`, `.txt`), or text as a person pasted it. */
  readonly content: Uint8Array | string;
  /** Whose servers have such names, as a provider slug; without it no provider is told. */
  readonly providerOfHost?: (host: string) => string | null;
}

/**
 * Why a message was not delivered, from whatever tells it. Never throws for what the input holds; text that is no notification
 * gives kind `none`. What is not told is `null`.
 */
export async function readBounce({ content, providerOfHost }: BounceInput): Promise<BounceReport> {
  const rules = await loadRules();
  const bounded =
    typeof content === "string" ? content.slice(0, MAX_INPUT_BYTES) : content.subarray(0, MAX_INPUT_BYTES);
  const report = judge(rules, await gather(rules, bounded), 0);
  const recipients = providerOfHost
    ? report.recipients.map((one) => ({
        ...one,
        provider: one.remoteHost ? providerOfHost(one.remoteHost) : null,
      }))
    : report.recipients;
  return { ...report, recipients, truncated: content.length > MAX_INPUT_BYTES };
}

/** What the layers find in a notification's words. */
export function examine(rules: BounceRules, material: Material): Findings {
  const flat = flatten(material.notification);
  const { headers, original } = material;
  const senders = [original?.from, original?.returnPath, headers && field(headers, "to")].flatMap((value) =>
    value ? findAddresses(value).map(({ address }) => address) : [],
  );
  const replies = findReplies(flat.lined);
  return {
    flat,
    templates: matchTemplates(rules, flat),
    prose: findProseRecipients(rules, flat, senders, replies),
    replies,
    log: readLogLines(material.notification),
    session: readSession(flat.lined),
    returned: original !== null && original.from !== null && original.to !== null,
    knownWords: replies
      .slice(0, 3)
      .map(({ replyCode, text }) => fold(`${replyCode ?? ""} ${text}`))
      .some((words) => rules.strong(words).length > 0 || rules.weak(words).length > 0),
  };
}

function judge(rules: BounceRules, material: Material, depth: number): BounceReport {
  const findings = examine(rules, material);
  const kind = kindOf(material, findings);
  const report: BounceReport = {
    kind,
    product: findings.log[0]?.product ?? findings.templates[0]?.template.product ?? null,
    recipients:
      kind === "none" || kind === "auto-reply"
        ? []
        : recipientsOf(rules, material, findings, kind).slice(0, MAX_RECIPIENTS),
    reportingHost: material.dsn?.reportingMta ?? material.event?.reportingHost ?? generatingServer(findings),
    original: material.original,
    named: findNamed(material.notification),
    confidence: "low",
    truncated: false,
  };
  const inner = nested(rules, material, report, depth);
  if (inner) return inner;
  return { ...report, confidence: report.recipients[0]?.confidence ?? "low" };
}

/** A bounce that was itself forwarded or returned: when the outer one tells nothing, the inner one does. */
function nested(
  rules: BounceRules,
  material: Material,
  report: BounceReport,
  depth: number,
): BounceReport | null {
  if (depth >= MAX_NESTED || !material.originalSource) return null;
  const tells = report.recipients.some(
    (one) => one.status || one.replyCode || !["onhold", "undefined"].includes(one.reason),
  );
  if (tells || material.dsn?.recipients.length) return null;
  const source = material.originalSource.replace(/^\s*\n/, "");
  if (!startsWithHeaders(source)) return null;
  const { headers } = splitHeaders(source);
  const systemic =
    /mailer-daemon|postmaster|mail delivery/i.test(
      field(headers, "from") ?? field(headers, "return-path") ?? "",
    ) ||
    /multipart\/report/i.test(field(headers, "content-type") ?? "") ||
    /^From MAILER-DAEMON/.test(source) ||
    field(headers, "return-path") === "<>";
  if (!systemic) return null;
  const inner = judge(rules, gatherMessage(rules, Buffer.from(source, "utf8").toString("latin1")), depth + 1);
  return inner.kind === "bounce" || inner.kind === "delay" ? inner : null;
}

function generatingServer({ flat }: Findings): string | null {
  return (
    /(?:generating server|server di generazione|bronserver|generierender server|serveur de génération|servidor de generación): ?([\w.-]{3,255})|(?:mail system|postfix program|qmail-send program|mail agent v[\d.]+) at (?:host )?([\w.-]{3,255}?)\.?(?:\s|$)/i
      .exec(flat.text)
      ?.slice(1)
      .find(Boolean) ?? null
  );
}

function recipientsOf(
  rules: BounceRules,
  material: Material,
  findings: Findings,
  kind: BounceReport["kind"],
): BouncedRecipient[] {
  const materials = recipientMaterials(material, findings, kind);
  const around = (only: boolean): Surroundings => ({
    rules,
    flat: findings.flat,
    replies: findings.replies,
    kind,
    only,
    quoted: quotedAnswer(findings),
    sessionCommand: commonCommand(findings),
  });
  if (kind === "feedback")
    return materials.map((one) => ({
      ...settle(one, around(false)),
      reason: "feedback",
      category: "unknown",
      permanence: "unknown",
      badAddress: false,
    }));
  return materials.map((one) => settle(one, around(materials.length === 1)));
}

function commonCommand({ session }: Findings): Surroundings["sessionCommand"] {
  const [first] = session;
  return first && session.every(({ command }) => command === first.command) ? first.command : null;
}

/** The words that a template says the other server answered, where no reply code shows them. */
function quotedAnswer({ flat, templates }: Findings): string | null {
  const cues = templates.flatMap(({ template }) => template.diagnostics);
  const places = cues
    .map((cue) => ({ at: flat.folded.indexOf(cue), length: cue.length }))
    .filter(({ at }) => at >= 0);
  const last = places.sort((a, b) => b.at - a.at)[0];
  return last ? flat.text.slice(last.at + last.length, last.at + last.length + 600).trim() || null : null;
}
