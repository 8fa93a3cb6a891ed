import * as z from "zod";
import { normalizeName } from "./name.ts";
import { type DnsOutcome, presence, type RecordType, type Resolver, unknownOutcome } from "./outcome.ts";

/** What questions ended in, as plain JSON: octets are written in base64. */
export type Snapshot = z.input<typeof snapshotForm>;

/** A resolver that keeps what it was told. */
export interface RecordingResolver extends Resolver {
  /** The different questions that were asked so far. */
  readonly questions: number;
  snapshot(): Snapshot;
}

const octets = z.codec(z.base64(), z.instanceof(Uint8Array), {
  decode: (text) => new Uint8Array(Buffer.from(text, "base64")),
  encode: (bytes) => Buffer.from(bytes).toString("base64"),
});

const snapshotForm = z.object({
  outcomes: z.array(
    z.discriminatedUnion("type", [
      outcomeForm("A", z.string()),
      outcomeForm("AAAA", z.string()),
      outcomeForm("CAA", z.object({ critical: z.boolean(), tag: z.string(), value: z.string() })),
      outcomeForm("CNAME", z.string()),
      outcomeForm("DNSKEY", z.object({ flags: z.int(), algorithm: z.int(), key: octets })),
      outcomeForm(
        "DS",
        z.object({ keyTag: z.int(), algorithm: z.int(), digestType: z.int(), digest: octets }),
      ),
      outcomeForm("MX", z.object({ preference: z.int(), exchange: z.string() })),
      outcomeForm("NS", z.string()),
      outcomeForm("PTR", z.string()),
      outcomeForm(
        "SOA",
        z.object({ mname: z.string(), rname: z.string(), serial: z.int(), minimum: z.int() }),
      ),
      outcomeForm("SPF", z.array(z.string())),
      outcomeForm(
        "TLSA",
        z.object({ usage: z.int(), selector: z.int(), matchingType: z.int(), data: octets }),
      ),
      outcomeForm("TXT", z.array(z.string())),
    ]),
  ),
});

/**
 * Asks `resolver` and keeps every outcome, so that a check can be counted, stored and replayed.
 *
 * @example
 * const recorded = recording(resolver);
 * await audit(recorded, "example.org");
 * await writeFile("audit.json", JSON.stringify(recorded.snapshot()));
 * // later, with no network
 * await audit(replaying(JSON.parse(await readFile("audit.json", "utf8"))), "example.org");
 */
export function recording(resolver: Resolver): RecordingResolver {
  const outcomes = new Map<string, DnsOutcome>();
  return {
    resolve: async (name, type, options) => {
      const outcome = await resolver.resolve(name, type, options);
      const key = keyOf(outcome);
      const isNews = !outcomes.has(key) || presence(outcome.status) !== "unknown";
      if (isNews) outcomes.set(key, outcome);
      return outcome;
    },
    close: () => resolver.close(),
    get questions() {
      return outcomes.size;
    },
    snapshot: () =>
      z.encode(snapshotForm, {
        outcomes: [...outcomes.values()] as z.output<typeof snapshotForm>["outcomes"],
      }),
  };
}

/**
 * Answers from a snapshot. What is not in it is unknown: `timeout`, with a reason that says so.
 *
 * @param snapshot as `recording` gave it, also after a round trip through JSON
 * @throws Error when it has another form
 */
export function replaying(snapshot: unknown): Resolver {
  const { outcomes } = z.decode(snapshotForm, snapshot as Snapshot);
  const byQuestion = new Map(outcomes.map((outcome) => [keyOf(outcome), outcome as DnsOutcome]));
  return {
    resolve: async <T extends RecordType>(name: string, type: T) => {
      const { problem, name: asked } = normalizeName(name);
      if (problem !== undefined) return unknownOutcome({ name, type }, "invalid", problem);
      const question = { name: asked, type };
      // The key holds the type, so what is found under it is of that type.
      const outcome = byQuestion.get(keyOf(question)) as DnsOutcome<T> | undefined;
      return outcome ?? unknownOutcome(question, "timeout", "the snapshot holds no answer to this question");
    },
    close: () => {},
  };
}

/**
 * A snapshot with what it does not know taken from another one: outcomes that tell nothing give way to those of `from` to the same
 * question, and questions that only `from` holds are added. What neither knows is left out. Records stand in one order, so that
 * what a server turns around makes no difference.
 *
 * @throws Error when one of them has another form
 */
export function fillSnapshot(snapshot: unknown, from: unknown): Snapshot {
  const filled = new Map<string, DnsOutcome>();
  for (const one of [from, snapshot]) {
    for (const outcome of z.decode(snapshotForm, one as Snapshot).outcomes as DnsOutcome[]) {
      if (presence(outcome.status) !== "unknown") filled.set(keyOf(outcome), inOrder(outcome));
    }
  }
  return z.encode(snapshotForm, {
    outcomes: [...filled.values()] as z.output<typeof snapshotForm>["outcomes"],
  });
}

function inOrder(outcome: DnsOutcome): DnsOutcome {
  const sortable = outcome.records.map((record) => ({ record, by: JSON.stringify(record) }));
  const sorted = sortable.toSorted((one, other) => (one.by < other.by ? -1 : Number(one.by > other.by)));
  return { ...outcome, records: sorted.map(({ record }) => record) };
}

function keyOf({ name, type }: { name: string; type: RecordType }): string {
  return `${type} ${name}`;
}

function outcomeForm<T extends RecordType, R extends z.ZodType>(type: T, record: R) {
  return z.object({
    name: z.string(),
    type: z.literal(type),
    status: z.enum(["ok", "nodata", "nxdomain", "servfail", "refused", "timeout", "invalid"]),
    records: z.array(record),
    cnames: z.array(z.string()),
    ttl: z.number(),
    authenticated: z.boolean(),
    reason: z.string().nullable(),
    extendedError: z.object({ code: z.int(), text: z.string() }).nullable(),
  });
}
