/** What is to be done when each signal aborts. */
const actions = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Does `action` when the signal aborts. Hundreds of questions wait for the same signal, and an `AbortSignal` walks through all
 * its listeners whenever one comes or goes, so it gets a single one here.
 *
 * @param signal one that has not aborted yet
 * @returns how to call it off
 */
export function onAbort(signal: AbortSignal, action: () => void): () => void {
  const known = actions.get(signal) ?? listen(signal);
  known.add(action);
  return () => known.delete(action);
}

function listen(signal: AbortSignal): Set<() => void> {
  const known = new Set<() => void>();
  actions.set(signal, known);
  const actAll = () => {
    for (const action of known) action();
  };
  signal.addEventListener("abort", actAll, { once: true });
  return known;
}
