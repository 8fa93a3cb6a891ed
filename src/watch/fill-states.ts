import { fillAudit } from "../domain/index.ts";
import type { KeptState } from "./kept-state.ts";
import { fillAnswers } from "./list-answers.ts";

/**
 * A state in which what could not be learned is taken from another check of the same target.
 *
 * @throws {SnapshotError} when one of the audits cannot be read
 */
export function fillState(state: KeptState, from: KeptState): KeptState {
  return {
    ...state,
    audit: state.audit && from.audit ? fillAudit(state.audit, from.audit) : state.audit,
    lists: fillAnswers(state.lists, from.lists),
    signatures: state.signatures ?? from.signatures,
  };
}

/** Both filled from each other. */
export function fillStates(one: KeptState, other: KeptState): [KeptState, KeptState] {
  return [fillState(one, other), fillState(other, one)];
}
