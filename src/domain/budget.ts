import { type DnsOutcome, type RecordType, type Resolver, unknownOutcome } from "../dns/index.ts";

export interface Budget {
  /** Different questions that may be asked. */
  readonly questions: number;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/**
 * Asks `resolver` within a budget. A question beyond it is unknown, never absent: `timeout`, with a reason that says so.
 * Asking the same again costs nothing.
 */
export function withinBudget(resolver: Resolver, { questions, signal }: Budget): Resolver {
  const asked = new Set<string>();
  return {
    resolve: <T extends RecordType>(name: string, type: T): Promise<DnsOutcome<T>> => {
      const key = `${type} ${name.toLowerCase().replace(/\.$/, "")}`;
      if (!asked.has(key) && asked.size >= questions) {
        const reason = `the limit of ${questions} questions for one audit is used up`;
        return Promise.resolve(unknownOutcome({ name, type }, "timeout", reason));
      }
      asked.add(key);
      return resolver.resolve(name, type, { signal });
    },
    close: () => resolver.close(),
  };
}
