import { createBlocklists } from "../../../src/blocklist/index.ts";
import type { Resolver } from "../../../src/dns/index.ts";
import type { Every, TargetState, WatchTarget } from "../../../src/store/index.ts";
import { decide, type ObserveOptions, observe, type WatchChange } from "../../../src/watch/index.ts";
import { soundZone } from "../../domain/support/zones.ts";
import {
  aBlocklist,
  type Blocklist,
  knownZones,
  listing,
  livingLists,
} from "../../support/blocklist-zones.ts";
import type { DnsServer } from "../../support/dns-server.ts";
import type { Zone } from "../../support/dns-zone.ts";
import { aServer, asking } from "../../support/resolver.ts";

export const DOMAIN = "partner.example";
/** Its mail servers are 8.8.4.1 and 8.8.4.2. */
export const SOUND = soundZone(DOMAIN, "8.8.4");

/** Lists of each weight; the heavy one lists networks of end users too. */
export const LISTS = {
  heavy: aBlocklist({
    zone: "heavy.lists.test",
    name: "Heavy",
    weight: "high",
    lists: ["ip4", "ip6"],
    codes: [
      { match: "127.0.0.2", kind: "listed", meaning: "a source of spam" },
      { match: "127.0.0.10", kind: "policy", meaning: "a range of end users" },
    ],
  }),
  names: aBlocklist({
    zone: "names.lists.test",
    name: "Names",
    weight: "high",
    lists: ["domain"],
    test: { listed: "listed.test", unlisted: "clean.test" },
  }),
  middling: aBlocklist({ zone: "middling.lists.test", name: "Middling", weight: "medium" }),
  light: aBlocklist({ zone: "light.lists.test", name: "Light", weight: "low" }),
} satisfies Record<string, Blocklist>;

export const ZONES: readonly Blocklist[] = Object.values(LISTS);
const ALIVE = livingLists(ZONES);

/** Loopback is fast, though a busy machine is not always. */
export const PATIENCE = { tries: [0, 50, 150], timeout: 350, secondOpinion: 100 };

/** The records by which a list has something on it. */
export function listed(list: Blocklist, subject: string, answer = "127.0.0.2"): Zone {
  return listing(list, subject, { A: answer });
}

export interface World {
  readonly server: DnsServer;
  resolver: Resolver;
  readonly blocklists: ReturnType<typeof createBlocklists>;
  /** Puts other records in place of all. */
  publish(zone: Zone): void;
  /** One check, and what is to be told after it, in a few words. */
  check(): Promise<string[]>;
  /** The same, with the changes as they are. */
  checkInFull(): Promise<readonly WatchChange[]>;
  state: TargetState;
  zones: readonly Blocklist[];
  every: Every;
  now: number;
}

/** A target that is watched, on a DNS server of its own that holds the lists beside what is published. */
export async function watched(
  zone: Zone,
  target: WatchTarget = { kind: "domain", name: DOMAIN },
  { makeFetcher }: Pick<ObserveOptions, "makeFetcher"> = {},
): Promise<World> {
  const server = await aServer({ ...ALIVE, ...zone });
  const resolver = asking([server], PATIENCE);
  const world: World = {
    server,
    resolver,
    // a list that failed a moment ago is left alone for half a minute, which no test can wait
    blocklists: createBlocklists({ ...knownZones(ZONES), resolver, clock: () => world.now }),
    publish: (other) => server.serve({ ...ALIVE, ...other }),
    check: async () => (await world.checkInFull()).map(inWords),
    async checkInFull() {
      const { resolver: asked, blocklists, now, every, zones } = world;
      const signal = new AbortController().signal;
      const observed = await observe(world.state.target, {
        resolver: asked,
        blocklists,
        signal,
        now,
        ...(makeFetcher && { makeFetcher }),
      });
      const decision = await decide(world.state, observed, {
        zones,
        every,
        now,
        random: 0.5,
        summarize: (changes) => changes.map(inWords).join(", "),
      });
      world.state = JSON.parse(JSON.stringify(decision.state));
      world.now = world.state.nextCheckAt;
      return decision.changes;
    },
    state: { target, known: null, suspected: null, checkedAt: null, unknownSince: null, nextCheckAt: 0 },
    zones: ZONES,
    every: "daily",
    now: Date.UTC(2026, 10, 3),
  };
  return world;
}

/** `mx mx1.partner.example → mx9.partner.example`, `+spf.missing`, `8.8.4.1 Heavy no → listed`. */
export function inWords(change: WatchChange): string {
  switch (change.kind) {
    case "finding":
      return `${change.after ? "+" : "-"}${change.finding.id}`;
    case "dkim":
      return `${change.after ? "+" : "-"}dkim ${change.selector}`;
    case "listing":
      return `${change.subject} ${change.zone.name} ${change.before} → ${change.after}`;
    case "exists":
    case "receives":
      return `${change.kind} ${change.after}`;
    default:
      return `${change.kind} ${change.before} → ${change.after}`;
  }
}
