/** Reads a bounce in any form: a whole message, a pasted body, some fields, a log line, a session, one reply. */

import { domainOf, findAddresses, isSystemAddress, sameAddress } from "./addresses.ts";
import type { DsnRecipient } from "./dsn.ts";
import { flatten } from "./flat-text.ts";
import { gather, gatherMessage, type Material } from "./gather.ts";
import { type Findings, kindOf } from "./kind.ts";
import { readLogLines } from "./log-lines.ts";
import { field, splitHeaders, startsWithHeaders } from "./mime.ts";
import { findNamed } from "./named.ts";
import { findProseRecipients, matchTemplates } from "./prose.ts";
import { type RecipientMaterial, type Surroundings, settle } from "./recipient.ts";
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
      .some(({ text }) => rules.strong(fold(text)).length > 0 || rules.weak(fold(text)).length > 0),
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
    quoted: quotedAnswer(rules, findings),
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
function quotedAnswer(rules: BounceRules, { flat, templates }: Findings): string | null {
  const cues = templates.flatMap(({ template }) => template.diagnostics);
  const places = cues
    .map((cue) => ({ at: flat.folded.indexOf(cue), length: cue.length }))
    .filter(({ at }) => at >= 0);
  const last = places.sort((a, b) => b.at - a.at)[0];
  return last && rules
    ? flat.text.slice(last.at + last.length, last.at + last.length + 600).trim() || null
    : null;
}

/** Who failed, from the surest source that names somebody. */
function recipientMaterials(
  material: Material,
  findings: Findings,
  kind: BounceReport["kind"],
): RecipientMaterial[] {
  const { dsn, event, headers, original, feedback } = material;
  if (feedback !== null || kind === "feedback") return complained(material).map((address) => ({ address }));
  if (event) {
    return event.recipients.map((one) => ({
      address: one.address,
      logged: { action: one.action, status: one.status, text: one.diagnostic, remoteHost: null },
    }));
  }
  const fields = dsn?.recipients ?? [];
  const named = fields.filter((one) => one.finalRecipient || one.originalRecipient);
  if (named.length > 0) return merged(named.map((one) => fromFields(one, findings)));
  if (findings.log.length > 0)
    return findings.log
      .filter(({ action }) => action !== "delivered" || kind === "delivered")
      .map((logged) => ({ address: logged.address, originalAddress: logged.originalAddress, logged }));
  const lone = fields.length === 1 ? fields[0] : undefined;
  const unnamed = findings.session.filter((one) => one.address === null);
  const refused = (address: string | null) =>
    findings.session.findLast(
      (one) => one.address !== null && address !== null && sameAddress(one.address, address),
    ) ??
    (findings.session.length === 1 || address === null
      ? findings.session[0]
      : unnamed.length === findings.session.length
        ? unnamed.at(-1)
        : undefined);
  const strong = findings.prose.filter(({ rank }) => rank >= 2);
  if (strong.length > 0)
    return strong.map((prose) => ({
      address: prose.address,
      prose,
      dsn: strong.length === 1 ? lone : undefined,
      refusal: refused(prose.address),
    }));
  const inSession = findings.session.filter(({ address }) => address !== null);
  if (inSession.length > 0)
    return merged(inSession.map((refusal) => ({ address: refusal.address, refusal })));
  const failed = headers
    ? (headers.get("x-failed-recipients") ?? []).flatMap((value) =>
        findAddresses(value).map(({ address }) => address),
      )
    : [];
  const fallback =
    failed.length > 0
      ? failed
      : (bareName(findings, headers && field(headers, "from")) ??
        findings.prose.map(({ address }) => address));
  const addresses = fallback.length > 0 ? fallback : originalRecipients(original);
  if (
    addresses.length === 0 &&
    kind === "bounce" &&
    headers &&
    /^auto-replied/i.test(field(headers, "auto-submitted") ?? "")
  )
    addresses.push(...findAddresses(field(headers, "from") ?? "").map(({ address }) => address));
  const known = addresses.length > 0 ? addresses : [null];
  return known.map((address) => ({
    address,
    dsn: known.length === 1 ? lone : undefined,
    refusal: refused(address),
    prose: findings.prose.find((one) => address !== null && sameAddress(one.address, address)),
  }));
}

/** One entry per address; the later one tells the newer outcome. */
function merged(materials: readonly RecipientMaterial[]): RecipientMaterial[] {
  const byAddress = new Map<string, RecipientMaterial>();
  for (const one of materials) {
    const key = one.address?.toLowerCase() ?? `#${byAddress.size}`;
    if (!byAddress.has(key)) byAddress.set(key, one);
  }
  return [...byAddress.values()];
}

function originalRecipients(original: Material["original"]): string[] {
  const to = findAddresses(original?.to ?? original?.envelopeTo ?? "").map(({ address }) => address);
  return to.slice(0, 1);
}

/** A list of failed recipients may hold names without a domain: they are the reporting server's own. */
function bareName({ flat, templates }: Findings, from: string | null): string[] | null {
  const domain = from ? findAddresses(from)[0]?.address.split("@")[1] : undefined;
  if (!domain) return null;
  for (const { template } of templates) {
    for (const cue of template.recipients) {
      const at = flat.folded.indexOf(cue);
      const name =
        at < 0 ? null : /^\s+([a-z0-9][\w.-]{1,63})(?:\n|$)/i.exec(flat.lined.slice(at + cue.length))?.[1];
      if (name) return [`${name}@${domain}`];
    }
  }
  return null;
}

/** RFC 5965 §3.2 names the recipient, unless the reporter hides it; then the returned message does. */
function complained({ feedback, original, headers }: Material): string[] {
  const fields =
    feedback === null ? new Map<string, string[]>() : splitHeaders(feedback.replace(/^\s+/, "")).headers;
  const named = ["original-rcpt-to", "removal-recipient"]
    .flatMap((name) => fields.get(name) ?? [])
    .flatMap((value) => findAddresses(value).map(({ address }) => address));
  if (named.length > 0) return named;
  const to = findAddresses(original?.to ?? "").map(({ address }) => address);
  return to.length > 0
    ? to
    : findAddresses((headers && field(headers, "from")) ?? "")
        .map(({ address }) => address)
        .filter((address) => !isSystemAddress(address));
}

function fromFields(dsn: DsnRecipient, { prose, session }: Findings): RecipientMaterial {
  const { address, originalAddress } = senderKnows(dsn);
  const is = (other: string | null) =>
    address !== null &&
    other !== null &&
    (sameAddress(other, address) || (originalAddress !== null && sameAddress(other, originalAddress)));
  const strong = prose.filter(({ rank }) => rank >= 2);
  return {
    address,
    originalAddress,
    dsn,
    prose: prose.find((one) => is(one.address)) ?? (strong.length === 1 ? strong[0] : undefined),
    refusal: session.findLast((one) => is(one.address)) ?? (session.length === 1 ? session[0] : undefined),
  };
}

/** Which of the two addresses the sender knows: a rewritten name of the same place is told as it was written. */
function senderKnows({ finalRecipient, originalRecipient }: DsnRecipient): {
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
