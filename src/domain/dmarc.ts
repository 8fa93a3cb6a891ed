/** DMARC: what receivers do with mail that only pretends to come from a name (RFC 9989). */
import { getDomain } from "tldts";
import { type DnsOutcome, presence } from "../dns/index.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { dmarcFindings } from "./dmarc-findings.ts";
import { isDmarcRecord } from "./dmarc-record.ts";
import { checkReportAddresses, type ReportAddress } from "./dmarc-reports.ts";
import { type AppliedPolicies, appliedPolicies, textsOf, type Walk, walkTree } from "./dmarc-walk.ts";

export interface DmarcRecords {
  /** Where the record that applies stands, without `_dmarc.`; null: there is none, or could not be checked. */
  readonly recordDomain: string | null;
  readonly record: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** It is the record of a name above. */
  readonly inherited: boolean;
  readonly organizationalDomain: string | null;
  /** What receivers apply: to this name, to names below it that exist, and to those that do not. */
  readonly policy: AppliedPolicies;
  /** `t=y`. */
  readonly testing: boolean;
  readonly alignment: { readonly dkim: "relaxed" | "strict"; readonly spf: "relaxed" | "strict" } | null;
  readonly reports: readonly ReportAddress[];
  /** Each name that was asked, in order, with the records found there. */
  readonly walk: readonly {
    readonly name: string;
    readonly records: readonly string[];
    readonly unanswered: string | null;
  }[];
  /** DMARC records that stand at the domain itself, where nobody looks. */
  readonly misplaced: readonly string[];
}

/** Audits the DMARC policy of a name. */
export async function checkDmarc({ domain, resolver }: CheckContext): Promise<CheckResult<DmarcRecords>> {
  const [walk, existence, own] = await Promise.all([
    walkTree(domain, resolver),
    resolver.resolve(domain, "A"),
    resolver.resolve(domain, "TXT"),
  ]);
  const step = walk.applies === "unknown" ? null : walk.applies;
  const record = step?.record ?? null;
  const reports =
    step && record
      ? await checkReportAddresses(
          {
            recordDomain: step.domain,
            organizationalDomain: walk.organizationalDomain,
            rua: record.rua,
            ruf: record.ruf,
          },
          resolver,
        )
      : [];
  const policy = appliedPolicies(walk, whetherExists(existence));
  const misplaced = textsOf(own).filter(isDmarcRecord);
  const records: DmarcRecords = {
    recordDomain: step?.domain ?? null,
    record: record?.text ?? null,
    tags: Object.fromEntries((record?.tags ?? []).map(({ name, value }) => [name, value])),
    inherited: step !== null && step.domain !== domain,
    organizationalDomain: walk.organizationalDomain,
    policy,
    testing: record?.testing ?? false,
    alignment: record?.alignment ?? null,
    reports,
    walk: walk.steps.map((one) => ({
      name: `_dmarc.${one.domain}`,
      records: [...one.texts],
      unanswered: one.unanswered,
    })),
    misplaced,
  };
  const registrable = getDomain(domain, { allowPrivateDomains: true }) ?? domain;
  const findings = dmarcFindings({ domain, registrable, walk, existence, policy, reports, misplaced });
  return { ...stateOf(policy.here, walk, step?.domain ?? null), records, findings };
}

/** RFC 9989 §A.4: only NXDOMAIN says that a name does not exist, and not where its own CNAME leads nowhere. */
function whetherExists({ status, cnames }: DnsOutcome): boolean | null {
  if (presence(status) === "unknown") return null;
  return status !== "nxdomain" || cnames.length > 0;
}

function stateOf(
  policy: AppliedPolicies["here"],
  walk: Walk,
  recordDomain: string | null,
): Pick<CheckResult<unknown>, "state" | "summary"> {
  if (policy === "unknown") return { state: "unknown", summary: "could not be checked" };
  if (policy === "absent") {
    const broken = walk.steps.some(({ texts }) => texts.length > 0);
    return broken
      ? { state: "failed", summary: "there is a record, but receivers discard it" }
      : { state: "absent", summary: "no record here nor above" };
  }
  const from = recordDomain === walk.domain ? "" : `, inherited from ${recordDomain}`;
  return policy === "none"
    ? { state: "failed", summary: `only watches, refuses nothing (policy none${from})` }
    : { state: "passed", summary: `policy ${policy}${from}` };
}
