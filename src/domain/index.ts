/** Audits a domain's mail: who takes it, and whether mail in its name can be trusted. */
export { type Audit, type AuditOptions, auditDomain } from "./audit.ts";
export type { CheckResult, CheckState } from "./check.ts";
export { type AuditRecords, type AuditResults, type CheckName, checkNames, checks } from "./checks.ts";
export { type AuditComparison, type Change, compareAudits, compareSnapshots } from "./compare.ts";
export { isUsable } from "./dkim.ts";
export { failedValidation } from "./dnssec.ts";
export { bogusFinding } from "./dnssec-findings.ts";
export type { Finding, Fix, PublishedFile, RecordChange, Severity } from "./finding.ts";
export { fillAudit, replayAudit, SnapshotError } from "./replay.ts";
export type { AuditSnapshot } from "./snapshot.ts";
export { isSelector, type ParsedDomain, parseDomain } from "./target.ts";
export type { CanReceive, SenderTrust } from "./verdicts.ts";
