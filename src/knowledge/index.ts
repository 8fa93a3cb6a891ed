import type { Category, Provider } from "./entry.ts";

/** Placeholder until the loader lands in the same commit series; see entry.ts for the files' forms. */
export interface Knowledge {
  readonly providers: readonly Provider[];
  readonly categories: readonly Category[];
}
