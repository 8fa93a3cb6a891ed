import { type Patience, probe } from "./exchange.ts";
import { followChain } from "./follow-chain.ts";
import type { Question } from "./message.ts";
import { normalizeName } from "./name.ts";
import { onAbort } from "./on-abort.ts";
import {
  type DnsOutcome,
  presence,
  type RecordType,
  type ResolveOptions,
  type Resolver,
  unknownOutcome,
} from "./outcome.ts";
import { outcomeCache } from "./outcome-cache.ts";
import { serverHealth } from "./server-health.ts";
import type { ServerAddress } from "./servers.ts";
import { turnstile } from "./turnstile.ts";

export interface ResolverOptions extends Partial<Patience> {
  /** The recursive resolvers to ask, the preferred one first. */
  servers: readonly ServerAddress[];
  /** Outcomes kept; default 2000. */
  cacheEntries?: number;
  /** Seconds that a failure (servfail, refused, timeout, invalid) is kept; default 1, as RFC 9520 §3.2 asks for. */
  failureTtl?: number;
  /** Questions that are on their way at once; default 256. Others wait for their turn. */
  maxQuestions?: number;
  /** An answer above this many bytes counts as broken; default 32768. */
  maxAnswerBytes?: number;
  /** Milliseconds between two looks at a server that does not answer; default 10000. */
  probeInterval?: number;
  /** Milliseconds, for what the cache and the memory of silent servers hold; default `performance.now`. */
  clock?: () => number;
  /** Is told how every question ended that was really asked and not given up, such as to count them. */
  onOutcome?: (outcome: DnsOutcome, asked: { uncached: boolean }) => void;
}

interface Flight {
  readonly outcome: Promise<DnsOutcome>;
  readonly cancel: AbortController;
  askers: number;
}

const GIVEN_UP = "the check was given up before the answer came";

/**
 * The resolver that all live checks share: it asks the given recursive resolvers, keeps what they say as long as the TTL
 * allows (at most an hour; that something does not exist at most five minutes), and asks a question that several want to
 * know only once.
 *
 * @example
 * const resolver = createResolver({ servers: parseServers("127.0.0.1:5301") });
 * const mx = await resolver.resolve("example.org", "MX");
 * if (mx.status === "ok") console.log(mx.records[0]?.exchange);
 * resolver.close();
 */
export function createResolver(options: ResolverOptions): Resolver {
  const {
    servers,
    tries = [0, 250, 600, 1200],
    timeout = 2000,
    secondOpinion = 600,
    cacheEntries = 2000,
    failureTtl = 1,
    maxQuestions = 256,
    maxAnswerBytes = 32_768,
    probeInterval = 10_000,
    clock = () => performance.now(),
    onOutcome,
  } = options;
  if (servers.length === 0) {
    throw new Error("A resolver needs at least one server to ask, such as 127.0.0.1:53");
  }
  const health = serverHealth(servers, { clock, probeInterval });
  const cache = outcomeCache({ maxEntries: cacheEntries, clock });
  const places = turnstile(maxQuestions);
  const flights = new Map<string, Flight>();
  const closed = new AbortController();

  function resolve<T extends RecordType>(
    name: string,
    type: T,
    { signal, uncached = false, patience = timeout }: ResolveOptions = {},
  ): Promise<DnsOutcome<T>> {
    const normalized = normalizeName(name);
    if (normalized.problem !== undefined) {
      return Promise.resolve(unknownOutcome({ name, type }, "invalid", normalized.problem));
    }
    const question = { name: normalized.name, type };
    if (closed.signal.aborted) {
      return Promise.resolve(unknownOutcome(question, "timeout", "the resolver is closed"));
    }
    if (signal?.aborted) return Promise.resolve(unknownOutcome(question, "timeout", GIVEN_UP));
    const key = `${type} ${normalized.name}`;
    // The key holds the type, so what is found under it is of that type.
    const cached = uncached ? undefined : (cache.get(key) as DnsOutcome<T> | undefined);
    if (cached) return Promise.resolve(cached);
    const flight = flights.get(key) ?? startFlight(key, question, { uncached, patience });
    return join(flight, question, signal) as Promise<DnsOutcome<T>>;
  }

  function startFlight(
    key: string,
    question: Question,
    { uncached, patience }: { uncached: boolean; patience: number | (() => number) },
  ): Flight {
    const cancel = new AbortController();
    const flight: Flight = { outcome: land(), cancel, askers: 0 };
    flights.set(key, flight);
    cancel.signal.addEventListener("abort", forget);
    return flight;

    async function land(): Promise<DnsOutcome> {
      try {
        const outcome = await ask(question, patience, cancel.signal);
        const seconds = presence(outcome.status) === "unknown" ? failureTtl : outcome.ttl;
        if (!cancel.signal.aborted && !uncached) cache.set(key, outcome, seconds);
        if (!cancel.signal.aborted) onOutcome?.(outcome, { uncached });
        return outcome;
      } finally {
        forget();
      }
    }

    function forget() {
      if (flights.get(key) === flight) flights.delete(key);
    }
  }

  /** Waits with the others for one outcome. The question itself is given up only when the last of them has gone. */
  function join(flight: Flight, question: Question, signal: AbortSignal | undefined): Promise<DnsOutcome> {
    flight.askers++;
    if (!signal) return flight.outcome;
    return new Promise((resolve, reject) => {
      const leave = () => {
        resolve(unknownOutcome(question, "timeout", GIVEN_UP));
        if (--flight.askers === 0) flight.cancel.abort();
      };
      const stay = onAbort(signal, leave);
      flight.outcome.then(
        (outcome) => {
          stay();
          resolve(outcome);
        },
        (error) => {
          stay();
          reject(error);
        },
      );
    });
  }

  async function ask(
    question: Question,
    patience: number | (() => number),
    signal: AbortSignal,
  ): Promise<DnsOutcome> {
    const leave = await places.enter(signal);
    if (!leave) return unknownOutcome(question, "timeout", GIVEN_UP);
    try {
      void probe(question, { health, timeout, maxAnswerBytes, signal: closed.signal });
      const options = { health, tries, timeout: patience, secondOpinion, maxAnswerBytes, signal };
      return await followChain(question, options);
    } finally {
      leave();
    }
  }

  function close() {
    closed.abort();
    for (const { cancel } of flights.values()) cancel.abort();
  }

  return { resolve, close };
}
