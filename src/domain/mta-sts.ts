/** MTA-STS: a domain says that its mail servers speak TLS with valid certificates, and which they are (RFC 8461). */
import { presence } from "../dns/index.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { type FetchFailure, fetchPresence } from "./fetch.ts";
import { unansweredEvidence } from "./finding.ts";
import { mailHosts } from "./mail-hosts.ts";
import { mtaStsFindings } from "./mta-sts-findings.ts";
import { coversHost, type MtaStsPolicy, readPolicy } from "./mta-sts-policy.ts";
import { readVersionedRecord, recordsOfVersion } from "./versioned-record.ts";

export interface MtaStsRecords {
  /** All records that begin as MTA-STS records do. Senders use MTA-STS only where there is exactly one. */
  readonly found: readonly string[];
  /** Texts that were meant as MTA-STS records but do not begin as they must. */
  readonly meant: readonly string[];
  /** The id of the one record; null where there is none. */
  readonly id: string | null;
  /** What is wrong with the form of the one record. */
  readonly faults: readonly string[];
  readonly policyUrl: string;
  /** null: not asked for, since there is no valid record, or not to be had. */
  readonly policy: MtaStsPolicy | null;
  /** Why the policy could not be had. */
  readonly failure: Pick<FetchFailure, "status" | "reason"> | null;
  /** The servers that mail for the domain goes to, and whether the policy names them; null: could not be checked. */
  readonly hosts: readonly { readonly name: string; readonly covered: boolean }[] | null;
  /** Questions that were not answered. */
  readonly unanswered: readonly string[];
}

/** RFC 8461 §3.1 */
const ID = /^[A-Za-z0-9]{1,32}$/;

/** Audits the record, the policy file and whether the policy names the domain's mail servers. */
export async function checkMtaSts(context: CheckContext): Promise<CheckResult<MtaStsRecords>> {
  const { domain, resolver, fetch } = context;
  const [txt, servers] = await Promise.all([
    resolver.resolve(`_mta-sts.${domain}`, "TXT"),
    mailHosts(context),
  ]);
  const { records: found, meant } = recordsOfVersion(txt, "STSv1");
  const record = found.length === 1 && found[0] !== undefined ? readRecord(found[0]) : null;
  const policyUrl = `https://mta-sts.${domain}/.well-known/mta-sts.txt`;
  // RFC 8461 §3.3: senders must not follow redirects
  const outcome = record?.faults.length === 0 ? await fetch(policyUrl, { redirects: 0 }) : null;
  const policy = outcome?.status === "ok" ? readPolicy(outcome) : null;
  const failure =
    outcome && outcome.status !== "ok" ? { status: outcome.status, reason: outcome.reason } : null;
  const isUnknown = presence(txt.status) === "unknown";
  const records: MtaStsRecords = {
    found,
    meant,
    id: record?.id ?? null,
    faults: record?.faults ?? [],
    policyUrl,
    policy,
    failure,
    hosts:
      servers.hosts?.map((name) => ({ name, covered: policy !== null && coversHost(policy, name) })) ?? null,
    unanswered: [
      ...(isUnknown ? [unansweredEvidence(txt)] : []),
      ...(outcome && outcome.status !== "ok" && fetchPresence(outcome) === "unknown"
        ? [`${policyUrl}: ${outcome.reason}`]
        : []),
      // without a policy it does not matter which servers there are
      ...(policy === null ? [] : servers.unanswered),
    ],
  };
  return { ...stateOf(records), records, findings: mtaStsFindings(domain, records) };
}

function readRecord(text: string): { id: string | null; faults: string[] } {
  const { fields, faults } = readVersionedRecord(text);
  const id = fields.get("id");
  if (id === undefined) return { id: null, faults: [...faults, "it has no id"] };
  if (!ID.test(id))
    return { id: null, faults: [...faults, `the id "${id}" is not 1 to 32 letters and digits`] };
  return { id, faults: [...faults] };
}

function stateOf(records: MtaStsRecords): Pick<CheckResult<unknown>, "state" | "summary"> {
  const { found, meant, faults, policy, hosts, unanswered } = records;
  if (found.length === 0 && unanswered.length > 0)
    return { state: "unknown", summary: "could not be checked" };
  if (found.length === 0 && meant.length === 0) return { state: "absent", summary: "" };
  if (found.length !== 1 || faults.length > 0) {
    return { state: "failed", summary: "there is a record, but senders cannot use it" };
  }
  if (policy === null) {
    return unanswered.length > 0
      ? { state: "unknown", summary: "there is a record; its policy could not be checked" }
      : { state: "failed", summary: "there is a record, but no policy" };
  }
  if (policy.faults.length > 0) return { state: "failed", summary: "the policy is invalid" };
  if (policy.mode === "none") return { state: "absent", summary: "withdrawn (mode none)" };
  const mode = policy.mode === "enforce" ? "mode enforce" : "mode testing, which only reports";
  if (hosts === null) return { state: "unknown", summary: `${mode}; the mail servers could not be checked` };
  const missing = hosts.filter(({ covered }) => !covered);
  if (missing.length > 0) {
    return {
      state: "failed",
      summary: `${mode}; ${missing.length} of ${hosts.length} servers are not in it`,
    };
  }
  return { state: "passed", summary: mode };
}
