/**
 * What Prometheus is told. Labels hold words that Postie itself has chosen and nothing else: no domain, address, person,
 * workspace or channel, and never more series than those words make.
 */
import { readFileSync } from "node:fs";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { UncheckedReason, Verdict, ZoneVerdict } from "./blocklist/index.ts";
import type { Outcome } from "./bot/answer.ts";
import type { Answered } from "./bot/bot.ts";
import { commands } from "./bot/commands/index.ts";
import type { Place } from "./bot/request.ts";
import type { DnsOutcome, DnsStatus, RecordType } from "./dns/index.ts";
import { createProbe } from "./probe.ts";
import type { Deliveries, Store } from "./store/index.ts";

export interface Metrics {
  /** Is told of every answer; see `createBot`. */
  onAnswered(answered: Answered): void;
  /** Is told how DNS questions ended; see `createResolver`. */
  onOutcome(outcome: Pick<DnsOutcome, "type" | "status">, asked: { uncached: boolean }): void;
  /** Is told what blocklists said; see `createBlocklists`. */
  onVerdict(verdict: Pick<ZoneVerdict, "verdict" | "reason">): void;
  /** The same deliveries, counted. */
  counting(deliveries: Deliveries): Deliveries;
  /** Everything in Prometheus' text format, after {@link PATIENCE_MS} at the latest. */
  expose(): Promise<{ contentType: string; body: string }>;
}

export interface MetricsOptions {
  /** Postie's own version; that of `package.json` when not given. */
  readonly version?: string;
  /** Read whenever the metrics are; what fails or is late is left out. */
  readonly sources?: {
    readonly watches?: () => Promise<Awaited<ReturnType<Store["watches"]["count"]>>>;
    readonly jobs?: () => Promise<{ waiting: number; lagMs: number }>;
  };
}

/** How long reading waits for the store, in milliseconds: much less than the ten seconds that Prometheus waits. */
const PATIENCE_MS = 2_000;
/** Counting costs the store a little, and anybody might ask. */
const KEPT_MS = 1_000;

/** From an answer out of the knowledge to a live check that took all the time it has, in seconds. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16];

const COMMANDS: readonly string[] = commands.map(({ name }) => name);
const PLATFORMS: readonly Place["platform"][] = ["terminal", "slack", "teams", "web"];
const OUTCOMES: readonly Outcome[] = ["answered", "nothing", "problem", "usage", "busy", "fault"];
const STATUSES: readonly DnsStatus[] = [
  "ok",
  "nodata",
  "nxdomain",
  "servfail",
  "refused",
  "timeout",
  "invalid",
];
const VERDICTS: readonly Verdict[] = ["listed", "clean", "policy", "allow", "unchecked"];
const REASONS: readonly UncheckedReason[] = [
  "silent",
  "refused",
  "servfail",
  "blocked",
  "not-127",
  "lists-all",
  "empty",
  "key",
  "quota",
  "unknown-code",
];

/** The kinds of records that go wrong together. */
const TYPE_CLASSES: Record<RecordType, string> = {
  A: "address",
  AAAA: "address",
  CAA: "other",
  CNAME: "other",
  DNSKEY: "dnssec",
  DS: "dnssec",
  MX: "mx",
  NS: "other",
  PTR: "reverse",
  SOA: "other",
  SPF: "text",
  TLSA: "dnssec",
  TXT: "text",
};

/** A registry of its own, with what is known of the process beside what is known of Postie. */
export function createMetrics({ version = ownVersion(), sources = {} }: MetricsOptions = {}): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });

  const questions = new Counter({
    name: "postie_questions_total",
    help: "Questions that were answered, or told that there are too many",
    labelNames: ["command", "platform", "outcome"],
    registers,
  });
  const durations = new Histogram({
    name: "postie_question_duration_seconds",
    help: "From a question to its answer, without the platform's part",
    labelNames: ["command"],
    buckets: DURATIONS,
    registers,
  });
  const outcomes = new Counter({
    name: "postie_dns_outcomes_total",
    help: "How questions to the DNS resolvers ended, those to blocklists in a class of their own",
    labelNames: ["type", "status"],
    registers,
  });
  const verdicts = new Counter({
    name: "postie_dnsbl_verdicts_total",
    help: "What blocklists said when they were asked, and why they could not be checked",
    labelNames: ["verdict", "reason"],
    registers,
  });
  const deliveries = new Counter({
    name: "postie_deliveries_total",
    help: "What the platforms delivered: taken, a repeat that was dropped, or taken over from an instance that died",
    labelNames: ["platform", "what"],
    registers,
  });
  new Gauge({
    name: "postie_build_info",
    help: "Always 1",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.versions.node }, 1);
  const readSources = sourcesReader(registers, sources);

  return {
    onAnswered({ command, platform, outcome, ms }) {
      const known = oneOf(COMMANDS, command);
      questions.inc({
        command: known,
        platform: oneOf(PLATFORMS, platform),
        outcome: oneOf(OUTCOMES, outcome),
      });
      if (outcome !== "busy") durations.observe({ command: known }, ms / 1_000);
    },
    onOutcome({ type, status }, { uncached }) {
      // Only blocklists keep what they were told themselves.
      const kind = uncached ? "blocklist" : (TYPE_CLASSES[type] ?? "other");
      outcomes.inc({ type: kind, status: oneOf(STATUSES, status) });
    },
    onVerdict({ verdict, reason }) {
      verdicts.inc({
        verdict: oneOf(VERDICTS, verdict),
        reason: reason === null ? "none" : oneOf(REASONS, reason),
      });
    },
    counting: (counted) => ({
      async take(owner, name, note) {
        const delivery = await counted.take(owner, name, note);
        deliveries.inc({ platform: owner.platform, what: delivery ? "taken" : "repeated" });
        return delivery;
      },
      async takeOver(platform) {
        const abandoned = await counted.takeOver(platform);
        deliveries.inc({ platform, what: "taken over" }, abandoned.length);
        return abandoned;
      },
    }),
    async expose() {
      await readSources();
      return { contentType: register.contentType, body: await register.metrics() };
    },
  };
}

/** What is read from the store whenever somebody asks. It is the same for all instances that share a store. */
function sourcesReader(
  registers: Registry[],
  { watches, jobs }: NonNullable<MetricsOptions["sources"]>,
): () => Promise<void> {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const limits = { patienceMs: PATIENCE_MS, keptMs: KEPT_MS };
  const readers: (() => Promise<void>)[] = [];
  if (watches) {
    const probe = createProbe(watches, limits);
    const reachable = gauge("postie_store_reachable", "1 when the store could be read just now, otherwise 0");
    const count = gauge("postie_watches", "Watches of all conversations");
    const targets = gauge(
      "postie_watch_targets",
      "Domains and addresses that are watched, each counted once",
    );
    const notices = gauge("postie_notices_waiting", "Messages about changes that are not posted yet");
    const overdue = gauge(
      "postie_watch_overdue_seconds",
      "How long the check that is due longest has been due",
    );
    readers.push(async () => {
      const read = await probe();
      reachable.set(read ? 1 : 0);
      show(count, read?.watches);
      show(targets, read?.targets);
      show(notices, read?.notices);
      show(overdue, read && read.overdueMs / 1_000);
    });
  }
  if (jobs) {
    const probe = createProbe(jobs, limits);
    const waiting = gauge("postie_jobs_waiting", "Jobs that wait to be worked on");
    const lag = gauge("postie_job_lag_seconds", "How long the oldest job that could be worked on has waited");
    readers.push(async () => {
      const read = await probe();
      show(waiting, read?.waiting);
      show(lag, read && read.lagMs / 1_000);
    });
  }
  return async () => {
    await Promise.all(readers.map((read) => read()));
  };
}

/** What is not known now is left out: an old value would look like a fact. */
function show(gauge: Gauge, value: number | null | undefined): void {
  if (typeof value === "number") gauge.set(value);
  else gauge.remove();
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const known = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return known && typeof manifest.version === "string" ? manifest.version : "unknown";
}

function oneOf(known: readonly string[], word: string): string {
  return known.includes(word) ? word : "other";
}
