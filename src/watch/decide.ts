/** Decides after each check what is known now, what is only suspected, and what is to be told. */
import type { Zone } from "../blocklist/index.ts";
import { fillAudit, replayAudit, SnapshotError } from "../domain/index.ts";
import type { Every, TargetState } from "../store/index.ts";
import { changeKey, changesBetween, type WatchChange } from "./changes.ts";
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
    const isNews = changes.some(({ alarms }) => alarms);
    return isNews ? { suspected: { ...observed, rounds: 1 } } : { known: filled, changes: [] };
  }
  const before = keysOf(await changesBetween(known, suspected, zones));
  const merged = fillState(observed, suspected);
  const open = [
    ...changes.filter((change) => !before.has(changeKey(change))),
    ...unseenOf(changes, before, await changesBetween(known, merged, zones)),
  ];
  if (open.some(({ alarms }) => alarms) && suspected.rounds < MAX_ROUNDS) {
    return { suspected: { ...merged, rounds: suspected.rounds + 1 } };
  }
  const confirmed = changes.filter((change) => before.has(changeKey(change)));
  return { known: filled, changes: confirmed.some(({ alarms }) => alarms) ? confirmed : [] };
}

/** What was suspected before and may still be so, since this check could not see it. */
function unseenOf(
  seen: readonly WatchChange[],
  before: ReadonlySet<string>,
  possible: readonly WatchChange[],
): WatchChange[] {
  const now = keysOf(seen);
  return possible.filter((change) => before.has(changeKey(change)) && !now.has(changeKey(change)));
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
