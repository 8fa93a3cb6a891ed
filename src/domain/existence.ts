import { getDomain } from "tldts";
import { type DnsOutcome, presence } from "../dns/index.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { findConfusables } from "./confusable.ts";
import { type Finding, unansweredEvidence } from "./finding.ts";

export interface ExistenceRecords {
  /** null: could not be checked. */
  readonly exists: boolean | null;
  /** The name servers of the zone when the name is its apex; empty for a name inside another's zone. */
  readonly nameServers: readonly string[];
  /** The registrable domain by the public suffix list, when it is another name. */
  readonly registrableDomain: string | null;
}

/** Is there such a name, and is it delegated? A single NXDOMAIN beside a positive answer does not count (RFC 8020 §2). */
export async function checkExistence({
  domain,
  resolver,
}: CheckContext): Promise<CheckResult<ExistenceRecords>> {
  const outcomes: DnsOutcome[] = await Promise.all([
    resolver.resolve(domain, "NS"),
    resolver.resolve(domain, "SOA"),
    resolver.resolve(domain, "MX"),
    resolver.resolve(domain, "A"),
  ]);
  const exists = whetherExists(outcomes);
  const [ns] = outcomes as [DnsOutcome<"NS">, ...DnsOutcome[]];
  const registrable = getDomain(domain, { allowPrivateDomains: true });
  const records: ExistenceRecords = {
    exists,
    nameServers: ns.records,
    registrableDomain: registrable === domain ? null : registrable,
  };
  const findings = [...existenceFindings(domain, exists, outcomes), ...findConfusables(domain)];
  if (exists === null) return { state: "unknown", summary: "could not be checked", records, findings };
  const summary = exists ? nameServersInWords(ns.records) : "does not exist";
  return { state: exists ? "passed" : "absent", summary, records, findings };
}

function whetherExists(outcomes: readonly DnsOutcome[]): boolean | null {
  const lives = ({ status, cnames }: DnsOutcome) =>
    status === "ok" || status === "nodata" || (status === "nxdomain" && cnames.length > 0);
  if (outcomes.some(lives)) return true;
  return outcomes.some(({ status }) => status === "nxdomain") ? false : null;
}

function existenceFindings(
  domain: string,
  exists: boolean | null,
  outcomes: readonly DnsOutcome[],
): Finding[] {
  if (exists === false) {
    return [
      {
        id: "domain.nxdomain",
        severity: "problem",
        evidence: `${domain}: NXDOMAIN`,
        reference: "RFC 1035 §4.1.1",
        why: "There is no such domain, so no mail can reach it. It may be misspelt, or its registration has ended.",
        fix: { text: "Check the spelling. If it is yours, look at its registration and its name servers." },
      },
    ];
  }
  const failed = outcomes.find(({ status }) => presence(status) === "unknown");
  if (exists !== null || !failed) return [];
  return [
    {
      id: "domain.unchecked",
      severity: "unknown",
      evidence: unansweredEvidence(failed),
      reference: "RFC 1034 §3.7",
      why: "Whether the domain exists could not be learned: its name servers or the resolver did not answer.",
      fix: null,
    },
  ];
}

function nameServersInWords(names: readonly string[]): string {
  if (names.length === 0) return "exists, inside another name's zone";
  return `${names.length} name ${names.length === 1 ? "server" : "servers"}`;
}
