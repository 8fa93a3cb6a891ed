/** DMARC of a message (RFC 9989): which domain passed, which was needed, and whether that can be known. */
import { getDomain } from "tldts";
import type { DmarcEvaluation } from "./mailauth-parts.ts";
import type { DmarcReport } from "./report.ts";

/** `open`: it did not pass, and whether it would have is not known. */
export interface Authenticated {
  readonly domain: string;
  readonly passes: boolean;
  readonly open: boolean;
  readonly unsignedOctets: number;
}

interface EvaluatedPart {
  readonly headerFrom: string[];
  readonly fromFields: number;
  readonly spfDomains: string[];
  readonly dkimDomains: { domain: string; underSized?: number }[];
}

export interface DmarcQuestion {
  readonly headerFrom: string[];
  readonly fromFields: number;
  /** `domain` is null where nothing tells the envelope sender. */
  readonly spf: { readonly domain: string | null; readonly passes: boolean; readonly open: boolean };
  readonly signatures: readonly Authenticated[];
  evaluate(part: EvaluatedPart): Promise<DmarcEvaluation>;
}

export interface DmarcJudgement {
  readonly report: DmarcReport;
  readonly response: Exclude<DmarcEvaluation["response"], false> | null;
  /** Whether a domain is aligned with the From domain, whether or not it passed. */
  isAligned(domain: string, by: "spf" | "dkim"): boolean;
}

export async function judgeDmarc(question: DmarcQuestion): Promise<DmarcJudgement> {
  const { headerFrom, fromFields, spf, signatures, evaluate } = question;
  const author = { headerFrom, fromFields };
  const fromDomain = domainOf(headerFrom[0]);
  const passing = signatures.filter(({ passes }) => passes);
  const actual = await evaluate({
    ...author,
    spfDomains: spf.passes && spf.domain ? [spf.domain] : [],
    dkimDomains: passing.map(({ domain, unsignedOctets }) => ({ domain, underSized: unsignedOctets })),
  });
  const { response } = actual;
  if (!response) return withoutAuthor(headerFrom, fromFields, actual.reason);
  // The same question as if everything passed: which domains are aligned, and whether what is open could decide.
  const named = spf.domain === null ? [] : [spf.domain];
  const all = await evaluate({
    ...author,
    spfDomains: named,
    dkimDomains: signatures.map(({ domain }) => ({ domain })),
  });
  const spfAligned = (domain: string) =>
    all.response !== false && all.response.alignment?.spf.result === domain;
  const open = await couldPass(question, fromDomain);
  const known = isPolicyKnown(response.status.result);
  const isAligned = (domain: string, by: "spf" | "dkim") => {
    if (!known) return sameRegistrable(domain, fromDomain);
    return by === "spf" ? spfAligned(domain) : (all.dkimAligned?.has(normal(domain)) ?? false);
  };
  const failed = response.status.result === "fail";
  const result = failed && open ? "temperror" : wordOf(response.status.result);
  const report: DmarcReport = {
    result,
    policy: known ? policyOf(response.policy) : null,
    domain: fromDomain || null,
    policyDomain: response.policyDomain ?? null,
    record: response.rr ?? null,
    alignment: {
      spf: response.alignment?.spf.strict ? "strict" : "relaxed",
      dkim: response.alignment?.dkim.strict ? "strict" : "relaxed",
    },
    reason: reasonOf(result, failed && open, fromDomain),
  };
  return { report, response, isAligned };
}

async function couldPass(
  { headerFrom, fromFields, spf, signatures, evaluate }: DmarcQuestion,
  fromDomain: string,
): Promise<boolean> {
  const spfDomains = spf.open ? [spf.domain ?? fromDomain] : [];
  const dkimDomains = signatures.filter(({ open }) => open).map(({ domain }) => ({ domain }));
  if (spfDomains.length === 0 && dkimDomains.length === 0) return false;
  const { response } = await evaluate({ headerFrom, fromFields, spfDomains, dkimDomains });
  return response !== false && response.status.result === "pass";
}

function withoutAuthor(headerFrom: readonly string[], fromFields: number, reason = ""): DmarcJudgement {
  const why =
    headerFrom.length === 0
      ? "there is no From address"
      : fromFields > 1
        ? "there are several From fields"
        : `the From field names no one domain${reason ? ` (${reason})` : ""}`;
  const report: DmarcReport = {
    result: "permerror",
    policy: null,
    domain: null,
    policyDomain: null,
    record: null,
    alignment: { spf: "relaxed", dkim: "relaxed" },
    reason: `DMARC cannot be evaluated: ${why}`,
  };
  return { report, response: null, isAligned: () => false };
}

function reasonOf(result: DmarcReport["result"], open: boolean, fromDomain: string): string | null {
  if (open) return "what would decide could not be checked";
  if (result === "temperror") return `the DMARC record of ${fromDomain} could not be looked up`;
  if (result === "none") return `${fromDomain} has no DMARC record`;
  return null;
}

function wordOf(result: string): DmarcReport["result"] {
  return result === "pass" || result === "fail" || result === "none" || result === "permerror"
    ? result
    : "temperror";
}

function isPolicyKnown(result: string): boolean {
  return result === "pass" || result === "fail";
}

function policyOf(policy: string): DmarcReport["policy"] {
  return policy === "none" || policy === "quarantine" || policy === "reject" ? policy : null;
}

function sameRegistrable(one: string, other: string): boolean {
  const [a, b] = [normal(one), normal(other)];
  return a !== "" && (a === b || (getDomain(a) !== null && getDomain(a) === getDomain(b)));
}

function normal(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, "");
}

function domainOf(address = ""): string {
  return normal(address.slice(address.lastIndexOf("@") + 1));
}
