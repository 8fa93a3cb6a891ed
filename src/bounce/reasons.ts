/**
 * Why a message was refused, from what was said. Sisimai's vocabulary and its distinctions: a "user unknown" that comes only
 * after the message was sent, or with no command and no code of its own, is `filtered`.
 */
import type { Permanence, Reason, SmtpCommand } from "./report.ts";
import type { BounceRules, ReasonWords } from "./rules.ts";
import { fold } from "./rules.ts";

export interface ReasonQuestion {
  /** Texts that say something about the failure, the most authoritative first: the server's reply, then what is written around it. */
  readonly texts: readonly (string | null)[];
  readonly status: string | null;
  readonly replyCode: string | null;
  readonly command: SmtpCommand | null;
  /** The failure is a program's on the receiving host (Diagnostic-Code `x-unix`, "Command output"), not a server's refusal. */
  readonly program: boolean;
}

/** The most of one text that is read, in characters. */
const MAX_TEXT = 4_000;

/** The reason; `onhold` when what is said gives none that is known, `undefined` when nothing is said. */
export function decideReason(rules: BounceRules, question: ReasonQuestion): Reason {
  const texts = question.texts.flatMap((text) =>
    text?.trim() ? [fold(text.slice(0, MAX_TEXT)).replace(/\s+/g, " ")] : [],
  );
  const { status } = question;
  const [reply, ...around] = question.texts[0]?.trim() ? texts : ["", ...texts];
  const exact = status !== null && !/^\d\.(?:0\.0|7\.[01]|5\.0|3\.0)$/.test(status);
  const byStatus = status === null ? undefined : rules.statusReasons[status.slice(2)];
  return (
    said(rules.strong, reply ?? "", question) ??
    (exact ? byStatus : undefined) ??
    said(rules.weak, reply ?? "", question) ??
    byCommand(question) ??
    firstSaid(rules.strong, around, question) ??
    byStatus ??
    firstSaid(rules.weak, around, question) ??
    (texts.length > 0 || status ? "onhold" : "undefined")
  );
}

type Matcher = BounceRules["strong"];

function firstSaid(matcher: Matcher, texts: readonly string[], question: ReasonQuestion): Reason | undefined {
  for (const text of texts) {
    const reason = said(matcher, text, question);
    if (reason) return reason;
  }
  return undefined;
}

function said(matcher: Matcher, folded: string, question: ReasonQuestion): Reason | undefined {
  if (!folded) return undefined;
  let best: ReasonWords | undefined;
  for (const { value } of matcher(folded)) {
    const applies =
      value.commands.length === 0 || (question.command !== null && value.commands.includes(question.command));
    if (applies && (!best || value.rank < best.rank)) best = value;
  }
  return best && (best.certain ? best.reason : refine(best.reason, question));
}

/** What the refused command, or its code, makes of the words. */
function refine(reason: Reason, { status, command, program }: ReasonQuestion): Reason {
  if (reason === "userunknown") {
    if (program) return "mailererror";
    if (status && /^\d\.1\.[78]$/.test(status)) return "rejected";
    if (status && /^\d\.1\.\d/.test(status)) return "userunknown";
    if (command === "RCPT") return "userunknown";
    if (command === "MAIL") return "rejected";
    if (status === "5.2.1" && command === null) return "suspend";
    return "filtered";
  }
  if (reason === "hostunknown")
    return command === "MAIL" ? "rejected" : command === "HELO" || command === "CONN" ? "blocked" : reason;
  if (reason === "mesgtoobig" && status?.endsWith(".2.3")) return "exceedlimit";
  if (reason === "exceedlimit" && status?.endsWith(".3.4")) return "mesgtoobig";
  return reason;
}

/** A refusal of the sender's name or of the connection says what it is about, even without known words. */
function byCommand({ command, texts }: ReasonQuestion): Reason | undefined {
  if (!texts[0]?.trim()) return undefined;
  if (command === "MAIL") return "rejected";
  if (command === "CONN" || command === "HELO") return "blocked";
  return undefined;
}

/** Writing to the address again cannot work, whoever sends. */
export function isBadAddress(reason: Reason, permanence: Permanence): boolean {
  return (
    permanence !== "temporary" && ["userunknown", "hasmoved", "hostunknown", "notaccept"].includes(reason)
  );
}
