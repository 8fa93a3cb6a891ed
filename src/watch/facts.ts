/**
 * What of a check is worth telling when it changes: verdicts, problems and warnings, and the records that people mean by "the
 * domain changed". The order of records, TTLs, addresses that rotate and ids are not among it.
 */
import type { Code, Zone } from "../blocklist/index.ts";
import {
  type Audit,
  bogusFinding,
  type CanReceive,
  type Finding,
  isUsable,
  replayAudit,
  type SenderTrust,
} from "../domain/index.ts";
import type { KeptState } from "./kept-state.ts";
import { judgeAnswer, type ListAnswers } from "./list-answers.ts";

/** `policy` is told only of lists that many receivers refuse by. */
export type ListVerdict = "listed" | "policy" | "no";

export type Fact =
  | { readonly kind: "exists"; readonly value: boolean }
  | { readonly kind: "receives"; readonly value: Exclude<CanReceive, "unknown"> }
  | { readonly kind: "trust"; readonly value: Exclude<SenderTrust, "unknown"> }
  /** What is published, in an order of its own; null: nothing. */
  | { readonly kind: "record"; readonly record: "mx" | "spf" | "dmarc"; readonly value: string | null }
  | { readonly kind: "mta-sts"; readonly value: string }
  | { readonly kind: "dkim"; readonly selector: string }
  | { readonly kind: "finding"; readonly finding: Finding }
  | {
      readonly kind: "listing";
      readonly subject: string;
      readonly zone: Zone;
      readonly value: ListVerdict;
      readonly codes: readonly Code[];
      readonly answers: readonly string[];
    };

export interface Facts {
  /** By a key that says what each is about. What is not known is not there; findings and DKIM keys are there or are not. */
  readonly known: ReadonlyMap<string, Fact>;
  /** Standards of which something could not be checked, as their findings' ids begin: `spf`. */
  readonly unchecked: ReadonlySet<string>;
}

/** @throws {SnapshotError} when the audit cannot be replayed */
export async function factsOf(
  { audit: snapshot, lists, signatures }: KeptState,
  zones: readonly Zone[],
): Promise<Facts> {
  const audit = snapshot && (await replayAudit(snapshot));
  const open = audit?.findings.filter(({ severity }) => severity === "unknown") ?? [];
  return {
    known: new Map([
      ...(audit ? auditFacts(audit, signatures?.bogus ?? null) : []),
      ...listFacts(lists, new Map(zones.map((zone) => [zone.zone, zone]))),
    ]),
    unchecked: new Set(open.map(({ id }) => standardOf(id))),
  };
}

/** `spf.missing` → `spf`. */
export function standardOf(id: string): string {
  return id.slice(0, id.indexOf("."));
}

function auditFacts(audit: Audit, bogus: string | null): [string, Fact][] {
  const { canReceive, senderTrust, records } = audit;
  if (records.domain.exists === false) return [["exists", { kind: "exists", value: false }]];
  const facts: Fact[] = [
    ...(records.domain.exists === null ? [] : [{ kind: "exists", value: true } as const]),
    ...(canReceive === "unknown" ? [] : [{ kind: "receives", value: canReceive } as const]),
    ...(senderTrust === "unknown" ? [] : [{ kind: "trust", value: senderTrust } as const]),
    ...published("mx", mailServers(audit)),
    ...published("spf", spfRecord(audit)),
    ...published("dmarc", dmarcRecord(audit)),
    ...mtaStsMode(audit),
  ];
  return [
    ...facts.map((fact): [string, Fact] => [fact.kind === "record" ? fact.record : fact.kind, fact]),
    ...records.dkim.selectors
      .filter(({ keys }) => keys.some(isUsable))
      .map(({ selector }): [string, Fact] => [`dkim ${selector}`, { kind: "dkim", selector }]),
    ...findingFacts(audit, bogus),
  ];
}

function published(record: "mx" | "spf" | "dmarc", value: string | null | undefined): Fact[] {
  return value === undefined ? [] : [{ kind: "record", record, value }];
}

/** The hosts, whatever their preference and order; undefined: not known. */
function mailServers({ records }: Audit): string | null | undefined {
  const { source, hosts } = records.mx;
  if (source === null) return undefined;
  if (source === "none") return null;
  if (source === "null") return "null MX";
  if (source === "implicit") return "no MX, the domain's own address";
  return [...new Set(hosts.map(({ exchange }) => exchange))].toSorted().join(", ");
}

/** All texts that are SPF records: the order of several would make one of them the first. */
function spfRecord(audit: Audit): string | null | undefined {
  const own = audit.snapshot().dns.outcomes.find(({ type, name }) => type === "TXT" && name === audit.domain);
  if (own?.type !== "TXT") return undefined;
  if (own.status === "nodata" || own.status === "nxdomain") return null;
  if (own.status !== "ok") return undefined;
  return together(
    own.records.map((strings) => strings.join("")).filter((text) => /^v=spf1( |$)/i.test(text)),
  );
}

/** The record of the name itself, or the one that it inherits. */
function dmarcRecord({ domain, records }: Audit): string | null | undefined {
  const { policy, walk, record, recordDomain } = records.dmarc;
  if (policy.here === "unknown") return undefined;
  const own = walk.find(({ name }) => name === `_dmarc.${domain}`);
  if (own && own.unanswered !== null) return undefined;
  const texts = together(own?.records ?? []);
  return texts ?? (record === null ? null : `${record} (of ${recordDomain})`);
}

function together(texts: readonly string[]): string | null {
  const told = texts.map((text) => text.replace(/\s+/g, " ").trim()).toSorted();
  return told.length === 0 ? null : told.join("\n");
}

/** Of a policy that cannot be had or is wrong, the findings tell. */
function mtaStsMode({ records }: Audit): Fact[] {
  const { found, policy, unanswered } = records.mtaSts;
  if (found.length === 0) return unanswered.length === 0 ? [{ kind: "mta-sts", value: "none" }] : [];
  return policy?.mode && policy.faults.length === 0 ? [{ kind: "mta-sts", value: policy.mode }] : [];
}

const BOGUS = "dnssec.bogus";

/**
 * Problems and warnings. A wrong signature makes answers fail, which are filled by earlier ones for the replay: so it is kept by
 * itself.
 */
function findingFacts({ domain, findings }: Audit, bogus: string | null): [string, Fact][] {
  const told = [
    ...findings.filter(
      ({ id, severity }) => id !== BOGUS && (severity === "problem" || severity === "warning"),
    ),
    ...(bogus === null ? [] : [bogusFinding(domain, { evidence: bogus })]),
  ];
  return told.map((finding) => [`finding ${finding.id} ${subjectOf(finding)}`, { kind: "finding", finding }]);
}

/** What a finding is about: the name that its evidence begins with. An address does not count, since addresses rotate. */
export function subjectOf({ id, evidence }: Finding): string {
  const first = (evidence.split(/\s/, 1)[0] ?? "").replace(/[:;,]$/, "").toLowerCase();
  const isName = /^[a-z0-9_*-]+(\.[a-z0-9_-]+)+$/.test(first) && /[a-z]/.test(first);
  return id !== BOGUS && isName ? first : "";
}

function listFacts(lists: ListAnswers, zones: ReadonlyMap<string, Zone>): [string, Fact][] {
  return Object.entries(lists).flatMap(([subject, answered]) =>
    Object.entries(answered).flatMap(([name, answers]): [string, Fact][] => {
      const zone = zones.get(name);
      const judged = zone && judgeAnswer(answers, zone);
      if (!zone || !judged) return [];
      const { verdict, codes } = judged;
      const value =
        verdict === "listed" ? "listed" : verdict === "policy" && zone.weight === "high" ? "policy" : "no";
      return [[`listing ${subject} ${name}`, { kind: "listing", subject, zone, value, codes, answers }]];
    }),
  );
}
