import { type DnsOutcome, presence, type RecordType, type Resolver } from "../dns/index.ts";

/** How long a zone takes to answer, as far as is known. */
export interface Pace {
  /** Milliseconds, smoothed; null while it has answered nothing. */
  latency: number | null;
  /** When it answered last, as `performance.now` tells. */
  answeredAt: number;
}

/** When the resolver has sent a question for the third time. */
const THIRD_TRY = 600;
/** What an answer gets after the third try at least. */
const LEAST = 350;
/** No answer is waited for longer. */
const MOST = 2000;

/**
 * Asks until an answer comes or it is time to call the zone silent: a little under a second for a zone of which nothing was
 * heard. A zone that is known to be slow, also by what it answered to another question meanwhile, gets the time that its
 * answer to the third try may take, so that two lost packets do not make it silent.
 */
export async function askPatiently<T extends RecordType>(
  resolver: Resolver,
  pace: Pace,
  name: string,
  type: T,
): Promise<DnsOutcome<T>> {
  const started = performance.now();
  // what lists say is kept by what it means, not by the question
  const outcome = await resolver.resolve(name, type, { uncached: true, patience: () => patience(pace) });
  if (presence(outcome.status) !== "unknown") {
    pace.answeredAt = performance.now();
    const took = pace.answeredAt - started;
    pace.latency = pace.latency === null ? took : (3 * pace.latency + took) / 4;
  }
  return outcome;
}

function patience({ latency }: Pace): number {
  return Math.min(MOST, THIRD_TRY + Math.max(LEAST, (latency ?? 0) * 1.5));
}
