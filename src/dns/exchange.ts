import { type AskOptions, askServer } from "./ask-server.ts";
import { isAnswer, type Message, type Question } from "./message.ts";
import type { KnownServer, ServerHealth } from "./server-health.ts";
import { formatServer } from "./servers.ts";

/** How long and how often servers are asked, all in milliseconds from the start of a question. */
export interface Patience {
  /** When each try goes out, the first at 0. A later try does not end the earlier ones. */
  readonly tries: readonly number[];
  /** When the question is given up. */
  readonly timeout: number;
  /** After a server said SERVFAIL or REFUSED: how long to wait for the word of one that is known to be silent. */
  readonly secondOpinion: number;
}

/** What became of a question to all servers. `message` is an answer, or else the failure that a server answered with. */
export type ExchangeResult =
  | { kind: "message"; message: Message; server: string }
  | { kind: "no-answer"; malformed: boolean; reason: string };

export interface ExchangeOptions extends Omit<Patience, "timeout"> {
  /** Milliseconds that are left until the question is given up; asked again when they are over. */
  left: () => number;
  health: ServerHealth;
  maxAnswerBytes: number;
  /** Gives the question up. */
  signal: AbortSignal;
}

/** Given as the reason, since making an error with its stack for every question takes much of the time of a question. */
const ENDED = "the question has ended";

interface Attempt {
  readonly known: KnownServer;
  readonly startedAt: number;
}

/**
 * Asks the servers until one answers: the best one first, the next one when it has not answered soon or has answered with
 * a failure. The first answer wins. A failure is the outcome only when no other server says more.
 */
export function exchange(question: Question, options: ExchangeOptions): Promise<ExchangeResult> {
  const { health, tries, left, secondOpinion, maxAnswerBytes, signal } = options;
  const servers = health.order();
  const waiting = new Set<Attempt>();
  /** Servers that answered with a failure or cannot be reached: asking them again tells nothing new. */
  const spent = new Set<KnownServer>();
  const timers: NodeJS.Timeout[] = [];
  const ended = new AbortController();
  /** A server that has not answered by the time of a second try is taken for silent. */
  const soon = (tries[1] ?? left()) * 0.9;
  let started = 0;
  let failure: ExchangeResult | null = null;
  let malformed: string | null = null;
  let lastProblem: string | null = null;

  return new Promise((resolve) => {
    const end = (result: ExchangeResult) => {
      if (ended.signal.aborted) return;
      for (const { known, startedAt } of waiting) {
        if (performance.now() - startedAt >= soon) health.unanswered(known);
      }
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      ended.abort(ENDED);
      resolve(result);
    };
    const giveUp = () => {
      const reason =
        malformed ??
        lastProblem ??
        `${servers.map(({ server }) => formatServer(server)).join(", ")}: no answer`;
      end(failure ?? { kind: "no-answer", malformed: malformed !== null, reason });
    };

    const tryNext = () => {
      const open = servers.filter((known) => !spent.has(known));
      if (ended.signal.aborted || open.length === 0 || started >= tries.length + servers.length) return;
      const asked = new Set([...waiting].map(({ known }) => known));
      const known = open.find((candidate) => !asked.has(candidate)) ?? open[started % open.length];
      if (known) attempt(known);
    };

    const waitUntilGivenUp = () => {
      const wait = left();
      if (wait <= 0) giveUp();
      else timers.push(setTimeout(waitUntilGivenUp, wait));
    };

    /** One timer at a time: most questions are answered before the second try. */
    const scheduleTry = (index: number) => {
      const [last = 0, next] = tries.slice(index - 1, index + 1);
      if (next === undefined) return;
      const action = () => {
        scheduleTry(index + 1);
        tryNext();
      };
      timers.push(setTimeout(action, next - last));
    };

    /** Does not wait for the next try when there is a server that has not been asked. */
    const tryUnasked = () => {
      const asked = new Set([...waiting].map(({ known }) => known));
      if (servers.some((known) => !spent.has(known) && !asked.has(known))) tryNext();
    };

    const attempt = async (known: KnownServer) => {
      started++;
      const current = { known, startedAt: performance.now() };
      waiting.add(current);
      const onMalformed = (reason: string) => {
        malformed = `${formatServer(known.server)} gave a broken answer (${reason})`;
        tryUnasked();
      };
      const ask: AskOptions = { signal: ended.signal, edns: known.edns, maxAnswerBytes, onMalformed };
      try {
        const { message, edns } = await askServer(known.server, question, ask);
        waiting.delete(current);
        health.answered(known);
        known.edns = edns;
        const result: ExchangeResult = { kind: "message", message, server: formatServer(known.server) };
        if (isAnswer(message)) return end(result);
        failure ??= result;
      } catch (error) {
        if (ended.signal.aborted) return;
        waiting.delete(current);
        health.unanswered(known);
        lastProblem = error instanceof Error ? error.message : String(error);
      }
      spent.add(known);
      afterFailure();
    };

    const afterFailure = () => {
      const others = servers.filter((known) => !spent.has(known));
      if (others.length === 0) return giveUp();
      tryUnasked();
      if (failure && others.every(({ silent }) => silent)) timers.push(setTimeout(giveUp, secondOpinion));
    };

    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    waitUntilGivenUp();
    tryNext();
    scheduleTry(1);
  });
}

/** Asks a silent server something, to see whether it lives again. The answer itself does not matter. */
export async function probe(
  question: Question,
  {
    health,
    timeout,
    maxAnswerBytes,
    signal,
  }: Pick<ExchangeOptions, "health" | "maxAnswerBytes" | "signal"> & Pick<Patience, "timeout">,
): Promise<void> {
  const known = health.dueForProbe();
  if (!known) return;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  try {
    await askServer(known.server, question, { signal: patience, edns: known.edns, maxAnswerBytes });
    health.answered(known);
  } catch {
    // still silent
  }
}
