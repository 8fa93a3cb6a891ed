/**
 * Why a message was refused, from what the server said: phrases first, then the enhanced status code, then the
 * circumstances. Sisimai's vocabulary and its distinctions: a "user unknown" that comes only after the data is `filtered`.
 */
import { loadReasonRules } from "./data.ts";
import { compilePhrase, fold, type Phrase } from "./phrases.ts";
import type { BounceCategory, Permanence, Reason, SmtpCommand } from "./report.ts";

export interface ReasonQuestion {
  /** What the server said and what the notification says about it. */
  readonly text: string;
  readonly status: string | null;
  readonly replyCode: string | null;
  readonly command: SmtpCommand | null;
}

interface Rule {
  reason: Reason;
  phrase: Phrase;
  commands: readonly SmtpCommand[];
}

let strong: Rule[] | undefined;

function rules(): Rule[] {
  strong ??= loadReasonRules().reasons.flatMap(({ reason, phrases, commands }) =>
    phrases.map((phrase) => ({ reason, phrase: compilePhrase(phrase), commands })),
  );
  return strong;
}

/** The reason, or `onhold` when the text gives none that is known and `undefined` when it gives nothing at all. */
export function decideReason({ text, status, replyCode, command }: ReasonQuestion): Reason {
  const folded = fold(text.slice(0, 4000));
  const said = rules().find(
    ({ phrase, commands }) =>
      (commands.length === 0 || (command && commands.includes(command))) && phrase.find(folded),
  )?.reason;
  if (said) return refine(said, status, replyCode, command);
  const byStatus = status ? loadReasonRules().statusReasons[status.slice(2)] : undefined;
  if (byStatus) return byStatus;
  if (command === "MAIL") return "rejected";
  if (command === "CONN" || command === "HELO") return "blocked";
  if (status?.startsWith("4.") || replyCode?.startsWith("4")) return folded ? "onhold" : "expired";
  return folded.trim() || status ? "onhold" : "undefined";
}

function refine(
  said: Reason,
  status: string | null,
  replyCode: string | null,
  command: SmtpCommand | null,
): Reason {
  if (said === "userunknown") {
    if (status && /^\d\.1\.\d/.test(status) && !/\.351$/.test(status)) return "userunknown";
    if (command === "RCPT") return "userunknown";
    if (command === "DATA" || command === "EOD") return "filtered";
    if (command === "MAIL") return "rejected";
    if (replyCode && (!status || /^\d\.[02]\.\d$/.test(status)))
      return status === "5.2.1" ? "suspend" : "filtered";
  }
  if (said === "hostunknown" && command === "MAIL") return "rejected";
  if (said === "mesgtoobig" && status === "5.2.3") return "exceedlimit";
  return said;
}

const CATEGORY: Record<Reason, BounceCategory> = {
  userunknown: "address",
  hasmoved: "address",
  filtered: "address",
  suspend: "address",
  mailboxfull: "mailbox-full",
  hostunknown: "host",
  notaccept: "host",
  networkerror: "network",
  expired: "network",
  rejected: "reputation",
  blocked: "reputation",
  badreputation: "reputation",
  requireptr: "reputation",
  authfailure: "authentication",
  norelaying: "relay",
  spamdetected: "content",
  virusdetected: "content",
  contenterror: "content",
  notcompliantrfc: "content",
  policyviolation: "policy",
  securityerror: "policy",
  failedstarttls: "policy",
  exceedlimit: "size",
  mesgtoobig: "size",
  speeding: "rate",
  toomanyconn: "rate",
  systemerror: "system",
  systemfull: "system",
  mailererror: "system",
  syntaxerror: "system",
  delivered: "unknown",
  feedback: "unknown",
  vacation: "unknown",
  onhold: "unknown",
  undefined: "unknown",
};

export function categoryOf(reason: Reason): BounceCategory {
  return CATEGORY[reason];
}

/** Writing to the address again cannot work, whoever sends. */
export function isBadAddress(reason: Reason, permanence: Permanence): boolean {
  return (
    permanence !== "temporary" && ["userunknown", "hasmoved", "hostunknown", "notaccept"].includes(reason)
  );
}
