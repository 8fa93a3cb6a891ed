/**
 * DKIM keys (RFC 6376). A domain's selectors cannot be listed from outside: the given ones and those that mail services commonly
 * use are tried, all at once, beside a name that nobody has, which shows a wildcard.
 */
import { createHash } from "node:crypto";
import { type DnsOutcome, presence, type Resolver } from "../dns/index.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { dkimFindings } from "./dkim-findings.ts";
import { type DkimKey, isForMail, looksLikeKey, readDkimKey } from "./dkim-key.ts";
import { unansweredEvidence } from "./finding.ts";
import { loadMailServices, type MailServices, serviceOf } from "./mail-services.ts";

export interface DkimSelector {
  readonly selector: string;
  /** The full name of the record. */
  readonly name: string;
  /** Whether the asker named it. */
  readonly given: boolean;
  /** The names that CNAMEs lead through. */
  readonly cnames: readonly string[];
  /** The mail service that the CNAME leads to. */
  readonly service: string | null;
  /** Each record that is a key or was meant as one; none where a CNAME leads nowhere or a given selector has none. */
  readonly keys: readonly DkimKey[];
  /** `missing`: nothing there; `dangling`: a CNAME that leads nowhere. */
  readonly state: "found" | "missing" | "dangling";
}

export interface DkimRecords {
  /** What was found, and given selectors also where nothing was. */
  readonly selectors: readonly DkimSelector[];
  /** How many selectors were asked for. */
  readonly tried: number;
  /** The texts that any name below `_domainkey` answers with; null: no wildcard, or could not be checked. */
  readonly wildcard: readonly string[] | null;
  /** Whether names exist below `_domainkey`: false is a hint only, since some servers say so wrongly; null: not known. */
  readonly namesBelow: boolean | null;
  readonly unanswered: readonly string[];
}

/** Audits the DKIM keys that can be found. */
export async function checkDkim(context: CheckContext): Promise<CheckResult<DkimRecords>> {
  const { domain, resolver } = context;
  const services = await loadMailServices();
  const given = context.selectors.map((selector) => selector.toLowerCase());
  const all = [...new Set([...given, ...services.selectors.map((selector) => selector.toLowerCase())])];
  const nobody = nobodysSelector(domain);
  const [above, wildcard, ...outcomes] = await Promise.all([
    resolver.resolve(`_domainkey.${domain}`, "TXT"),
    ask(nobody, domain, resolver),
    ...all.map((selector) => ask(selector, domain, resolver)),
  ]);
  const unanswered = [wildcard, ...outcomes].filter(({ status }) => presence(status) === "unknown");
  const found = await Promise.all(
    all.map((selector, index) =>
      readSelector(selector, outcomes[index], {
        domain,
        wildcard,
        services,
        given: given.includes(selector),
      }),
    ),
  );
  const records: DkimRecords = {
    selectors: found.filter((selector) => selector !== null),
    tried: all.length,
    wildcard:
      wildcard.status === "ok" ? wildcard.records.map((strings) => strings.join("").slice(0, 4_096)) : null,
    namesBelow: presence(above.status) === "unknown" ? null : above.status !== "nxdomain",
    unanswered: unanswered.map(unansweredEvidence),
  };
  return { ...stateOf(records), records, findings: dkimFindings(domain, records) };
}

function ask(selector: string, domain: string, resolver: Resolver): Promise<DnsOutcome<"TXT">> {
  return resolver.resolve(`${selector}._domainkey.${domain}`, "TXT");
}

/** A selector that nobody uses, the same one each time, so that an audit can be replayed. */
function nobodysSelector(domain: string): string {
  return `postie-${createHash("sha256").update(domain).digest("hex").slice(0, 16)}`;
}

interface Circumstances {
  domain: string;
  wildcard: DnsOutcome<"TXT">;
  services: MailServices;
  given: boolean;
}

async function readSelector(
  selector: string,
  outcome: DnsOutcome<"TXT"> | undefined,
  { domain, wildcard, services, given }: Circumstances,
): Promise<DkimSelector | null> {
  if (!outcome || presence(outcome.status) === "unknown") return null;
  const { status, cnames } = outcome;
  const plain = { selector, name: `${selector}._domainkey.${domain}`, given, cnames, keys: [] };
  const service = cnames.map((name) => serviceOf(name, "targets", services)).find((known) => known !== null);
  const named = { ...plain, service: service?.name ?? null };
  if (isWildcards(outcome, wildcard)) return given ? { ...named, state: "missing" } : null;
  if (status !== "ok") {
    if (cnames.length > 0) return { ...named, state: "dangling" };
    return given ? { ...named, state: "missing" } : null;
  }
  const texts = outcome.records.filter((strings) => given || looksLikeKey(strings.join("")));
  const forMail = texts.some((strings) => isForMail(strings.join("")));
  if (texts.length === 0 || !(given || forMail)) return null;
  return { ...named, keys: await Promise.all(texts.map(readDkimKey)), state: "found" };
}

/** Whether a name answers only as every name does. */
function isWildcards(outcome: DnsOutcome<"TXT">, wildcard: DnsOutcome<"TXT">): boolean {
  const content = ({ records, cnames }: DnsOutcome<"TXT">) =>
    JSON.stringify([records.map((strings) => strings.join("")).toSorted(), cnames]);
  const answers = wildcard.status === "ok" || wildcard.cnames.length > 0;
  return answers && content(outcome) === content(wildcard);
}

/** Whether receivers accept signatures made with the key. */
export function isUsable({ revoked, forMail, fault, type, bits, hashes }: DkimKey): boolean {
  const long = type !== "rsa" || (bits ?? 0) >= 1024;
  return !revoked && forMail && fault === null && long && (hashes === null || hashes.includes("sha256"));
}

function stateOf({
  selectors,
  tried,
  unanswered,
}: DkimRecords): Pick<CheckResult<unknown>, "state" | "summary"> {
  const usable = selectors.filter(({ keys }) => keys.some(isUsable));
  if (usable.length > 0) {
    const services = [...new Set(usable.flatMap(({ service }) => service ?? []))];
    const by = services.length > 0 ? ` (${services.join(", ")})` : "";
    return {
      state: "passed",
      summary: `${usable.length} ${usable.length === 1 ? "key" : "keys"} found${by}`,
    };
  }
  if (selectors.some(({ state, given }) => state === "found" || given)) {
    return { state: "failed", summary: "no usable key found" };
  }
  if (unanswered.length > 0) return { state: "unknown", summary: "could not be checked" };
  return { state: "absent", summary: `no key at the ${tried} selectors that were tried; it may have others` };
}
