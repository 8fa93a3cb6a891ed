/** The decision by itself, on checks that are put together without a network. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createBlocklists } from "../../src/blocklist/index.ts";
import { createResolver } from "../../src/dns/index.ts";
import type { TargetState } from "../../src/store/index.ts";
import { decide, type Observation, observe } from "../../src/watch/index.ts";
import { decodeState, encodeState, type KeptState } from "../../src/watch/kept-state.ts";
import { knownZones, livingLists } from "../support/blocklist-zones.ts";
import { startDnsServer } from "../support/dns-server.ts";
import { DOMAIN, inWords, LISTS, PATIENCE, SOUND, ZONES } from "./support/watched.ts";

const HEAVY = "8.8.4.1";
const START: TargetState = {
  target: { kind: "domain", name: DOMAIN },
  known: null,
  suspected: null,
  checkedAt: null,
  unknownSince: null,
  nextCheckAt: 0,
};

/** A check of a sound domain, as it is kept. */
let sound: KeptState;
beforeAll(async () => {
  const server = await startDnsServer({ ...livingLists(ZONES), ...SOUND });
  const resolver = createResolver({ servers: [server.address], ...PATIENCE });
  const observed = await observe(START.target, {
    resolver,
    blocklists: createBlocklists({ ...knownZones(ZONES), resolver }),
    signal: new AbortController().signal,
    now: Date.UTC(2026, 10, 3),
  });
  resolver.close();
  await server.close();
  if (!observed) throw new Error("nothing could be checked");
  sound = observed;
});

type Outcome = NonNullable<KeptState["audit"]>["dns"]["outcomes"][number];

/** The same check with other answers to some questions; null: none came. */
function seeing(
  records: Record<string, string[] | null>,
  lists: KeptState["lists"] = sound.lists,
): KeptState {
  if (!sound.audit) throw new Error("this is no check of a domain");
  const outcomes = sound.audit.dns.outcomes.map((outcome): Outcome => {
    const texts = records[`${outcome.type} ${outcome.name}`];
    if (texts === undefined) return outcome;
    if (texts === null)
      return { ...outcome, status: "timeout", records: [], reason: "no answer in time" } as Outcome;
    const data =
      outcome.type === "MX"
        ? texts.map((exchange) => ({ preference: 10, exchange }))
        : texts.map((text) => [text]);
    return { ...outcome, status: "ok", records: data } as Outcome;
  });
  return { ...sound, lists, audit: { ...sound.audit, dns: { outcomes } } };
}

/** Decides on one check after the other; what is told after each. */
async function decideAll(checks: readonly Observation[], start = START, zones = ZONES) {
  let state = start;
  let now = Date.UTC(2026, 10, 3);
  const told: string[][] = [];
  for (const observed of checks) {
    const decision = await decide(state, observed, {
      zones,
      every: "daily",
      now,
      random: 0.5,
      summarize: (changes) => changes.map(inWords).join(", "),
    });
    state = decision.state;
    now = state.nextCheckAt;
    told.push(decision.changes.map(inWords));
  }
  return { state, told };
}

describe("whatever one check after the other sees", () => {
  const DMARC = `TXT _dmarc.${DOMAIN}`;
  const values = {
    spf: [...Array(3).keys()].map((index) => `v=spf1 ip4:198.51.100.${index} -all`),
    dmarc: ["reject", "quarantine", "none"].map((policy) => `v=DMARC1; p=${policy}`),
    mx: ["mx1", "mx2", "mx1"].map((host, index) => (index === 2 ? "mx9.example" : `${host}.${DOMAIN}`)),
    list: ["no", "listed", "policy"],
  };
  type Kind = keyof typeof values;
  const kinds = Object.keys(values) as Kind[];
  const look = fc.record({
    spf: fc.integer({ min: -1, max: 2 }),
    dmarc: fc.integer({ min: -1, max: 2 }),
    mx: fc.integer({ min: -1, max: 2 }),
    list: fc.integer({ min: -1, max: 2 }),
  });
  type Look = Record<Kind, number>;
  const ANSWERS: Record<string, string[]> = { no: [], listed: ["127.0.0.2"], policy: ["127.0.0.10"] };

  function observationOf(seen: Look): KeptState {
    const at = (kind: Kind) => values[kind][seen[kind]] ?? null;
    const [spf, dmarc, mx, list] = [at("spf"), at("dmarc"), at("mx"), at("list")];
    const own = list === null ? {} : { [LISTS.heavy.zone]: ANSWERS[list] ?? [] };
    return seeing(
      {
        [`TXT ${DOMAIN}`]: spf === null ? null : [spf],
        [DMARC]: dmarc === null ? null : [dmarc],
        [`MX ${DOMAIN}`]: mx === null ? null : [mx],
      },
      { ...sound.lists, [HEAVY]: own },
    );
  }

  /** What was told of a kind, as pairs of before and after, with the number of the check. */
  function toldOf(kind: Kind, told: readonly string[][]) {
    const start = kind === "list" ? `${HEAVY} Heavy ` : `${kind} `;
    return told.flatMap((changes, check) =>
      changes
        .filter((change) => change.startsWith(start))
        .map((change) => [...change.slice(start.length).split(" → "), String(check)]),
    );
  }

  test("what is told leads from what was known first to what is there at last, and no step was seen by one check only", async () => {
    await fc.assert(
      fc.asyncProperty(
        look,
        fc.array(look, { minLength: 1, maxLength: 7 }),
        look,
        async (first, between, last) => {
          const known = (seen: Look, from: Look): Look =>
            Object.fromEntries(kinds.map((kind) => [kind, seen[kind] < 0 ? from[kind] : seen[kind]])) as Look;
          const begin = known(first, { spf: 0, dmarc: 0, mx: 0, list: 0 });
          const end = known(last, begin);
          // At the end everything stands still for longer than a suspicion lasts.
          const looks = [begin, ...between, ...Array.from({ length: 10 }, () => end)];
          const { told, state } = await decideAll(looks.map(observationOf));
          expect(state.suspected).toBeNull();
          for (const kind of kinds) {
            const steps = toldOf(kind, told);
            const path = [values[kind][begin[kind]], ...steps.map(([, after]) => after)];
            expect(steps.map(([before]) => before)).toEqual(path.slice(0, -1));
            expect(path.at(-1)).toBe(values[kind][end[kind]]);
            for (const [was, after, check] of steps) {
              const seen = looks
                .slice(0, Number(check) + 1)
                .map((one) => one[kind])
                .filter((value) => value >= 0);
              const two = seen.slice(-2).map((value) => values[kind][value]);
              expect(two).toContain(after);
              expect(two).not.toContain(was);
            }
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("an upgrade alone tells nothing", () => {
  test("when a list's codes mean something else now", async () => {
    const on = seeing({}, { ...sound.lists, [HEAVY]: { [LISTS.heavy.zone]: ["127.0.0.2"] } });
    const { state } = await decideAll([on]);
    const milder = ZONES.map((zone) =>
      zone.zone === LISTS.heavy.zone
        ? { ...zone, codes: [{ match: "127.0.0.2", kind: "policy" as const, meaning: "a range after all" }] }
        : zone,
    );
    expect((await decideAll([on, on], state, milder)).told).toEqual([[], []]);
    const lighter = ZONES.map((zone) => ({ ...zone, weight: "low" as const }));
    expect((await decideAll([on, on], state, lighter)).told).toEqual([[], []]);
  });

  test("when lists are asked that were not, or are not any more", async () => {
    const { state } = await decideAll([seeing({}, { [HEAVY]: { [LISTS.middling.zone]: ["127.0.0.2"] } })]);
    const other = seeing({}, { [HEAVY]: { [LISTS.heavy.zone]: ["127.0.0.2"] } });
    const zones = ZONES.filter(({ zone }) => zone !== LISTS.middling.zone);
    const after = await decideAll([other, other], state, zones);
    expect(after.told).toEqual([[], []]);
    expect(decodeState(after.state.known ?? "")?.lists[HEAVY]).toEqual({ [LISTS.heavy.zone]: ["127.0.0.2"] });
  });

  test("when questions are asked that the older one did not ask", async () => {
    const { state } = await decideAll([sound]);
    const kept = decodeState(state.known ?? "");
    if (!kept?.audit) throw new Error("nothing was kept");
    const outcomes = kept.audit.dns.outcomes.filter(
      ({ name }) =>
        !name.startsWith("_dmarc.") && !name.includes("_domainkey") && !name.startsWith("_mta-sts."),
    );
    const older = { ...state, known: encodeState({ ...kept, audit: { ...kept.audit, dns: { outcomes } } }) };
    expect(outcomes.length).toBeLessThan(kept.audit.dns.outcomes.length / 2);
    expect((await decideAll([sound, sound], older)).told).toEqual([[], []]);
  });

  test.each<[string, string]>([
    ["of a newer Postie", JSON.stringify({ format: "postie-watch", version: 2, secret: true })],
    ["that is no JSON", "{"],
    ["whose packed part is broken", encodeBroken()],
  ])("when it finds a state %s, it begins anew", async (_name, known) => {
    const { state, told } = await decideAll([sound, sound], { ...START, known });
    expect(told).toEqual([[], []]);
    expect(decodeState(state.known ?? "")?.audit?.domain).toBe(DOMAIN);
  });

  test("when what is kept is no audit any more, it begins anew", async () => {
    const audit = { domain: DOMAIN, askedAt: "never" } as unknown as KeptState["audit"];
    const known = encodeBroken({ audit, lists: {}, signatures: null });
    expect((await decideAll([sound, sound], { ...START, known })).told).toEqual([[], []]);
  });
});

function encodeBroken(content: unknown = "no"): string {
  const packed = content === "no" ? "AAAA" : gzipSync(JSON.stringify(content)).toString("base64");
  const brief = { listed: [], answered: 1 };
  return JSON.stringify({ format: "postie-watch", version: 1, at: 1, brief, told: [], rounds: 0, packed });
}

describe("what is kept", () => {
  test("does not grow, however often and whatever else was seen", async () => {
    const checks = Array.from({ length: 12 }, (_, index) =>
      seeing({ [`MX ${DOMAIN}`]: [`mx${index >> 2}.${DOMAIN}`] }),
    );
    const many = checks.map((check, index) => ({
      ...check,
      lists: { ...sound.lists, [`8.8.8.${index}`]: { [LISTS.heavy.zone]: [] } },
    }));
    const { state } = await decideAll(many);
    const kept = decodeState(state.known ?? "");
    expect(Object.keys(kept?.lists ?? {}).length).toBeLessThanOrEqual(12);
    expect(kept?.audit?.dns.outcomes.length).toBeLessThanOrEqual((sound.audit?.dns.outcomes.length ?? 0) + 4);
  });

  test("is bounded, and what was left out is not told as gone", async () => {
    const huge = Array.from({ length: 40 }, (_, index) => `v=spf1 ${"x".repeat(8_000)}${index}`);
    const hostile = seeing({ [`TXT ${DOMAIN}`]: huge });
    const { state, told } = await decideAll([hostile, hostile, hostile]);
    expect(told.flat()).toEqual([]);
    const kept = decodeState(state.known ?? "");
    expect(JSON.stringify(kept?.audit).length).toBeLessThan(300_000);
    expect(kept?.audit?.dns.outcomes.some(({ type, name }) => type === "TXT" && name === DOMAIN)).toBe(false);
  });
});
