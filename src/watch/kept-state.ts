/** What is kept of a check, so that the next one can be compared with it by the rules of then: text for the store. */
import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import type { AuditSnapshot } from "../domain/index.ts";
import { type ListAnswers, listAnswersForm } from "./list-answers.ts";

export interface KeptState {
  /** When the check was, in milliseconds since 1970. */
  readonly at: number;
  /** All that DNS and the web answered about a domain; null for an address. */
  readonly audit: AuditSnapshot | null;
  readonly lists: ListAnswers;
  /** What shows that the domain is signed wrongly, null where it is not; null as a whole where that could not be told. */
  readonly signatures: { readonly bogus: string | null } | null;
  readonly brief: Brief;
  /** What was told lately, the latest last. */
  readonly told: readonly Told[];
  /** Of a suspected change: how many checks in a row did not settle it. */
  readonly rounds: number;
}

/** How the target looked at that check, for lists and for who begins to watch it. */
export type Brief = z.output<typeof briefForm>;

export type Told = z.output<typeof toldForm>;

const briefForm = z.union([
  z.object({
    receives: z.enum(["yes", "no", "unknown"]),
    trust: z.enum(["enforced", "monitored", "none", "unknown"]),
    exists: z.boolean().nullable(),
    problems: z.int(),
    warnings: z.int(),
    /** Names of lists that the domain or a mail server of it is on. */
    listed: z.array(z.string()),
  }),
  z.object({ listed: z.array(z.string()), answered: z.int() }),
]);

const toldForm = z.object({ at: z.number(), line: z.string() });

const packedForm = z.object({
  audit: z.looseObject({ domain: z.string(), askedAt: z.string() }).nullable(),
  lists: listAnswersForm,
  signatures: z.object({ bogus: z.string().nullable() }).nullable(),
});

const keptForm = z.object({
  format: z.literal("postie-watch"),
  version: z.literal(1),
  at: z.number(),
  brief: briefForm,
  told: z.array(toldForm),
  rounds: z.int(),
  /** gzip in base64: an audit is some fifty thousand characters of JSON, and a tenth of that when packed. */
  packed: z.string(),
});

/** Characters of JSON that are kept of one target; a hostile zone could have millions. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_TOLD = 20;

/** The text that the store keeps. */
export function encodeState({ audit, lists, signatures, told, ...rest }: KeptState): string {
  const packed = JSON.stringify({ audit: audit && bounded(audit), lists, signatures });
  return JSON.stringify({
    format: "postie-watch",
    version: 1,
    ...rest,
    told: told.slice(-MAX_TOLD),
    packed: gzipSync(packed).toString("base64"),
  } satisfies z.input<typeof keptForm>);
}

/** What {@link encodeState} wrote; null for what cannot be read, such as what a newer Postie wrote. */
export function decodeState(text: string): KeptState | null {
  const outside = readOutside(text);
  if (!outside) return null;
  try {
    const unpacked = gunzipSync(Buffer.from(outside.packed, "base64"), {
      maxOutputLength: 16 * MAX_CHARACTERS,
    });
    const { audit, lists, signatures } = packedForm.parse(JSON.parse(unpacked.toString("utf8")));
    const { at, brief, told, rounds } = outside;
    // What it holds in particular is read, and may be refused, by whoever replays it.
    return { at, brief, told, rounds, lists, signatures, audit: audit as AuditSnapshot | null };
  } catch {
    return null;
  }
}

/** How the target looked and what was told of it, without unpacking the rest. */
export function readBrief(text: string | null): Pick<KeptState, "at" | "brief" | "told"> | null {
  return text === null ? null : readOutside(text);
}

function readOutside(text: string): z.output<typeof keptForm> | null {
  try {
    return keptForm.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Without its longest answers, where it is too large: what is missing counts as not known, never as absent. */
function bounded(audit: AuditSnapshot): AuditSnapshot {
  let left = MAX_CHARACTERS;
  const fits = ({ length }: { length: number }) => {
    left -= length;
    return left >= 0;
  };
  const sized = [
    ...audit.dns.outcomes.map((one) => ({ one, length: JSON.stringify(one).length })),
    ...audit.https.map((one) => ({ one, length: JSON.stringify(one).length })),
  ].toSorted((one, other) => one.length - other.length);
  const kept = new Set<unknown>(sized.filter(fits).map(({ one }) => one));
  return {
    ...audit,
    dns: { outcomes: audit.dns.outcomes.filter((one) => kept.has(one)) },
    https: audit.https.filter((one) => kept.has(one)),
  };
}
