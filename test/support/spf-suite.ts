import { readFileSync } from "node:fs";
import type { Behaviour } from "./dns-server.ts";
import type { Zone, ZoneNode } from "./dns-zone.ts";

/** One scenario of the test suite of RFC 7208: a zone and what check_host() says about it. */
export interface SpfScenario {
  description: string;
  zonedata: Record<string, SuiteRecord[]>;
  tests: SpfTest[];
}

export interface SpfTest {
  id: string;
  /** The section of the RFC, such as "4.6.4/1". */
  spec: string | string[];
  helo: string;
  /** The address of the client. */
  host: string;
  mailfrom: string;
  /** The results that are right. */
  result: string | string[];
}

/** `timeout` makes questions for the type go unanswered; type "*" is every type that the name has no records of. */
interface SuiteRecord {
  type: string;
  data?: unknown;
  timeout?: boolean;
}

const TYPES = ["A", "AAAA", "CNAME", "MX", "PTR", "SPF", "TXT"] as const;

export function readSpfSuite(file: URL): SpfScenario[] {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** What a server has to serve, and how it has to behave, to play the scenario. */
export function playScenario({ zonedata }: SpfScenario): {
  zone: Zone;
  behaviours: { behaviour: Behaviour; name: string; type: string }[];
} {
  const zone: Zone = {};
  const behaviours: { behaviour: Behaviour; name: string; type: string }[] = [];
  for (const [name, records] of Object.entries(zonedata)) {
    const sound = records.filter(({ timeout }) => !timeout);
    zone[name] = nodeOf(sound);
    const present = new Set(sound.map(({ type }) => type));
    for (const { type: silent } of records.filter(({ timeout }) => timeout)) {
      const types = silent === "*" ? TYPES.filter((type) => !present.has(type)) : [silent];
      for (const type of types) behaviours.push({ behaviour: { answer: "silence" }, name, type });
    }
  }
  return { zone, behaviours };
}

function nodeOf(records: SuiteRecord[]): ZoneNode {
  const ofType = (wanted: string) => records.filter(({ type }) => type === wanted).map(({ data }) => data);
  const node: Record<string, unknown> = {};
  for (const type of ["A", "AAAA", "PTR", "MX"]) {
    const data = ofType(type);
    if (data.length > 0) node[type] = data;
  }
  for (const type of ["SPF", "TXT"]) {
    const data = ofType(type).map((strings) => [strings].flat());
    // a TXT record has at least one character-string (RFC 1035 §3.3.14)
    if (data.length > 0) node[type] = data.map((strings) => (strings.length > 0 ? strings : [""]));
  }
  const [cname] = ofType("CNAME");
  if (cname !== undefined) node.CNAME = cname;
  return node;
}
