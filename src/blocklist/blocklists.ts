import { presence, type Resolver } from "../dns/index.ts";
import { answerCache } from "./answer-cache.ts";
import { type Budget, budget } from "./budget.ts";
import type { BlocklistKeys } from "./keys.ts";
import { listingText } from "./listing-text.ts";
import { askPatiently, type Pace } from "./patience.ts";
import { questionName } from "./question-name.ts";
import { readSelfTest, reasonOf, type SelfTest, testPoints } from "./self-test.ts";
import type { Subject } from "./target.ts";
import { judge, type UncheckedReason, type ZoneVerdict } from "./verdict.ts";
import { watchZone, type ZoneWatch } from "./zone-watch.ts";
import { apexOf, type KnownZones, type SubjectKind, type Zone, zonesFor } from "./zones.ts";

/**
 * The blocklists as one process knows them: what they said lately, which are silent or broken, how often they were asked today.
 * All questions of the process share it, together with one resolver.
 */
export interface Blocklists extends KnownZones {
  readonly resolver: Resolver;
  /** The zones to ask about a kind of subject, in the order of the file. */
  zonesFor(kind: SubjectKind): Zone[];
  /**
   * Asks one zone. Ends within about four seconds at worst; whoever cannot wait so long stops waiting.
   * @param options.fresh asks anew, whatever the zone said a moment ago, and whether it lives
   */
  ask(zone: Zone, subject: Subject, options?: { fresh?: boolean | undefined }): Promise<ZoneVerdict>;
  /** Why it is listed, in the list's own words: outside text of one line, at most 1,024 characters. */
  text(zone: Zone, subject: Subject): Promise<string | null>;
}

export interface BlocklistsOptions extends KnownZones {
  readonly resolver: Resolver;
  readonly keys?: BlocklistKeys;
  /** Milliseconds, for everything that is kept for a time; default `performance.now`. */
  readonly clock?: () => number;
  /** Milliseconds since 1970, for the day's budget; default `Date.now`. */
  readonly now?: () => number;
  /** From 0 to 1, for the back-off; default `Math.random`. */
  readonly random?: () => number;
  /** Is told every verdict that was not known from before, such as to count them. */
  readonly onVerdict?: (verdict: ZoneVerdict) => void;
}

/** A passed self-test is believed for so long. */
const TEST_LIFETIME = 30 * 60 * 1000;
/** On suspicion, a self-test counts only when it is not older: a listing may mean that the zone lists the world by now. */
const FRESH_TEST = 60 * 1000;

/** What is asked anew again and again, in the background, leaves the rest of a day's questions to people. */
const FOR_BACKGROUND = 0.8;

export function createBlocklists(options: BlocklistsOptions): Blocklists {
  const { zones, sources, dailyQuestions, resolver, keys = {} } = options;
  const { clock = () => performance.now(), now = Date.now, random = Math.random, onVerdict } = options;
  const watches = new Map<string, ZoneWatch>();
  const spent: Budget = budget(now);
  const kept = answerCache<ZoneVerdict>(clock);
  const flights = new Map<string, Promise<ZoneVerdict>>();
  const asked = new Map<SubjectKind, Zone[]>();

  /** IPv6 is watched by itself where it has test points of its own: it may fail while IPv4 does not. */
  function watchOf(zone: Zone, kind: SubjectKind, apex: string): ZoneWatch {
    const key = `${zone.zone} ${kind === "ip6" && (zone.test.listed6 || zone.test.unlisted6) ? "ip6" : ""}`;
    const known = watches.get(key);
    if (known) return known;
    const watch = watchZone({ test: (pace) => askTestPoints(zone, kind, apex, pace), clock, random });
    watches.set(key, watch);
    return watch;
  }

  async function askTestPoints(zone: Zone, kind: SubjectKind, apex: string, pace: Pace): Promise<SelfTest> {
    const { listed, unlisted } = testPoints(zone, kind);
    if (!spend(zone, 2)) return { againstClean: "quota", againstListings: "quota" };
    const [positive, negative] = await Promise.all([
      listed === null ? null : askPatiently(resolver, pace, questionName(listed, apex), "A"),
      askPatiently(resolver, pace, questionName(unlisted, apex), "A"),
    ]);
    return readSelfTest(zone, positive, negative);
  }

  function ask(
    zone: Zone,
    subject: Subject,
    { fresh = false }: { fresh?: boolean | undefined } = {},
  ): Promise<ZoneVerdict> {
    const key = `${zone.zone} ${subject.value}`;
    const known = fresh ? undefined : kept.get(key);
    if (known) return Promise.resolve(known);
    const flight = flights.get(key) ?? startFlight(zone, subject, { key, fresh });
    flights.set(key, flight);
    return flight;
  }

  interface Flying {
    key: string;
    fresh: boolean;
  }

  async function startFlight(zone: Zone, subject: Subject, flying: Flying): Promise<ZoneVerdict> {
    try {
      const found = await find(zone, subject, flying);
      onVerdict?.(found);
      return found;
    } finally {
      flights.delete(flying.key);
    }
  }

  async function find(zone: Zone, subject: Subject, { key, fresh }: Flying): Promise<ZoneVerdict> {
    const apex = apexOf(zone, keys);
    if (apex === null) return unchecked("key");
    const watch = watchOf(zone, subject.kind, apex);
    const failure = watch.failure();
    if (failure) return { ...failure, answers: [] };
    if (!spend(zone, 1, fresh ? FOR_BACKGROUND : 1)) return unchecked("quota");
    const tested = watch.selfTest(fresh ? FRESH_TEST : TEST_LIFETIME);
    const started = performance.now();
    const outcome = await askPatiently(resolver, watch.pace, questionName(subject.value, apex), "A");
    const failed = reasonOf(outcome);
    const found = failed ? unchecked(failed) : await conclude(zone, watch, outcome.records, tested);
    if (await isOfTheZone(found, { watch, tested, started })) {
      watch.failed(found);
    } else if (found.verdict !== "unchecked") {
      watch.answered();
      kept.set(key, found, outcome.ttl);
    }
    return found;
  }

  async function conclude(
    zone: Zone,
    watch: ZoneWatch,
    answers: readonly string[],
    tested: Promise<SelfTest>,
  ): Promise<ZoneVerdict> {
    if (answers.length === 0) {
      const { againstClean } = await tested;
      return againstClean ? unchecked(againstClean) : { verdict: "clean", reason: null, answers, codes: [] };
    }
    const judged = judge(zone, answers);
    if (judged.verdict === "unchecked") return { ...judged, answers };
    const againstListings =
      (await tested).againstListings ?? (await watch.selfTest(FRESH_TEST)).againstListings;
    if (againstListings) return unchecked(againstListings, answers);
    return { ...judged, reason: null, answers };
  }

  function spend(zone: Zone, questions: number, part = 1): boolean {
    return spent.spend(zone.zone, questions, (zone.dailyQuestions ?? dailyQuestions) * part);
  }

  return {
    zones,
    sources,
    dailyQuestions,
    resolver,
    zonesFor: (kind) => {
      const those = asked.get(kind) ?? zonesFor(kind, zones, keys);
      asked.set(kind, those);
      return those;
    },
    ask,
    text: async (zone, subject) => {
      const apex = apexOf(zone, keys);
      if (apex === null || !spend(zone, 1)) return null;
      const { pace } = watchOf(zone, subject.kind, apex);
      const outcome = await askPatiently(resolver, pace, questionName(subject.value, apex), "TXT");
      if (presence(outcome.status) !== "present") return null;
      return listingText(outcome.records, zone.key && keys[zone.key]);
    },
  };
}

function unchecked(reason: UncheckedReason, answers: readonly string[] = []): ZoneVerdict {
  return { verdict: "unchecked", reason, answers, codes: [] };
}

/**
 * Whether it is the zone that fails, so that asking it about another subject would end the same way. A single lost or odd
 * answer of a zone that answers otherwise is no reason to leave it alone.
 */
async function isOfTheZone(
  { reason }: ZoneVerdict,
  { watch, tested, started }: { watch: ZoneWatch; tested: Promise<SelfTest>; started: number },
): Promise<boolean> {
  switch (reason) {
    case null:
    case "unknown-code":
    case "key":
    case "quota":
      return false;
    case "silent":
      return watch.pace.answeredAt < started;
    default:
      return fails(await tested) || fails(await watch.selfTest(FRESH_TEST));
  }
}

function fails({ againstClean, againstListings }: SelfTest): boolean {
  return againstClean !== null || againstListings !== null;
}
