import { AsyncLocalStorage } from "node:async_hooks";

const quiet = new AsyncLocalStorage<true>();

const write = console.error;
console.error = (...given: unknown[]) => {
  if (!quiet.getStore()) write(...given);
};

/**
 * Does something without what it writes to `console.error`; whatever else the process does meanwhile is heard. The SDK writes an
 * error's stack or its keys there for each token it refuses, in lines that are not JSON, and anybody could have it do so. That
 * it refused is in our own log.
 */
export function withoutConsoleErrors<T>(work: () => Promise<T>): Promise<T> {
  return quiet.run(true, work);
}
