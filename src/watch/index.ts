/** Checks what is watched, and decides what of it is news. */
export { changesBetween, type WatchChange } from "./changes.ts";
export { type Circumstances, type Decision, decide } from "./decide.ts";
export type { ListVerdict } from "./facts.ts";
export { type Brief, type KeptState, readBrief, type Told } from "./kept-state.ts";
export { type Observation, type ObserveOptions, observe } from "./observe.ts";
export { isLost, nextRegular } from "./schedule.ts";
