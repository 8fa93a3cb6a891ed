/** What is learned of one message. Results are in the words of RFC 8601 §2.7; `temperror` also where something is not given. */
import type { Finding } from "../domain/finding.ts";

export type SpfResult = "none" | "neutral" | "pass" | "fail" | "softfail" | "temperror" | "permerror";
export type DkimResult = "none" | "pass" | "fail" | "policy" | "neutral" | "temperror" | "permerror";
export type DmarcResult = "none" | "pass" | "fail" | "temperror" | "permerror";
/** `neutral`: there is a chain, and the body that it covers is not given. */
export type ArcResult = "none" | "pass" | "fail" | "neutral" | "temperror";

/** `yes` only when DMARC passes; `unknown`: could not be checked. */
export type Trusted = "yes" | "no" | "unknown";

/**
 * How much of the message is given. `message`: all of it, octet by octet; `pasted`: a text that somebody copied, whose body
 * need not be what was sent; `headers`: header fields only; `msg`: an Outlook file, which keeps the fields and not the body as
 * it was sent; `cut`: a message longer than is read.
 */
export type MessageForm = "message" | "pasted" | "headers" | "msg" | "cut";

export interface SpfReport {
  readonly result: SpfResult;
  /** The domain that was asked: of the envelope sender, or the HELO name where that is empty; null: not known. */
  readonly domain: string | null;
  readonly aligned: boolean;
  readonly identity: "mailfrom" | "helo" | null;
  readonly client: Client | null;
  /** Why it ended so, as a sentence without its full stop; null where nothing is to be added. Holds outside text. */
  readonly reason: string | null;
}

/** The server that handed the message over to the receiver. */
export interface Client {
  readonly address: string;
  readonly helo: string | null;
  /** `given` by the asker, or taken from the `received` field of the receiver's border server. */
  readonly from: "given" | "received";
}

/** What a signature's failure comes from, as far as that can be known. */
export type DkimCause =
  | "body-changed"
  | "headers-changed"
  | "both-changed"
  | "key-gone"
  | "key-unusable"
  | "body-not-given"
  | "expired"
  | "weak"
  | "malformed"
  | "dns";

export interface DkimReport {
  readonly selector: string | null;
  readonly domain: string | null;
  readonly result: DkimResult;
  readonly aligned: boolean;
  /** Plain words without a full stop; null for a signature that passes and covers all. Holds outside text. */
  readonly reason: string | null;
  readonly cause: DkimCause | null;
  readonly algorithm: string | null;
  /** Octets of the body that the signature's l= leaves open to change; 0 where it covers all. */
  readonly unsignedOctets: number;
}

export interface DmarcReport {
  readonly result: DmarcResult;
  /** The policy that receivers apply to this From domain; null: none, or not known. */
  readonly policy: "none" | "quarantine" | "reject" | null;
  /** The From domain. */
  readonly domain: string | null;
  /** Where the record stands that applies; null: nowhere, or not known. */
  readonly policyDomain: string | null;
  readonly record: string | null;
  readonly alignment: { readonly spf: "relaxed" | "strict"; readonly dkim: "relaxed" | "strict" };
  readonly reason: string | null;
}

export interface ArcReport {
  readonly result: ArcResult;
  /** The domain of each seal, the oldest first. */
  readonly sealers: readonly string[];
  readonly reason: string | null;
}

export interface BimiReport {
  readonly result: "none" | "pass" | "fail" | "skipped" | "temperror";
  readonly reason: string | null;
}

/** A server's own trace line (RFC 5321 §4.4). Names are lower case without their final dot; all of it is outside text. */
export interface Hop {
  /** What the client called itself. */
  readonly from: string | null;
  /** The client's name by its address, as the server looked it up. */
  readonly reverseName: string | null;
  readonly address: string | null;
  readonly by: string | null;
  readonly protocol: string | null;
  /** Whether the hand-over was encrypted, as the line says; null: it does not say how it came. */
  readonly tls: boolean | null;
  /** ISO 8601 in UTC. */
  readonly at: string | null;
  /** Since the hop before; negative where clocks disagree; null where a time is missing. */
  readonly delaySeconds: number | null;
}

/** What a receiver says of the message in a field of its own: its claim, which nobody can check. */
export interface Claim {
  /** The server that says so; null where it does not name itself. */
  readonly host: string | null;
  readonly method: string;
  readonly result: string;
  readonly domain: string | null;
  /** The field that holds it, such as `Authentication-Results`. */
  readonly field: string;
  /** What it means in plain words; null where the result speaks for itself. */
  readonly meaning: string | null;
}

export interface MessageReport {
  readonly form: MessageForm;
  /** The From address; null where there is none. */
  readonly from: string | null;
  readonly subject: string | null;
  readonly trusted: Trusted;
  readonly spf: SpfReport;
  readonly dkim: readonly DkimReport[];
  readonly dmarc: DmarcReport;
  readonly arc: ArcReport;
  readonly bimi: BimiReport;
  /** The oldest first. */
  readonly trail: readonly Hop[];
  readonly claims: readonly Claim[];
  readonly findings: readonly Finding[];
}
