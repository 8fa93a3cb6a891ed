/**
 * What a text is: a bounce, a delay, a report of delivery, an automatic reply, a complaint, or nothing of the kind. Several
 * independent signs must agree before ordinary text is taken for a notification.
 */
import type { DsnFields } from "./dsn.ts";
import type { FlatText } from "./flat-text.ts";
import type { Material } from "./gather.ts";
import type { LoggedDelivery } from "./log-lines.ts";
import { field, type Headers, readableValue } from "./mime.ts";
import type { ProseRecipient, TemplateMatch } from "./prose.ts";
import type { Reply } from "./replies.ts";
import type { Action, BounceKind } from "./report.ts";
import type { Refusal } from "./session.ts";

/** What the layers found in a notification's words. */
export interface Findings {
  readonly flat: FlatText;
  readonly templates: readonly TemplateMatch[];
  readonly prose: readonly ProseRecipient[];
  readonly replies: readonly Reply[];
  readonly log: readonly LoggedDelivery[];
  readonly session: readonly Refusal[];
  /** The words of a reply that stands alone are known to mean a refusal. */
  readonly knownWords: boolean;
  /** A returned message follows. */
  readonly returned: boolean;
}

export function kindOf({ headers, dsn, feedback, event }: Material, findings: Findings): BounceKind {
  if (feedback !== null) return "feedback";
  if (event) return event.kind;
  const { templates, log } = findings;
  if (templates.some(({ template }) => template.kind === "auto-reply") || isChallenge(dsn))
    return "auto-reply";
  const fromFields =
    dsn &&
    kindOfActions(
      dsn.recipients
        .filter((one) => one.finalRecipient || one.originalRecipient || one.diagnostic)
        .map((one) => one.action),
    );
  if (fromFields) return fromFields;
  if (log.length > 0) return kindOfActions(log.map(({ action }) => action)) ?? "bounce";
  if (headers) return kindOfMail(headers, findings);
  if (closedMailbox(findings) && /^this /i.test(findings.flat.text) && talk(findings.flat) === 0)
    return "bounce";
  return signs(findings) >= 3 ? (isDelay(findings) ? "delay" : "bounce") : "none";
}

/** Failed if one failed, else delayed if one is; delivered only if all are. */
function kindOfActions(actions: readonly (Action | null)[]): BounceKind | null {
  if (actions.length === 0) return null;
  if (actions.some((action) => action === "failed" || action === null)) return "bounce";
  return actions.some((action) => action === "delayed") ? "delay" : "delivered";
}

/** A challenge asks the sender to confirm; the message waits (such as `X-Boxbe-Notice; Sender not pre-approved`). */
function isChallenge(dsn: DsnFields | null): boolean {
  return (
    dsn?.recipients.some(
      (one) =>
        /^x-(?:boxbe|challenge|tmda)/.test(one.diagnosticType ?? "") ||
        /sender not pre-approved/i.test(one.diagnostic ?? ""),
    ) ?? false
  );
}

function isDelay({ templates, flat }: Findings): boolean {
  return (
    templates.some(({ template }) => template.kind === "delay") &&
    !/permanent (?:fatal )?error|failed permanently|giving up|i've given up/i.test(flat.folded)
  );
}

const SYSTEM_SENDER =
  /mailer-daemon|post_?master@|mail delivery (?:system|subsystem|service)|mail administrator|mdaemon@|^\s*<>\s*$/i;
const FAILURE_SUBJECT =
  /undeliver|undelivered|non[- ]?deliver|not delivered|could not be delivered|returned (?:mail|to sender)|returned mail|deliver\w* (?:status|failure|failed|problem|error|notification|report)|failure notice|mail failed|failed mail|mail system error|message (?:blocked|rejected|delayed)|delayed mail|could not send|bounce|unzustellbar|non remis|non distribu|onbestelbaar|ikke leveres|недоставлен|配信|送信できま|退信/i;
const AUTO_SUBJECT =
  /^(?:(?:re|aw|sv): ?)?(?:auto(?:matic|mated|mail)?[- ]?(?:reply|response|respons\w*|antwort)|auto:|autoreply|out of (?:the )?office|on vacation|vacation|away |abwesen|automatische antwort|réponse automatique|respuesta automática|risposta automatica|自動返信|自動応答)/i;

function kindOfMail(headers: Headers, findings: Findings): BounceKind {
  const subject = readableValue(field(headers, "subject") ?? "");
  const from = field(headers, "from") ?? "";
  const automatic =
    /^auto-(?:replied|generated)/i.test(field(headers, "auto-submitted") ?? "") ||
    headers.has("x-autoreply") ||
    headers.has("x-auto-response-suppress");
  if (field(headers, "x-apple-unsubscribe") === "true") return "feedback";
  const systemic =
    (SYSTEM_SENDER.test(from) ? 2 : 0) +
    (FAILURE_SUBJECT.test(subject) ? 1 : 0) +
    (headers.has("x-failed-recipients") ? 2 : 0) +
    (/report-type="?delivery-status/i.test(field(headers, "content-type") ?? "") ? 2 : 0);
  const empty = /^<?>?$/.test((field(headers, "return-path") ?? "x").trim()) || /^\s*<>\s*$/.test(from);
  const inWords = signs(findings);
  const total = systemic + inWords + (empty ? 1 : 0) + (automatic ? 1 : 0);
  if (automatic && AUTO_SUBJECT.test(subject) && !closedMailbox(findings)) return "auto-reply";
  if (inWords >= 3 || (systemic >= 2 && total >= 3) || (systemic + (empty ? 1 : 0) > 0 && total >= 4)) {
    const delayed =
      isDelay(findings) ||
      (/\b(?:delay|delayed|warning)\b/i.test(subject) &&
        !findings.replies.some((reply) => reply.replyCode?.startsWith("5")) &&
        !/unknown|failed/i.test(subject));
    return delayed ? "delay" : "bounce";
  }
  if (automatic && closedMailbox(findings)) return "bounce";
  return automatic || AUTO_SUBJECT.test(subject) ? "auto-reply" : "none";
}

/** An automatic reply that says the mailbox is closed is as good as a bounce. */
function closedMailbox({ flat }: Findings): boolean {
  return /(?:inbox|mailbox|e-?mail address|account)(?: \S{1,320})? (?:is|has been) (?:no longer (?:in use|active|monitored|valid)|closed|deactivated|disabled)/i.test(
    flat.text,
  );
}

/** How much speaks for a notification; 3 are enough. Words that talk about a failure count against it. */
export function signs({ flat, templates, prose, replies, session, knownWords, returned }: Findings): number {
  const [first] = templates;
  const begins = templates.some(({ positions }) => positions.some((position) => flat.beginsLine(position)));
  const [reply] = replies;
  const replyBegins = reply !== undefined && flat.beginsLine(reply.start);
  // In the middle of a sentence a code is quoted in talk; a server's reply names the recipient, or is announced as one.
  const placed = replyBegins || begins || replies.some((one) => announced(flat, one));
  const exact = placed && replies.some((one) => one.enhancedStatusCode !== null);
  const cued = prose.some(({ rank }) => rank === 4);
  const listed = prose.some(({ rank }) => rank === 3);
  let score = 0;
  if (first) score += begins ? 2 : 1;
  if (templates.reduce((sum, { marks }) => sum + marks, 0) > 1) score += 1;
  if (first && cued) score += 2;
  else if (cued || ((begins || !first) && listed) || (begins && prose.some(({ rank }) => rank === 2)))
    score += 1;
  if (session.length > 0) score += 3;
  if (exact) score += 1;
  if (replyBegins) score += 1;
  if (knownWords && placed) score += 1;
  // A server's reply that stands alone.
  if (knownWords && reply && reply.start <= 8) score += 1;
  if (
    reply &&
    (exact || replyBegins) &&
    (prose.some(({ rank }) => rank > 1) || (replyBegins && prose.length > 0))
  )
    score += 1;
  if (returned) score += 1;
  if (/\[\d{1,3}(?:\.\d{1,3}){3}\]|\bin reply to (?:rcpt|mail|data|end of)/i.test(flat.text)) score += 1;
  if (/\(in reply to (?:rcpt to|mail from|end of data|data) command\)/i.test(flat.text)) score += 1;
  // A notification that is nothing but one of its own sentences.
  if (first !== undefined && first.position < 12 && flat.text.length < 240 && score === 2) score += 1;
  return score - (begins || replyBegins || session.length > 0 ? 0 : talk(flat));
}

function announced(flat: FlatText, { start, text, enhancedStatusCode }: Reply): boolean {
  const before = flat.text.slice(Math.max(0, start - 140), start);
  return (
    /[^\s<>]@[^\s<>]/.test(text.slice(0, 64).split(/[.!?]\s|["“”]/)[0] ?? "") ||
    (enhancedStatusCode !== null && /\berror:\s?$/i.test(before)) ||
    /(?:said|smtp;|to me|after [a-z ]{4,12}|host \S{3,80} ?\[[^\]]{3,50}\])[:\s]*$/i.test(before)
  );
}

/** People who talk about a failure: in the first person, with questions, in the middle of sentences. */
function talk({ text, lined }: FlatText): number {
  if (text.length > 6_000 || lined.split("\n").length > 6) return 0;
  const said = text.match(
    /\b(?:i (?:got|get|see|saw|had|have|think|guess|am|was|will|would)|we (?:got|get|see|saw|had|have|should|need|could|use|are|were)|let'?s|you (?:should|need|get|see)|yesterday|lgtm|btw|imho|fyi|means that|the code|this code|for example|e\.g\.|such as)\b/gi,
  );
  return Math.min(2, said?.length ?? 0);
}
