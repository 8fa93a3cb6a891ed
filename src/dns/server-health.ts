import type { ServerAddress } from "./servers.ts";

/** What is known of one configured server. */
export interface KnownServer {
  readonly server: ServerAddress;
  /** It left a question unanswered and has answered none since. */
  silent: boolean;
  /** When a silent one is asked again to see whether it lives, in the clock's milliseconds. */
  probeAt: number;
  /** It answered FORMERR to EDNS. */
  edns: boolean;
}

export interface ServerHealth {
  /** In the order in which to ask them: as configured, those known to be silent last. */
  order(): KnownServer[];
  answered(known: KnownServer): void;
  unanswered(known: KnownServer): void;
  /** A silent server that is due to be probed; at most one at a time, each at most once per interval. */
  dueForProbe(): KnownServer | undefined;
}

/** Remembers which servers are silent, so that only the first question waits for a dead one. */
export function serverHealth(
  servers: readonly ServerAddress[],
  { clock, probeInterval }: { clock: () => number; probeInterval: number },
): ServerHealth {
  const known = servers.map((server): KnownServer => ({ server, silent: false, probeAt: 0, edns: true }));
  return {
    order: () => [...known.filter(({ silent }) => !silent), ...known.filter(({ silent }) => silent)],
    answered: (one) => {
      one.silent = false;
    },
    unanswered: (one) => {
      if (one.silent) return;
      one.silent = true;
      one.probeAt = clock() + probeInterval;
    },
    dueForProbe: () => {
      const due = known.find(({ silent, probeAt }) => silent && probeAt <= clock());
      if (due) due.probeAt = clock() + probeInterval;
      return due;
    },
  };
}
