import { type ExchangeOptions, exchange } from "./exchange.ts";
import { interpret, MAX_CNAMES } from "./interpret.ts";
import type { Question } from "./message.ts";
import { normalizeName } from "./name.ts";
import { type DnsOutcome, unknownOutcome } from "./outcome.ts";

export interface ChainOptions extends Omit<ExchangeOptions, "left"> {
  /** Milliseconds for the whole chain; a function is asked again when they are over. */
  timeout: number | (() => number);
}

/**
 * Asks a question to its end. Where an answer stops at a CNAME, the name that it leads to is asked next, all within
 * `timeout`.
 */
export async function followChain(question: Question, options: ChainOptions): Promise<DnsOutcome> {
  const started = performance.now();
  const { timeout, ...others } = options;
  const allowed = typeof timeout === "number" ? () => timeout : timeout;
  const left = () => allowed() - (performance.now() - started);
  const cnames: string[] = [];
  let ttl = Number.POSITIVE_INFINITY;
  let authenticated = true;
  for (let asked = question; ; asked = { name: cnames.at(-1) ?? question.name, type: question.type }) {
    const result = await exchange(asked, { ...others, left });
    if (result.kind === "no-answer") {
      return unknownOutcome(question, result.malformed ? "invalid" : "timeout", result.reason, cnames);
    }
    const { message, server } = result;
    const meaning = interpret(message, asked);
    cnames.push(...meaning.cnames);
    ttl = Math.min(ttl, meaning.ttl);
    authenticated &&= message.authenticated;
    if (meaning.kind === "outcome") {
      const { status, records } = meaning;
      const reason = meaning.reason && `${server}: ${meaning.reason}`;
      const { extendedError } = message;
      return { ...question, status, records, cnames, ttl, authenticated, reason, extendedError };
    }
    const problem = whyNotContinue(question.name, cnames);
    if (problem) return unknownOutcome(question, "invalid", problem, cnames);
  }
}

function whyNotContinue(asked: string, cnames: readonly string[]): string | null {
  const names = [asked, ...cnames];
  if (cnames.length > MAX_CNAMES || new Set(names).size < names.length) {
    return "the CNAME records lead in a circle or too far";
  }
  const { problem } = normalizeName(cnames.at(-1) || ".");
  return problem ? `a CNAME leads to a name that cannot be asked: ${problem}` : null;
}
