import { createProbe } from "./probe.ts";

/** Whether a balancer should send anything here, in words that tell nothing private. */
export interface Readiness {
  readonly status: "ready" | "not ready" | "stopping";
  /** What cannot be reached. */
  readonly unreachable?: readonly PartName[];
}

export type PartName = "store" | "slack" | "teams";

/** How each part is asked whether it can be reached; only the parts that are in use. */
export type Parts = Partial<Record<PartName, () => Promise<boolean>>>;

/** Less than the patience of the usual balancers, in milliseconds. */
const PATIENCE_MS = 2_000;
/** Several balancers may look each second. */
const KEPT_MS = 1_000;

export interface ReadinessOptions {
  readonly parts: Parts;
  readonly patienceMs?: number;
  readonly keptMs?: number;
}

/**
 * Tells whether all parts can be reached, after {@link PATIENCE_MS} at the latest: a part that does not answer by then counts as
 * not reachable.
 */
export function createReadiness({ parts, patienceMs = PATIENCE_MS, keptMs = KEPT_MS }: ReadinessOptions): {
  check(): Promise<Readiness>;
  stopping(): void;
} {
  const probes = (Object.entries(parts) as [PartName, () => Promise<boolean>][]).map(
    ([name, isReachable]) => ({ name, probe: createProbe(isReachable, { patienceMs, keptMs }) }),
  );
  const stop = Promise.withResolvers<Readiness>();
  let isStopping = false;

  async function look(): Promise<Readiness> {
    const found = await Promise.all(probes.map(async ({ name, probe }) => ((await probe()) ? null : name)));
    const unreachable = found.filter((name) => name !== null);
    return unreachable.length > 0 ? { status: "not ready", unreachable } : { status: "ready" };
  }

  return {
    check: () => (isStopping ? stop.promise : Promise.race([stop.promise, look()])),
    /** From now on, and for those who wait already, it is told that this instance stops. */
    stopping() {
      isStopping = true;
      stop.resolve({ status: "stopping" });
    },
  };
}
