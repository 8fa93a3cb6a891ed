import { presence, type Resolver } from "../dns/index.ts";
import { answerCache } from "./answer-cache.ts";
import { type BackOff, backOff } from "./back-off.ts";
import { type Budget, budget } from "./budget.ts";
import type { BlocklistKeys } from "./keys.ts";
import { listingText } from "./listing-text.ts";
import { askPatiently, type Pace } from "./patience.ts";
import { questionName } from "./question-name.ts";
import { readSelfTest, reasonOf, type SelfTest, testPoints } from "./self-test.ts";
import type { Subject } from "./target.ts";
import { judge, type UncheckedReason, type Verdict } from "./verdict.ts";
import { apexOf, type Code, type KnownZones, type SubjectKind, type Zone, zonesFor } from "./zones.ts";

/** What one list says of one subject. */
export interface ZoneVerdict {
  readonly verdict: Verdict;
  /** Only where the list could not be checked. */
  readonly reason: UncheckedReason | null;
  /** The A records of the answer. */
  readonly answers: readonly string[];
  /** What they mean by the zone's table; where the zone refuses to serve, its error. */
  readonly codes: readonly Code[];
}

/**
 * The blocklists as one process knows them: what they said lately, which are silent or broken, how often they were asked today.
 * All questions of the process share it, together with one resolver.
 */
export interface Blocklists extends KnownZones {
  readonly resolver: Resolver;
  /** The zones to ask about a kind of subject, in the order of the file. */
  zonesFor(kind: SubjectKind): Zone[];
  /** Asks one zone. Ends within about four seconds at worst; whoever cannot wait so long stops waiting. */
  ask(zone: Zone, subject: Subject): Promise<ZoneVerdict>;
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
}

/** A passed self-test is believed for so long. */
const TEST_LIFETIME = 30 * 60 * 1000;
/** A listing is suspicious when the self-test is older: the zone may have begun to list the world since. */
const FRESH_TEST = 60 * 1000;
/** For how long a zone that failed is not asked, at first and at most. */
const FIRST_HOLD = 30 * 1000;
const LONGEST_HOLD = 30 * 60 * 1000;

interface ZoneState {
  readonly pace: Pace;
  readonly hold: BackOff;
  /** What it failed with last. */
  failure: ZoneVerdict | null;
  /** By the points that were asked. */
  readonly tests: Map<string, { at: number; test: Promise<SelfTest> }>;
}

export function createBlocklists(options: BlocklistsOptions): Blocklists {
  const { zones, sources, dailyQuestions, resolver, keys = {} } = options;
  const { clock = () => performance.now(), now = Date.now, random = Math.random } = options;
  const states = new Map<Zone, ZoneState>();
  const spent: Budget = budget(now);
  const kept = answerCache<ZoneVerdict>(clock);
  const flights = new Map<string, Promise<ZoneVerdict>>();
  const asked = new Map<SubjectKind, Zone[]>();

  function stateOf(zone: Zone): ZoneState {
    const known = states.get(zone);
    if (known) return known;
    const state: ZoneState = {
      pace: { latency: null, answeredAt: Number.NEGATIVE_INFINITY },
      hold: backOff({ first: FIRST_HOLD, most: LONGEST_HOLD, clock, random }),
      failure: null,
      tests: new Map(),
    };
    states.set(zone, state);
    return state;
  }

  function ask(zone: Zone, subject: Subject): Promise<ZoneVerdict> {
    const key = `${zone.zone} ${subject.value}`;
    const known = kept.get(key);
    if (known) return Promise.resolve(known);
    const flight = flights.get(key) ?? find(zone, subject, key).finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  }

  async function find(zone: Zone, subject: Subject, key: string): Promise<ZoneVerdict> {
    const apex = apexOf(zone, keys);
    if (apex === null) return unchecked("key");
    const state = stateOf(zone);
    if (state.hold.holding && state.failure) return { ...state.failure, answers: [] };
    if (!spend(zone, 1)) return unchecked("quota");
    const tested = selfTest(zone, subject.kind, apex, TEST_LIFETIME);
    const started = performance.now();
    const outcome = await askPatiently(resolver, state.pace, questionName(subject.value, apex), "A");
    const failed = reasonOf(outcome);
    if (failed) {
      // one lost answer of a zone that answers others is no reason to hold off
      const isDead = failed !== "silent" || state.pace.answeredAt < started;
      return isDead ? fail(state, unchecked(failed)) : unchecked(failed);
    }
    const found = await conclude(zone, subject, apex, outcome.records, tested);
    if (isOfTheZone(found.reason)) return fail(state, found);
    state.hold.succeeded();
    if (found.verdict !== "unchecked") kept.set(key, found, outcome.ttl);
    return found;
  }

  async function conclude(
    zone: Zone,
    { kind }: Subject,
    apex: string,
    answers: readonly string[],
    tested: Promise<SelfTest>,
  ): Promise<ZoneVerdict> {
    if (answers.length === 0) {
      const { againstClean } = await tested;
      return againstClean ? unchecked(againstClean) : { verdict: "clean", reason: null, answers, codes: [] };
    }
    const judged = judge(zone, answers);
    if (judged.verdict === "unchecked") return { ...judged, answers };
    const [{ againstListings }] = await Promise.all([selfTest(zone, kind, apex, FRESH_TEST), tested]);
    if (againstListings) return unchecked(againstListings, answers);
    return { ...judged, reason: null, answers };
  }

  /** Asks the test points, unless a test that was passed within `maxAge` milliseconds is known. */
  function selfTest(zone: Zone, kind: SubjectKind, apex: string, maxAge: number): Promise<SelfTest> {
    const { tests, pace } = stateOf(zone);
    const family = kind === "ip6" && (zone.test.listed6 || zone.test.unlisted6) ? "ip6" : "";
    const known = tests.get(family);
    if (known && clock() - known.at < maxAge) return known.test;
    const test = run();
    const entry = { at: clock(), test };
    tests.set(family, entry);
    // what could not be made sure is tried again the next time
    test.then(({ againstClean, againstListings }) => {
      if ((againstClean || againstListings) && tests.get(family) === entry) tests.delete(family);
    });
    return test;

    async function run(): Promise<SelfTest> {
      const { listed, unlisted } = testPoints(zone, kind);
      if (!spend(zone, 2)) return { againstClean: "quota", againstListings: "quota" };
      const [positive, negative] = await Promise.all([
        listed === null ? null : askPatiently(resolver, pace, questionName(listed, apex), "A"),
        askPatiently(resolver, pace, questionName(unlisted, apex), "A"),
      ]);
      return readSelfTest(zone, positive, negative);
    }
  }

  function fail(state: ZoneState, verdict: ZoneVerdict): ZoneVerdict {
    if (!state.hold.holding) {
      state.hold.failed();
      state.tests.clear();
    }
    state.failure = verdict;
    return verdict;
  }

  function spend(zone: Zone, questions: number): boolean {
    return spent.spend(zone.zone, questions, zone.dailyQuestions ?? dailyQuestions);
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
      const { pace } = stateOf(zone);
      const outcome = await askPatiently(resolver, pace, questionName(subject.value, apex), "TXT");
      if (presence(outcome.status) !== "present") return null;
      return listingText(outcome.records, zone.key && keys[zone.key]);
    },
  };
}

function unchecked(reason: UncheckedReason, answers: readonly string[] = []): ZoneVerdict {
  return { verdict: "unchecked", reason, answers, codes: [] };
}

/** Whether it is the zone that fails, so that asking it about another subject would end the same way. */
function isOfTheZone(reason: UncheckedReason | null): boolean {
  return reason === "blocked" || reason === "not-127" || reason === "lists-all" || reason === "empty";
}
