/** What became of each DKIM signature (RFC 6376), in plain words. */
import type { DKIMResult } from "mailauth";
import type { DkimCause, DkimReport, DkimResult, MessageForm } from "./report.ts";
import { isResult } from "./result-words.ts";

export interface SignatureResults {
  /** With the body; null where none is given. */
  readonly whole: DKIMResult | null;
  /** Without the body. */
  readonly headers: DKIMResult;
}

/** A signature's fate before its reason is looked into further. */
export interface Judged {
  readonly result: DkimResult;
  readonly cause: DkimCause | null;
  readonly reason: string | null;
}

const MALFORMED: Readonly<Record<string, string>> = {
  "unknown algorithm": "its algorithm is not one that DKIM knows",
  "unknown canonicalization": "its canonicalization is not one that DKIM knows",
  "signature missing required tag": "it lacks a required tag",
  "signature syntax error": "its tags are not written by the rules",
  "incompatible version": "its version is not 1",
  "domain mismatch": "its i= is not of the signing domain",
  "From field not signed": "it does not cover the From field",
};

const KEY_FAULTS: Readonly<Record<string, string>> = {
  "unknown key version": "the published key has a version that is not known",
  "unknown key type": "the published key is of a type that is not known",
  "invalid public key": "the published key cannot be read, or has been revoked",
  "inappropriate hash algorithm": "the published key does not allow this hash algorithm",
  "inappropriate key algorithm": "the published key is of another kind than the signature",
  "key not for email": "the published key is not meant for mail",
};

/** @param form tells whether a body that does not fit was changed, or need not be what was sent */
export function judgeSignature({ whole, headers }: SignatureResults, form: MessageForm): Judged {
  const comment = headers.status.comment ?? "";
  const name = `${headers.selector}._domainkey.${headers.signingDomain}`;
  const plain = (result: DkimResult, cause: DkimCause, reason: string): Judged => ({ result, cause, reason });
  const word = isResult(headers.status.result) ? headers.status.result : "neutral";
  if (word === "temperror") return plain("temperror", "dns", `the key at ${name} could not be looked up`);
  if (comment === "no key")
    return plain(
      "neutral",
      "key-gone",
      `there is no key at ${name} any more (or there never was): the signature cannot be verified`,
    );
  const keyFault = KEY_FAULTS[comment];
  if (keyFault) return plain("neutral", "key-unusable", `${keyFault} (${name})`);
  if (word === "policy") return plain("policy", "weak", weakness(headers));
  if (whole?.status.result === "pass" && word === "pass")
    return { result: "pass", cause: null, reason: partly(whole) };
  const bodyFits = whole !== null && whole.bodyHash === whole.bodyHashExpecting;
  if (comment === "expired" || comment === "invalid expiration")
    return plain("neutral", "expired", expiry(headers, bodyFits || whole === null));
  if (word === "neutral")
    return plain("neutral", "malformed", MALFORMED[comment] ?? (comment || "it cannot be processed"));
  if (!bodyFits && form !== "message") return bodyNotGiven(form, word === "pass");
  if (word === "pass")
    return plain(
      "fail",
      "body-changed",
      "the body was changed after signing; the signed header fields are as they were",
    );
  return bodyFits
    ? plain(
        "fail",
        "headers-changed",
        "the body is as it was signed, but the signature does not fit the signed header fields: one was changed, or it was made with another key",
      )
    : plain(
        "fail",
        "both-changed",
        "neither the body nor the signed header fields fit the signature: both were changed, or it was made for another message",
      );
}

function bodyNotGiven(form: MessageForm, headersHold: boolean): Judged {
  const why = {
    headers: "only header fields are given, so the body could not be checked",
    msg: "Outlook's file does not keep the body as it was sent, so it could not be checked",
    pasted: "a pasted body is not the one that was sent, byte by byte, so it could not be checked",
    cut: "the message is longer than is read, so its body could not be checked",
    message: "the body could not be checked",
  }[form];
  const fields = headersHold
    ? "the signature over the header fields holds"
    : "the signed header fields do not fit as they are given, which copying alone can do";
  return { result: "neutral", cause: "body-not-given", reason: `${why}; ${fields}` };
}

function partly({ status, canonBodyLengthLimit }: DKIMResult): string | null {
  const open = status.underSized ?? 0;
  return open > 0
    ? `it covers only the first ${canonBodyLengthLimit ?? 0} octets of the body (l=); the last ${open} can be anybody's`
    : null;
}

function weakness({ algo, modulusLength }: DKIMResult): string {
  if (/sha1/i.test(algo ?? "")) return `it is made with ${algo}, which no longer counts (RFC 8301)`;
  return `its key is too short to count (RFC 8301)${modulusLength ? `: ${modulusLength} bits` : ""}`;
}

function expiry({ expiresAfter }: DKIMResult, intact: boolean): string {
  const when = expiresAfter ? ` on ${expiresAfter.slice(0, 10)}` : "";
  return intact
    ? `it expired${when} (x=); until then it would have passed`
    : `it expired${when} (x=), and the body was changed after signing`;
}

/** A report without its alignment, which DMARC decides. */
export function dkimReport(
  { whole, headers }: SignatureResults,
  { result, cause, reason }: Judged,
  aligned: boolean,
): DkimReport {
  return {
    selector: headers.selector || null,
    domain: headers.signingDomain?.toLowerCase() || null,
    result,
    aligned,
    reason,
    cause,
    algorithm: headers.algo ?? null,
    unsignedOctets: whole?.status.underSized ?? 0,
  };
}
