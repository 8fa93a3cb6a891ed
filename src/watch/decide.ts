/** Decides after each check what is known now, what is only suspected, and what is to be told. */
import type { Zone } from "../blocklist/index.ts";
import { fillAudit, replayAudit, SnapshotError } from "../domain/index.ts";
import type { Every, TargetState } from "../store/index.ts";
import { changeKey, changeSubject, changesBetween, type WatchChange } from "./changes.ts";
import { fillState } from "./fill-states.ts";
import { decodeState, encodeState, type KeptState } from "./kept-state.ts";
import { onlyOf } from "./list-answers.ts";
import type { Observation } from "./observe.ts";
import { nextConfirmation, nextFirst, nextRegular } from "./schedule.ts";

export interface Circumstances {
  readonly zones: readonly Zone[];
  readonly every: Every;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From 0 to 1. */
  readonly random: number;
  /** One line about what is told, for the weekly one. */
  summarize(changes: readonly WatchChange[]): string;
}

export interface Decision {
  /** What to keep. */
  readonly state: TargetState;
  /** What to tell; empty mostly. */
  readonly changes: readonly WatchChange[];
}

/** Checks in a row after which a change that shows itself differently each time, or not at every look, is left for another day. */
const MAX_ROUNDS = 6;

/**
 * A change is told when two checks in a row show it: the first one makes it suspected, the second one confirms it. What went back
 * meanwhile is forgotten; what the second check could not see, or shows otherwise, is looked at again. What could not be checked
 * is taken as it was, so it is never a change.
 */
export async function decide(
  before: TargetState,
  observed: Observation,
  circumstances: Circumstances,
): Promise<Decision> {
  const { every, now, random } = circumstances;
  if (observed === null) return { state: unseen(before, circumstances), changes: [] };
  const known = before.known === null ? null : decodeState(before.known);
  const suspected = before.suspected === null ? null : decodeState(before.suspected);
  const keep = (state: Partial<TargetState>): TargetState => ({
    ...before,
    suspected: null,
    checkedAt: now,
    unknownSince: null,
    nextCheckAt: nextRegular(before.target, every, now),
    ...state,
  });
  const settled = await compare(known, suspected, observed, circumstances.zones);
  if (settled.suspected) {
    const nextCheckAt = nextConfirmation(every, now, random);
    return { state: keep({ suspected: encodeState(settled.suspected), nextCheckAt }), changes: [] };
  }
  const { changes } = settled;
  const told = changes.length > 0 ? [{ at: now, line: circumstances.summarize(changes) }] : [];
  const next = { ...settled.known, rounds: 0, told: [...(known?.told ?? []), ...told] };
  return { state: keep({ known: encodeState(await pruned(next, circumstances.zones)) }), changes };
}

/** Nothing could be checked: everything stays as it was, a suspicion for some time. */
function unseen(before: TargetState, { every, now, random }: Circumstances): TargetState {
  const suspected = before.suspected === null ? null : decodeState(before.suspected);
  const again = suspected !== null && suspected.rounds < MAX_ROUNDS;
  const regular =
    before.known === null ? nextFirst(every, now, random) : nextRegular(before.target, every, now);
  return {
    ...before,
    suspected: again ? encodeState({ ...suspected, rounds: suspected.rounds + 1 }) : null,
    checkedAt: now,
    unknownSince: before.unknownSince ?? now,
    nextCheckAt: again ? nextConfirmation(every, now, random) : regular,
  };
}

type Settled =
  | { readonly suspected: KeptState; readonly known?: never; readonly changes?: never }
  | { readonly suspected?: never; readonly known: KeptState; readonly changes: readonly WatchChange[] };

async function compare(
  known: KeptState | null,
  suspected: KeptState | null,
  observed: KeptState,
  zones: readonly Zone[],
): Promise<Settled> {
  // The first check, or the first one by a Postie that cannot read what another one kept.
  if (!known || !(await isReadable(known))) return { known: observed, changes: [] };
  const filled = fillState(observed, known);
  const changes = await changesBetween(known, observed, zones);
  if (!suspected || !(await isReadable(suspected))) {
    return isNews(changes) ? { suspected: { ...observed, rounds: 1 } } : { known: filled, changes: [] };
  }
  const before = await changesBetween(known, suspected, zones);
  const shown = keysOf(before);
  const merged = fillState(observed, suspected);
  const confirmed = changes.filter((change) => shown.has(changeKey(change)));
  const fresh = changes.filter((change) => change.alarms && !shown.has(changeKey(change)));
  const hidden = hiddenOf(before, changes, await changesBetween(known, merged, zones));
  const told = isNews(confirmed) ? confirmed : [];
  if (fresh.length === 0 && hidden.length === 0) return { known: filled, changes: told };
  if (suspected.rounds < MAX_ROUNDS) return { suspected: { ...merged, rounds: suspected.rounds + 1 } };
  return unsettled({ known, suspected, observed, before, changes, told });
}

/**
 * What never comes to rest. If something was seen by both checks it is told, with what both saw otherwise than it was though not
 * alike; but only where what is kept then passes over nothing that one of them saw alone. Else it is left for another day.
 */
function unsettled({
  known,
  suspected,
  observed,
  before,
  changes,
  told,
}: {
  known: KeptState;
  suspected: KeptState;
  observed: KeptState;
  before: readonly WatchChange[];
  changes: readonly WatchChange[];
  told: readonly WatchChange[];
}): Settled {
  const [inBoth, inBothBefore] = [changes.filter(isAbout(before)), before.filter(isAbout(changes))];
  if (told.length > 0 && inBoth.length === changes.length) {
    return { known: fillState(observed, known), changes };
  }
  if (told.length > 0 && inBothBefore.length === before.length) {
    return { known: { ...fillState(suspected, known), ...seenBy(observed) }, changes: before };
  }
  return { known: { ...known, ...seenBy(observed) }, changes: [] };
}

function isNews(changes: readonly WatchChange[]): boolean {
  return changes.some(({ alarms }) => alarms);
}

/** What was suspected and may still be so, since the later check could not see it. */
function hiddenOf(
  before: readonly WatchChange[],
  seen: readonly WatchChange[],
  possible: readonly WatchChange[],
): WatchChange[] {
  const [shown, now] = [keysOf(before), keysOf(seen)];
  return possible.filter(
    (change) => change.alarms && shown.has(changeKey(change)) && !now.has(changeKey(change)),
  );
}

/** Whether a change is about something that one of these is about too, or is not worth a message. */
function isAbout(changes: readonly WatchChange[]): (change: WatchChange) => boolean {
  const subjects = new Set(changes.map(changeSubject));
  return (change) => !change.alarms || subjects.has(changeSubject(change));
}

function seenBy({ at, brief }: KeptState): Pick<KeptState, "at" | "brief"> {
  return { at, brief };
}

function keysOf(changes: readonly WatchChange[]): Set<string> {
  return new Set(changes.map(changeKey));
}

async function isReadable({ audit }: KeptState): Promise<boolean> {
  if (audit === null) return true;
  try {
    await replayAudit(audit);
    return true;
  } catch (error) {
    if (error instanceof SnapshotError) return false;
    throw error;
  }
}

/** Only what a check of today asks, so that what is kept does not grow. */
async function pruned(state: KeptState, zones: readonly Zone[]): Promise<KeptState> {
  const asked = state.audit && (await replayAudit(state.audit)).snapshot();
  return {
    ...state,
    // Filled from itself, since what nobody knows need not be kept.
    audit: asked && fillAudit(asked, asked),
    lists: onlyOf(zones, state.lists),
  };
}
