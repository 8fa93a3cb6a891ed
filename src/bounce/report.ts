/** What a bounce says, as plain data. Nothing here is invented: what the text does not hold is `null`. */

/** `none`: the text is no notification about a message's delivery. */
export type BounceKind = "bounce" | "delay" | "delivered" | "auto-reply" | "feedback" | "none";

/** Why a message was not delivered, in Sisimai's vocabulary. */
export const reasons = [
  "userunknown",
  "hasmoved",
  "filtered",
  "mailboxfull",
  "suspend",
  "hostunknown",
  "networkerror",
  "expired",
  "notaccept",
  "rejected",
  "blocked",
  "badreputation",
  "requireptr",
  "authfailure",
  "norelaying",
  "spamdetected",
  "virusdetected",
  "contenterror",
  "policyviolation",
  "securityerror",
  "notcompliantrfc",
  "exceedlimit",
  "mesgtoobig",
  "speeding",
  "toomanyconn",
  "systemerror",
  "systemfull",
  "mailererror",
  "syntaxerror",
  "failedstarttls",
  "delivered",
  "feedback",
  "vacation",
  "onhold",
  "undefined",
] as const;
export type Reason = (typeof reasons)[number];

/** The few causes that an answer tells apart; each reason belongs to one. */
export type BounceCategory =
  | "address"
  | "mailbox-full"
  | "host"
  | "network"
  | "reputation"
  | "authentication"
  | "relay"
  | "content"
  | "policy"
  | "size"
  | "rate"
  | "system"
  | "unknown";

export type Permanence = "permanent" | "temporary" | "unknown";

/** RFC 3464 §2.3.3. */
export type Action = "failed" | "delayed" | "delivered" | "relayed" | "expanded";

/** The SMTP command that a reply answers; `CONN` is the greeting, `EOD` the end of the data. */
export type SmtpCommand = "CONN" | "HELO" | "STARTTLS" | "AUTH" | "MAIL" | "RCPT" | "DATA" | "EOD";

/** How sure a statement is: `high` from fields made for programs, `medium` from known wording, `low` from circumstances. */
export type Confidence = "high" | "medium" | "low";

/** The line of the text that a field was read from. */
export interface Evidence {
  readonly field:
    | "address"
    | "status"
    | "replyCode"
    | "action"
    | "diagnostic"
    | "reason"
    | "remoteHost"
    | "retryUntil";
  readonly text: string;
}

export interface BouncedRecipient {
  /** The address that failed, as the text writes it; `null` when no address is named. */
  readonly address: string | null;
  /** The address that the sender wrote, where it was forwarded or rewritten to `address`. */
  readonly originalAddress: string | null;
  readonly action: Action | null;
  /** The RFC 3463 code, such as `5.1.1`. */
  readonly status: string | null;
  /** The three-digit code of RFC 5321 §4.2, such as `550`. */
  readonly replyCode: string | null;
  readonly reason: Reason;
  readonly category: BounceCategory;
  readonly permanence: Permanence;
  /** The address itself is bad: writing to it again cannot work, whoever sends. */
  readonly badAddress: boolean;
  /** The SMTP command that was refused. */
  readonly command: SmtpCommand | null;
  /** The server that gave the diagnostic. */
  readonly remoteHost: string | null;
  /** A provider slug of `providers.yaml`, by the remote host or the reply's own marks. */
  readonly provider: string | null;
  /** What the server said, on one line. */
  readonly diagnostic: string | null;
  /** Until when delivery is still being tried, as the text writes it. */
  readonly retryUntil: string | null;
  readonly evidence: readonly Evidence[];
  readonly confidence: Confidence;
}

/** Facts of the message that bounced, from its returned copy or headers. */
export interface OriginalMessage {
  readonly from: string | null;
  readonly to: string | null;
  /** Whom the message was for by its trace, where there is no To field. */
  readonly envelopeTo: string | null;
  readonly subject: string | null;
  readonly messageId: string | null;
  /** As the header writes it. */
  readonly date: string | null;
  readonly returnPath: string | null;
  /** The host and IP address that handed it to the server which returned it, by the topmost Received field. */
  readonly sendingHost: string | null;
  readonly sendingAddress: string | null;
  /** Results of Authentication-Results (RFC 8601): `{method: "spf", result: "pass", domain: "example.org"}`. */
  readonly authentication: readonly { method: string; result: string; domain: string | null }[];
  readonly dkimSelectors: readonly { domain: string; selector: string }[];
}

/** What the notification's text names, each once, in order. */
export interface Named {
  readonly addresses: readonly string[];
  readonly domains: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Zones or names of blocklists, such as `zen.spamhaus.org`. */
  readonly blocklists: readonly string[];
  readonly urls: readonly string[];
}

export interface BounceReport {
  readonly kind: BounceKind;
  /** The product or service that wrote the notification, where its wording shows it. */
  readonly product: string | null;
  readonly recipients: readonly BouncedRecipient[];
  /** The server that reports (Reporting-MTA, "Generating server"). */
  readonly reportingHost: string | null;
  readonly original: OriginalMessage | null;
  readonly named: Named;
  readonly confidence: Confidence;
  /** True when the input was longer than is read. */
  readonly truncated: boolean;
}
