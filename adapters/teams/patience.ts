/** Teams gives up on an invoke after 3 s or a little more; this leaves time for the way. */
const PATIENCE_MS = 2000;

/** What the work results in, or null when it takes longer than Teams waits for an invoke; it goes on then. */
export async function withinPatience<T>(work: Promise<T>, ms = PATIENCE_MS): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
