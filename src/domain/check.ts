import type { Resolver } from "../dns/index.ts";
import type { DmarcRecords } from "./dmarc.ts";
import type { Fetcher } from "./fetch.ts";
import type { Finding } from "./finding.ts";
import type { MxRecords } from "./mx.ts";

/** What every check of an audit works with. */
export interface CheckContext {
  /** The audited name: lower case A-labels, without a final dot. */
  readonly domain: string;
  /**
   * Caches, so that checks may ask the same question without cost, and gives up at the audit's deadline, so that no signal need
   * be passed.
   */
  readonly resolver: Resolver;
  /** The only way to the web: guarded, given up at the deadline, kept in the snapshot. */
  readonly fetch: Fetcher;
  /** Aborts at the audit's deadline. A check then returns what it has learned and tells the rest as unknown. */
  readonly signal: AbortSignal;
  /** The time that certificates are judged by: the present, or in a replay the time of the snapshot. */
  readonly now: Date;
  /** DKIM selectors that the asker named. */
  readonly selectors: readonly string[];
  /** The sending address that the asker wants an SPF result for. */
  readonly senderIp: string | null;
  /** What the check of the mail servers finds; the same check for all who wait for it. */
  mx(): Promise<CheckResult<MxRecords>>;
  /** What the check of DMARC finds; the same check for all who wait for it. */
  dmarc(): Promise<CheckResult<DmarcRecords>>;
}

/**
 * How a standard stands as a whole, for the row that people read: `passed`: there and sound; `failed`: there and broken, or it
 * lets anyone through; `absent`: not there; `unknown`: could not be checked.
 */
export type CheckState = "passed" | "failed" | "absent" | "unknown";

/** What a check gives. `records` is plain JSON data and goes into the report as it is. */
export interface CheckResult<Records> {
  readonly state: CheckState;
  /** A few words beside the state, such as `4 of 10 look-ups`. May hold outside text. */
  readonly summary: string;
  readonly records: Records;
  readonly findings: readonly Finding[];
}

/** Audits one standard. Never throws for what DNS or the web does. */
export type Check<Records> = (context: CheckContext) => Promise<CheckResult<Records>>;
