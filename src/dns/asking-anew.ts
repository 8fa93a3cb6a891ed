import { type DnsOutcome, presence, type RecordType, type Resolver } from "./outcome.ts";

/**
 * Asks `resolver` everything anew, whatever it has kept from before, and each question only once: for a check that must not
 * rest on what an earlier one was told. A question that got no answer may be asked again.
 *
 * @param signal ends all waiting
 */
export function askingAnew(resolver: Resolver, signal: AbortSignal): Resolver {
  const asked = new Map<string, Promise<DnsOutcome>>();
  return {
    resolve: <T extends RecordType>(name: string, type: T): Promise<DnsOutcome<T>> => {
      const key = `${type} ${name.toLowerCase().replace(/\.$/, "")}`;
      // The key holds the type, so what is found under it is of that type.
      const before = asked.get(key) as Promise<DnsOutcome<T>> | undefined;
      if (before) return before;
      const outcome = resolver.resolve(name, type, { signal, uncached: true }).then((answer) => {
        if (presence(answer.status) === "unknown") asked.delete(key);
        return answer;
      });
      asked.set(key, outcome);
      return outcome;
    },
    close: () => {},
  };
}
