/** SPF of a message (RFC 7208): for which domain it was asked, and what became of it. */
import type { SPFResult } from "mailauth";
import type { HeaderField } from "./header-fields.ts";
import { valuesOf } from "./header-fields.ts";
import type { ReceivedLine } from "./received.ts";
import type { Client, SpfReport, SpfResult } from "./report.ts";

/** The envelope sender. `""` is the empty one (`<>`), null: nothing tells it. */
export interface Envelope {
  readonly sender: string | null;
}

const WORDS: ReadonlySet<string> = new Set<SpfResult>([
  "none",
  "neutral",
  "pass",
  "fail",
  "softfail",
  "temperror",
  "permerror",
]);

function isSpfResult(word: string): word is SpfResult {
  return WORDS.has(word);
}

/** Return-Path, which the last server writes, else what the border server noted beside its Received line. */
export function envelopeOf(fields: readonly HeaderField[], border: ReceivedLine | null): Envelope {
  const [returnPath] = valuesOf(fields, "return-path");
  if (returnPath !== undefined) {
    const sender = /<([^<>]{0,320})>/.exec(returnPath)?.[1] ?? returnPath;
    return { sender: sender.trim() };
  }
  return { sender: border?.envelopeFrom ?? null };
}

/** @param result null where it could not be asked */
export function spfReport(
  result: SPFResult | null,
  client: Client | null,
  { sender }: Envelope,
): Omit<SpfReport, "aligned"> {
  const fromSender = sender?.includes("@") === true;
  const identity = fromSender ? "mailfrom" : sender === "" && client?.helo ? "helo" : null;
  const byName = identity === "helo" ? (client?.helo ?? null) : null;
  const named = fromSender ? sender.slice(sender.lastIndexOf("@") + 1).toLowerCase() : byName;
  if (result === null) {
    const reason =
      client === null
        ? "the address of the server that handed the message over is not known; give it as ip=ADDRESS"
        : "the envelope sender is not known (there is no Return-Path)";
    return { result: client === null ? "temperror" : "none", domain: named, identity, client, reason };
  }
  const word = isSpfResult(result.status.result) ? result.status.result : "temperror";
  const domain = identity === null ? null : result.domain.toLowerCase();
  return {
    result: word,
    domain,
    identity,
    client,
    reason: reasonOf(word, domain, client, result.status.comment),
  };
}

function reasonOf(
  result: SpfResult,
  domain: string | null,
  client: Client | null,
  comment: string | undefined,
): string | null {
  const address = client?.address ?? "the server";
  switch (result) {
    case "pass":
      return null;
    case "fail":
      return `${domain} does not allow ${address} to send for it`;
    case "softfail":
      return `${domain} says that ${address} probably may not send for it (~all)`;
    case "neutral":
      return `${domain} does not say whether ${address} may send for it (?all, or no term fits)`;
    case "none":
      return domain === null ? "no domain is known to ask about" : `${domain} has no SPF record`;
    case "permerror":
      return `the SPF record of ${domain} is broken${detail(comment)}`;
    case "temperror":
      return `the records of ${domain} could not be looked up${detail(comment)}`;
  }
}

/** The end of mailauth's comment: `HOST: error in processing during lookup of ADDRESS: DNS timeout`. */
function detail(comment = ""): string {
  const last = comment.slice(comment.lastIndexOf(": ") + 1).trim();
  return last === "" ? "" : `: ${last}`;
}
