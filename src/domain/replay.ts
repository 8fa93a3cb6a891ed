/** Audits from a snapshot, with no network. */
import * as z from "zod";
import { fillSnapshot, type Resolver, replaying } from "../dns/index.ts";
import { type Audit, auditDomain } from "./audit.ts";
import type { Fetcher } from "./fetch.ts";
import { fillFetchSnapshot, replayingFetcher } from "./fetch-snapshot.ts";
import type { AuditSnapshot } from "./snapshot.ts";
import { isSelector, parseDomain } from "./target.ts";

/** Thrown for what is no snapshot of an audit; the message says what is wrong with it, in one line. */
export class SnapshotError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SnapshotError";
  }
}

const form = z.object({
  format: z.literal("postie-audit"),
  version: z.literal(1),
  domain: z.string().refine((name) => parseDomain(name).domain === name, "is not a domain"),
  askedAt: z.iso.datetime(),
  selectors: z.array(z.string().refine(isSelector, "is not a selector")).max(100),
  senderIp: z.union([z.ipv4(), z.ipv6(), z.null()]),
  dns: z.unknown(),
  https: z.unknown(),
});

/**
 * The audit that a snapshot was taken of, made again by the rules of today. What the snapshot does not hold could not be checked.
 *
 * @param snapshot as `Audit.snapshot()` gave it, also after a round trip through JSON
 * @throws {SnapshotError} when it has another form
 */
export async function replayAudit(snapshot: unknown): Promise<Audit> {
  const { domain, askedAt, selectors, senderIp, resolver, fetch } = readSnapshot(snapshot);
  return auditDomain(domain, {
    resolver,
    makeFetcher: () => fetch,
    selectors,
    senderIp,
    now: new Date(askedAt),
  });
}

/**
 * A snapshot in which what could not be learned is taken from another one of the same domain, as far as that knows it; the rest
 * stays unknown. Two audits that were filled from each other differ only in what both could learn.
 *
 * @throws {SnapshotError} when one of them has another form
 */
export function fillAudit(snapshot: unknown, from: unknown): AuditSnapshot {
  try {
    const [own, other] = [form.parse(snapshot), form.parse(from)];
    return {
      ...own,
      dns: fillSnapshot(own.dns, other.dns),
      https: fillFetchSnapshot(own.https, other.https),
    };
  } catch (error) {
    throw new SnapshotError(`This is not a snapshot of an audit: ${reasonOf(error)}.`);
  }
}

function readSnapshot(snapshot: unknown): Omit<z.output<typeof form>, "dns" | "https"> & {
  resolver: Resolver;
  fetch: Fetcher;
} {
  try {
    const { dns, https, ...rest } = form.parse(snapshot);
    return { ...rest, resolver: replaying(dns), fetch: replayingFetcher(https) };
  } catch (error) {
    throw new SnapshotError(`This is not a snapshot of an audit: ${reasonOf(error)}.`);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return "it cannot be read";
  const [issue] = error.issues;
  const place = issue?.path.join(".") ?? "";
  return `${place === "" ? "the whole" : place} ${issue?.message ?? "is wrong"}`;
}
