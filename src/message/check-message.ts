/** Answers "why was this message (not) trusted?" for one message. */
import { readableValue } from "../bounce/mime.ts";
import type { Resolver } from "../dns/index.ts";
import type { Finding, Severity } from "../domain/finding.ts";
import { authenticationFindings } from "./authentication-findings.ts";
import { readClaims } from "./claims.ts";
import { borderLine, clientOf } from "./client.ts";
import { valuesOf } from "./header-fields.ts";
import { type MessageInput, type NoMessage, readInput } from "./input.ts";
import { findMismatches } from "./mismatches.ts";
import { peopleOf } from "./people.ts";
import { readReceived, trailOf } from "./received.ts";
import type { DmarcReport, MessageReport, Trusted } from "./report.ts";
import { envelopeOf } from "./spf.ts";
import { trailFindings } from "./trail-findings.ts";

export interface CheckMessageOptions {
  /** Caches; asked for SPF, keys and policies. */
  readonly resolver: Resolver;
  /** Aborts at the deadline: what DNS has not told by then is `temperror`. */
  readonly signal: AbortSignal;
  /** The address of the server that handed the message over, where the asker knows it better than its Received lines. */
  readonly ip?: string | null;
}

/**
 * Authenticates a message and reads its trail and what receivers wrote into it.
 * @param content a file's bytes (`.eml`, `.msg`), or text as a person pasted it: full headers, with or without the body
 * @returns the report, or why there is no message to check. Never throws for what the content holds or DNS does.
 */
export async function checkMessage(
  content: Uint8Array | string,
  { resolver, signal, ip = null }: CheckMessageOptions,
): Promise<MessageReport | NoMessage> {
  const input = await readInput(content);
  if ("problem" in input) return input;
  const { fields } = input;
  const lines = readReceived(valuesOf(fields, "received"));
  const trail = trailOf(lines);
  const envelope = envelopeOf(fields, borderLine(lines));
  const client = clientOf(lines, ip);
  const { authenticateMessage } = await import("./authenticate.ts");
  const [claims, authentication] = await Promise.all([
    readClaims(fields),
    authenticateMessage(input, { resolver, signal, client, envelope }),
  ]);
  const people = peopleOf(fields);
  const { sender } = envelope;
  const envelopeDomain = sender?.includes("@")
    ? sender.slice(sender.lastIndexOf("@") + 1).toLowerCase()
    : null;
  const subject = valuesOf(fields, "subject")[0];
  return {
    form: input.form,
    from: people.from[0]?.address || null,
    subject: subject === undefined ? null : readableValue(subject).slice(0, 300),
    trusted: trustedBy(authentication.dmarc),
    ...authentication,
    trail,
    claims,
    findings: bySeverity([
      ...authenticationFindings(authentication),
      ...findMismatches({ fields, people, envelopeDomain }),
      ...trailFindings(trail),
      ...sizeFindings(input),
    ]),
  };
}

function trustedBy({ result }: DmarcReport): Trusted {
  if (result === "pass") return "yes";
  return result === "temperror" ? "unknown" : "no";
}

function sizeFindings({ dropped, form }: MessageInput): Finding[] {
  const left = dropped > 0 ? [`${dropped} header fields were left out`] : [];
  const cut = form === "cut" ? ["only the first 10 MiB were read"] : [];
  const evidence = [...left, ...cut].join("; ");
  if (evidence === "") return [];
  return [
    {
      id: "message.too-large",
      severity: "unknown",
      evidence,
      reference: "RFC 5321 §4.5.3",
      why: "The message is larger than is read here, so signatures over all of it cannot be checked.",
      fix: null,
    },
  ];
}

const ORDER: readonly Severity[] = ["problem", "warning", "unknown", "advice"];

function bySeverity(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
}
