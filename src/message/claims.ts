/** What receivers say of a message in fields of their own. Claims, not proofs: anybody can write such a field. */
import {
  type AuthenticationResults,
  domainIn,
  domainOfResult,
  type MethodResult,
  readAuthenticationResults,
} from "./authentication-results.ts";
import type { HeaderField } from "./header-fields.ts";
import { loadReceiverWords, type ReceiverWords, wordFor } from "./receiver-words.ts";
import type { Claim } from "./report.ts";
import { readSpamField } from "./spam-claims.ts";

const MAX_FIELDS = 40;
const MAX_CLAIMS = 80;

const RESULT_FIELDS: ReadonlySet<string> = new Set([
  "authentication-results",
  "arc-authentication-results",
  "authentication-results-original",
  "x-authentication-results",
  "x-original-authentication-results",
  "x-google-original-authentication-results",
]);

/** All claims, in the order of their fields: the topmost was written last. */
export async function readClaims(fields: readonly HeaderField[]): Promise<Claim[]> {
  const words = await loadReceiverWords();
  const checker = spamChecker(fields);
  const claims: Claim[] = [];
  let read = 0;
  for (const field of fields) {
    if (claims.length >= MAX_CLAIMS || read >= MAX_FIELDS) break;
    const found = claimsOf(field, words, checker);
    if (found.length > 0) read += 1;
    claims.push(...found);
  }
  return claims.slice(0, MAX_CLAIMS);
}

function claimsOf(field: HeaderField, words: ReceiverWords, checker: string | null): Claim[] {
  if (RESULT_FIELDS.has(field.key))
    return fromResults(field.name, readAuthenticationResults(field.value), words);
  if (field.key === "received-spf") return fromReceivedSpf(field);
  return readSpamField(field, words, checker);
}

function fromResults(field: string, { host, results }: AuthenticationResults, words: ReceiverWords): Claim[] {
  return results.map((result) => ({
    host,
    method: result.method,
    result: result.result,
    domain: domainOfResult(result),
    field,
    meaning: meaningOf(result, words),
  }));
}

function meaningOf(result: MethodResult, words: ReceiverWords): string | null {
  if (result.method === "compauth") return compositeMeaning(result.reason ?? "", words);
  const action = result.properties.get("action");
  const parts = [
    result.reason,
    result.comment,
    action && action !== "none" ? `the receiver's action: ${action}` : null,
  ].filter((part) => part !== null && part !== "");
  return parts.length > 0 ? parts.join("; ").slice(0, 300) : null;
}

/** Microsoft's own sum of all signs. */
function compositeMeaning(reason: string, { microsoft }: ReceiverWords): string | null {
  const known =
    wordFor(microsoft.compositeReasons, reason) ??
    (/^\d{3}$/.test(reason) ? wordFor(microsoft.compositeReasonGroups, reason.slice(0, 1)) : null);
  return known === null ? null : `reason ${reason}: ${known}`;
}

/** RFC 7208 §9.1: `pass (HOST: words) client-ip=…; envelope-from=…; receiver=…`. */
function fromReceivedSpf({ name, value }: HeaderField): Claim[] {
  const result = /^\s*([A-Za-z]{4,9})\b/.exec(value)?.[1]?.toLowerCase();
  if (result === undefined) return [];
  const comment = /\(([^()]{1,500})\)/.exec(value)?.[1] ?? "";
  const pair = (key: string) =>
    new RegExp(`(?:^|[\\s;])${key}\\s{0,3}=\\s{0,3}"?<?([^\\s;">]{1,320})`, "i").exec(value)?.[1] ?? "";
  const host = domainIn(pair("receiver")) ?? domainIn(/^([\w.-]{1,253}):/.exec(comment)?.[1] ?? "");
  const named = /\bdomain of (?:transitioning )?([^\s]{1,320})/i.exec(comment)?.[1] ?? "";
  const helo = /^helo$/i.test(pair("identity")) ? domainIn(pair("helo")) : null;
  const domain = helo ?? domainIn(pair("envelope-from")) ?? domainIn(named) ?? domainIn(pair("helo"));
  return [{ host, method: "spf", result, domain, field: name, meaning: comment.trim() || null }];
}

/** SpamAssassin names itself in a field beside its verdict: `… on mail.example.org`. */
function spamChecker(fields: readonly HeaderField[]): string | null {
  const version = fields.find(({ key }) => key === "x-spam-checker-version")?.value ?? "";
  return /\bon ([\w.-]{1,253})\s*$/.exec(version)?.[1]?.toLowerCase() ?? null;
}
