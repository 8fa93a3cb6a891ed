/** An audit's snapshot: all that DNS and the web answered, as plain JSON. `docs/snapshots.md` describes it. */
import type { Snapshot } from "../dns/index.ts";
import type { FetchSnapshot } from "./fetch-snapshot.ts";

export const SNAPSHOT_FORMAT = { format: "postie-audit", version: 1 } as const;

export interface AuditSnapshot {
  readonly format: "postie-audit";
  readonly version: 1;
  /** Lower case A-labels. */
  readonly domain: string;
  /** When it was asked: ISO 8601, UTC. */
  readonly askedAt: string;
  /** DKIM selectors that the asker named. */
  readonly selectors: readonly string[];
  readonly senderIp: string | null;
  readonly dns: Snapshot;
  readonly https: FetchSnapshot;
}
