import type { Resolver } from "../dns/index.ts";

/** What every check of an audit works with. */
export interface CheckContext {
  /** The audited name: lower case A-labels, without a final dot. */
  readonly domain: string;
  /** Caches, so that checks may ask the same question without cost. */
  readonly resolver: Resolver;
  /** Aborts at the audit's deadline. A check then returns what it has learned and tells the rest as unknown. */
  readonly signal: AbortSignal;
}
