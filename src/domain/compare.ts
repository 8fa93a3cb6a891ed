/** What changed between two audits of a domain. */
import type { Audit } from "./audit.ts";
import type { Finding } from "./finding.ts";
import { replayAudit } from "./replay.ts";

export interface Change {
  /** Where, such as `mx.hosts[mx1.example.org].addresses[192.0.2.1].confirmed`. */
  readonly path: string;
  /** null: it was not there. */
  readonly before: string | null;
  /** null: it is gone. */
  readonly after: string | null;
}

export interface AuditComparison {
  readonly before: { readonly domain: string; readonly askedAt: string };
  readonly after: { readonly domain: string; readonly askedAt: string };
  /** `canReceive` and `senderTrust`, where they differ. */
  readonly verdicts: readonly Change[];
  readonly appeared: readonly Finding[];
  readonly gone: readonly Finding[];
  /** What the records say otherwise. */
  readonly records: readonly Change[];
}

/**
 * Replays two snapshots and compares them. Order within the records does not count, nor do TTLs.
 *
 * @throws {SnapshotError} when one of them is no snapshot
 */
export async function compareSnapshots(before: unknown, after: unknown): Promise<AuditComparison> {
  const [one, other] = await Promise.all([replayAudit(before), replayAudit(after)]);
  return {
    before: { domain: one.domain, askedAt: one.snapshot().askedAt },
    after: { domain: other.domain, askedAt: other.snapshot().askedAt },
    ...compareAudits(one, other),
  };
}

/** What changed from one audit to another. */
export function compareAudits(
  before: Pick<Audit, "canReceive" | "senderTrust" | "findings" | "records">,
  after: Pick<Audit, "canReceive" | "senderTrust" | "findings" | "records">,
): Pick<AuditComparison, "verdicts" | "appeared" | "gone" | "records"> {
  const verdicts = ({ canReceive, senderTrust }: Pick<Audit, "canReceive" | "senderTrust">) =>
    new Map<string, string>([
      ["canReceive", canReceive],
      ["senderTrust", senderTrust],
    ]);
  return {
    verdicts: changes(verdicts(before), verdicts(after)),
    appeared: after.findings.filter((finding) => !before.findings.some((other) => isSame(finding, other))),
    gone: before.findings.filter((finding) => !after.findings.some((other) => isSame(finding, other))),
    records: withWholeMembers(flatten(before.records), flatten(after.records)),
  };
}

/** A finding is the same while it is about the same thing, even where the evidence quotes a record that has changed elsewhere. */
function isSame(one: Finding, other: Finding): boolean {
  if (one.id !== other.id || one.severity !== other.severity) return false;
  const subject = ({ evidence }: Finding) => evidence.split(/\s/, 1)[0];
  return subject(one) === subject(other);
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths
    .map((path) => ({ path, before: before.get(path) ?? null, after: after.get(path) ?? null }))
    .filter((change) => change.before !== change.after);
}

/** The changes, with a member of a list that is new or gone told as one, by its name. */
function withWholeMembers(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change[] {
  const told = new Map<string, Change>();
  for (const change of changes(before, after)) {
    const there = change.before === null ? before : after;
    const isWhole = change.before === null || change.after === null;
    const member = isWhole ? membersAbove(change.path).find((path) => !hasBelow(there, path)) : undefined;
    if (member === undefined) told.set(change.path, change);
    else if (!told.has(member)) told.set(member, wholeMember(member, change));
  }
  return [...told.values()];
}

/** `a[b].c[d].e` → `a[b]`, `a[b].c[d]`. */
function membersAbove(path: string): string[] {
  return [...path.matchAll(/\](?=\.|\[|$)/g)].map(({ index }) => path.slice(0, index + 1));
}

function hasBelow(values: ReadonlyMap<string, string>, path: string): boolean {
  return values.keys().some((key) => key.startsWith(path));
}

function wholeMember(path: string, { before }: Change): Change {
  const name = path.slice(path.lastIndexOf("[") + 1, -1);
  return before === null ? { path, before: null, after: name } : { path, before: name, after: null };
}

/** What says the same once more, or how it was asked. */
const REPEATED = ["walk", "tree.record"];

/** What counts in a list of objects as the name of one. */
const NAMES = ["exchange", "selector", "address", "domain", "name", "term", "host", "uri", "text"];
/** Deeper than any record goes. */
const MAX_DEPTH = 40;

/** Every value of plain JSON data under its path; members of lists by their names, so that their order does not count. */
function flatten(value: unknown, path = "", depth = 0): Map<string, string> {
  if (depth > MAX_DEPTH || value === null || value === undefined) return new Map();
  if (Array.isArray(value)) {
    const members = value.flatMap((member) => [...flatten(member, `${path}[${nameOf(member)}]`, depth + 1)]);
    return new Map(members);
  }
  if (typeof value === "object") {
    const members = Object.entries(value).map(([key, member]) => ({
      member,
      path: path === "" ? key : `${path}.${key}`,
    }));
    const told = members.filter((member) => !REPEATED.some((end) => member.path.endsWith(`.${end}`)));
    return new Map(told.flatMap(({ member, path: below }) => [...flatten(member, below, depth + 1)]));
  }
  return new Map([[path, String(value)]]);
}

function nameOf(member: unknown): string {
  if (typeof member !== "object" || member === null) return String(member);
  const named: Record<string, unknown> = { ...member };
  const name = NAMES.map((key) => named[key]).find((value) => typeof value === "string");
  return typeof name === "string" ? name : JSON.stringify(member).slice(0, 80);
}
