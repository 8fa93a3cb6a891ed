import { questionName } from "../../src/blocklist/question-name.ts";
import {
  type Zone as Blocklist,
  type KnownZones,
  loadZones,
  type SubjectKind,
} from "../../src/blocklist/zones.ts";
import type { Zone, ZoneNode } from "./dns-zone.ts";

/** Postie's own zones, read without any cache. */
export function ownZones(): Promise<KnownZones> {
  return loadZones({ cacheDirectory: null });
}

/** A zone for tests: a list of addresses with test points that lists with 127.0.0.2; what is given is other. */
export function aBlocklist(given: Partial<Blocklist> & { zone: string }): Blocklist {
  return {
    name: given.zone,
    aliases: [],
    operator: "Test",
    lists: ["ip4"],
    role: "block",
    status: "active",
    fraud: false,
    scope: "ip",
    bitmask: false,
    registrable: false,
    codes: [{ match: "127.0.0.2", kind: "listed", meaning: "a source of spam" }],
    test: { listed: "127.0.0.2", unlisted: "127.0.0.1" },
    weight: "medium",
    sources: [],
    ...given,
  };
}

/** Zones that are known with nothing but these. */
export function knownZones(zones: readonly Blocklist[], dailyQuestions = 100_000): KnownZones {
  return { zones, dailyQuestions, sources: new Map() };
}

/**
 * DNS records by which every list lives: it lists its positive test point and nothing else.
 * @param key what stands for `<key>` in keyed zones
 */
export function livingLists(blocklists: readonly Blocklist[], key = "key"): Zone {
  const records: Zone = {};
  for (const blocklist of blocklists) {
    const apex = apexFor(blocklist, key);
    records[apex] = { SOA: { minimum: 60 } };
    for (const point of [blocklist.test.listed, blocklist.test.listed6]) {
      if (point) records[questionName(point, apex)] = { A: aListing(blocklist) };
    }
  }
  return records;
}

/** A record by which a list has an address or a name on it. */
export function listing(blocklist: Blocklist, subject: string, node: ZoneNode, key = "key"): Zone {
  return { [questionName(subject, apexFor(blocklist, key))]: node };
}

function apexFor({ apex, zone }: Blocklist, key: string): string {
  return (apex ?? zone).replace("<key>", key);
}

/** An answer that is no error by the list's own table. */
function aListing({ codes, bitmask }: Blocklist): string {
  const [code] = codes.filter(({ kind }) => kind !== "error");
  if (!code || bitmask) return `127.0.0.${bitmask ? lastBits(codes) : 2}`;
  return code.match
    .split(".")
    .concat(["0", "0", "2"])
    .slice(0, 4)
    .map((octet) => octet.replace("*", "2").replace(/^\[(\d+)-.*$/, "$1"))
    .join(".");
}

function lastBits(codes: Blocklist["codes"]): number {
  return Number(
    codes.find(({ kind, match }) => kind !== "error" && match.startsWith("bit:"))?.match.slice(4),
  );
}

export type { Blocklist, SubjectKind };
