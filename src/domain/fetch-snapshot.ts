import * as z from "zod";
import { type Fetcher, type FetchOutcome, fetchPresence } from "./fetch.ts";

/** What HTTPS requests ended in, as plain JSON: bodies are written in base64. */
export type FetchSnapshot = z.input<typeof snapshotForm>;

const snapshotForm = z.array(
  z.discriminatedUnion("status", [
    z.object({
      asked: z.string(),
      status: z.literal("ok"),
      url: z.string(),
      contentType: z.string().nullable(),
      body: z.codec(z.base64(), z.instanceof(Uint8Array), {
        decode: (text) => new Uint8Array(Buffer.from(text, "base64")),
        encode: (bytes) => Buffer.from(bytes).toString("base64"),
      }),
    }),
    z.object({
      asked: z.string(),
      status: z.enum([
        "invalid-url",
        "no-address",
        "not-public",
        "connection",
        "tls",
        "redirect",
        "http-status",
        "too-large",
        "encoded",
        "dns",
        "network",
        "timeout",
      ]),
      url: z.string(),
      reason: z.string(),
    }),
  ]),
);

/** Fetches through `fetch` and keeps every outcome, so that an audit can be stored and replayed. */
export function recordingFetcher(fetch: Fetcher): { fetch: Fetcher; snapshot(): FetchSnapshot } {
  const outcomes = new Map<string, FetchOutcome>();
  return {
    fetch: async (url, options) => {
      const outcome = await fetch(url, options);
      if (!outcomes.has(url) || fetchPresence(outcome) !== "unknown") outcomes.set(url, outcome);
      return outcome;
    },
    snapshot: () =>
      z.encode(
        snapshotForm,
        [...outcomes].map(([asked, outcome]) => ({ asked, ...outcome })),
      ),
  };
}

/**
 * Fetches from a snapshot, with no network. What is not in it is unknown: `timeout`, with a reason that says so.
 *
 * @param snapshot as `recordingFetcher` gave it, also after a round trip through JSON
 * @throws z.ZodError when it has another form
 */
export function replayingFetcher(snapshot: unknown): Fetcher {
  const entries = z.decode(snapshotForm, snapshot as FetchSnapshot);
  const outcomes = new Map<string, FetchOutcome>(entries.map(({ asked, ...outcome }) => [asked, outcome]));
  return async (url) =>
    outcomes.get(url) ?? { status: "timeout", url, reason: "the snapshot holds no answer to this request" };
}

/**
 * A snapshot with what it does not know taken from another one: requests that ended in nothing known give way to those of `from`
 * for the same file, and those that only `from` holds are added. What neither knows is left out.
 *
 * @throws z.ZodError when one of them has another form
 */
export function fillFetchSnapshot(snapshot: unknown, from: unknown): FetchSnapshot {
  const filled = new Map<string, z.output<typeof snapshotForm>[number]>();
  for (const one of [from, snapshot]) {
    for (const entry of z.decode(snapshotForm, one as FetchSnapshot)) {
      if (fetchPresence(entry) !== "unknown") filled.set(entry.asked, entry);
    }
  }
  return z.encode(snapshotForm, [...filled.values()]);
}
