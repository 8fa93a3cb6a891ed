/** What changed between two checks of a target, as far as it means something to people. */
import type { Code, Zone } from "../blocklist/index.ts";
import type { CanReceive, Finding, SenderTrust } from "../domain/index.ts";
import { type Fact, type Facts, factsOf, type ListVerdict, standardOf, subjectOf } from "./facts.ts";
import { fillStates } from "./fill-states.ts";
import type { KeptState } from "./kept-state.ts";

/** `after` of what comes and goes tells whether it is there now. */
export type WatchChange = {
  /** Whether it is told by itself; what is not is told only beside others. */
  readonly alarms: boolean;
} & (
  | { readonly kind: "exists"; readonly after: boolean }
  | { readonly kind: "receives"; readonly after: Exclude<CanReceive, "unknown"> }
  | { readonly kind: "trust"; readonly before: Trust; readonly after: Trust }
  | ({ readonly kind: "mx" } & Published)
  | ({ readonly kind: "spf" } & Published)
  | ({ readonly kind: "dmarc" } & Published)
  | { readonly kind: "mta-sts"; readonly before: string; readonly after: string }
  | { readonly kind: "dkim"; readonly selector: string; readonly after: boolean }
  | { readonly kind: "finding"; readonly finding: Finding; readonly after: boolean }
  | {
      readonly kind: "listing";
      /** The address or name. */
      readonly subject: string;
      readonly zone: Zone;
      readonly before: ListVerdict;
      readonly after: ListVerdict;
      /** What the answer means, of the check at which it was listed. */
      readonly codes: readonly Code[];
      readonly answers: readonly string[];
    }
);

type Trust = Exclude<SenderTrust, "unknown">;

/** null: there was none, or is none any more. */
interface Published {
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * Fills both states from each other, replays both by the rules of today, and compares: what could not be checked at one of
 * them is no change, nor is what an upgrade judges otherwise.
 *
 * @throws {SnapshotError} when one of them cannot be read
 */
export async function changesBetween(
  before: KeptState,
  after: KeptState,
  zones: readonly Zone[],
): Promise<WatchChange[]> {
  const [one, other] = fillStates(before, after);
  const [was, is] = await Promise.all([factsOf(one, zones), factsOf(other, zones)]);
  return compareFacts(was, is);
}

function compareFacts(was: Facts, is: Facts): WatchChange[] {
  const keys = [...new Set([...is.known.keys(), ...was.known.keys()])];
  const changes = keys.flatMap((key) => compareFact(was.known.get(key) ?? null, is.known.get(key) ?? null));
  // All else follows from it.
  if (changes.some(({ kind }) => kind === "exists")) {
    return changes.filter(({ kind }) => kind === "exists" || kind === "listing");
  }
  return changes.filter((change) => !isOpen(change, was, is));
}

/** What a standard's findings rest on besides its own records. */
const RESTS_ON: Record<string, readonly string[]> = {
  "mta-sts": ["mx"],
  dane: ["mx"],
  bimi: ["dmarc"],
  domain: ["mx"],
  parked: ["mx", "spf", "dmarc"],
};

/** Whether a finding may be there or not for no other reason than that something could not be checked. */
function isOpen(change: WatchChange, was: Facts, is: Facts): boolean {
  if (change.kind !== "finding") return false;
  const standard = standardOf(change.finding.id);
  const { unchecked } = change.after ? was : is;
  return [standard, ...(RESTS_ON[standard] ?? [])].some((name) => unchecked.has(name));
}

function compareFact(was: Fact | null, is: Fact | null): WatchChange[] {
  const fact = is ?? was;
  if (!fact || (was && is && worthOf(was) === worthOf(is))) return [];
  switch (fact.kind) {
    case "finding":
      return [{ kind: "finding", finding: fact.finding, after: is !== null, alarms: true }];
    case "dkim":
      // A new key is no news by itself: whoever adds one has not taken anything away.
      return [{ kind: "dkim", selector: fact.selector, after: is !== null, alarms: is === null }];
    default:
      // Of everything else both sides must be known.
      return was && is ? compareKnown(was, is) : [];
  }
}

function compareKnown(was: Fact, is: Fact): WatchChange[] {
  if (was.kind === "exists" && is.kind === "exists") {
    return [{ kind: "exists", after: is.value, alarms: true }];
  }
  if (was.kind === "receives" && is.kind === "receives") {
    return [{ kind: "receives", after: is.value, alarms: true }];
  }
  if (was.kind === "trust" && is.kind === "trust") {
    return [{ kind: "trust", before: was.value, after: is.value, alarms: true }];
  }
  if (was.kind === "record" && is.kind === "record") {
    return [{ kind: is.record, before: was.value, after: is.value, alarms: true }];
  }
  if (was.kind === "mta-sts" && is.kind === "mta-sts") {
    return [{ kind: "mta-sts", before: was.value, after: is.value, alarms: true }];
  }
  if (was.kind !== "listing" || is.kind !== "listing") return [];
  const { subject, zone } = is;
  const { codes, answers } = is.value === "no" ? was : is;
  const alarms = zone.weight !== "low";
  return [{ kind: "listing", subject, zone, before: was.value, after: is.value, codes, answers, alarms }];
}

function worthOf(fact: Fact): string | boolean | null {
  return fact.kind === "finding" ? fact.finding.severity : fact.kind === "dkim" ? true : fact.value;
}

/** What a change is about, whatever it became. */
export function changeSubject(change: WatchChange): string {
  const { kind } = change;
  switch (kind) {
    case "dkim":
      return JSON.stringify([kind, change.selector]);
    case "finding":
      return JSON.stringify([kind, change.finding.id, subjectOf(change.finding)]);
    case "listing":
      return JSON.stringify([kind, change.subject, change.zone.zone]);
    default:
      return JSON.stringify([kind]);
  }
}

/** The same for two checks that show the same change. */
export function changeKey(change: WatchChange): string {
  const severity = change.kind === "finding" ? change.finding.severity : null;
  return JSON.stringify([changeSubject(change), change.after, severity]);
}
