import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadZones, type SubjectKind, zonesFor } from "../../src/blocklist/zones.ts";
import { ownZones } from "../support/blocklist-zones.ts";
import { folderWith } from "../support/knowledge-folder.ts";

const { zones, sources } = await ownZones();

function asked(kind: SubjectKind, keys = {}): string[] {
  return zonesFor(kind, zones, keys).map(({ zone }) => zone);
}

describe("the zones of the knowledge file", () => {
  test("are each there once, with sources that exist", () => {
    expect(new Set(zones.map(({ zone }) => zone.toLowerCase())).size).toBe(zones.length);
    expect(zones.flatMap((zone) => zone.sources.filter((id) => !sources.has(id)))).toEqual([]);
    const withoutSource = zones.filter((zone) => zone.sources.length === 0).map(({ zone }) => zone);
    expect(withoutSource.length).toBeLessThan(5);
  });

  test("name others that exist", () => {
    const names = new Set(zones.map(({ zone }) => zone));
    const named = zones.flatMap(({ partOf, aliasOf, insteadOf, replacedBy }) => [
      partOf,
      aliasOf,
      insteadOf,
      replacedBy,
    ]);
    expect(named.filter((name) => name !== undefined && !names.has(name))).toEqual([]);
  });

  test("have codes wherever they are asked, and bits only as bit masks", () => {
    const open = zones.filter(({ status, fraud }) => (status === "active" || status === "keyed") && !fraud);
    expect(open.filter(({ codes }) => codes.length === 0)).toEqual([]);
    const bits = zones.filter(({ codes }) => codes.some(({ match }) => match.startsWith("bit:")));
    expect(bits.filter(({ bitmask }) => !bitmask)).toEqual([]);
  });

  test("do not call their own positive test point's answer, or 127.0.0.1 without saying so, a listing", () => {
    const spamhaus = zones.filter(({ zone }) => /spamhaus\.(org|net)$/.test(zone) && zone.includes("z"));
    expect(spamhaus.length).toBeGreaterThan(2);
    for (const { codes } of spamhaus) expect(codes.map(({ match }) => match)).not.toContain("127.0.0.1");
  });
});

/** The facts that the file was written from, where they are at hand. */
const facts = join(import.meta.dirname, "../../../shared/facts/blocklists.json");

describe.skipIf(!existsSync(facts))("the gathered facts (../shared/facts)", () => {
  interface Fact {
    zone: string;
    status: string;
    role: string;
    weight: string;
    kinds: string[];
    closedSince: string | null;
    scope?: string;
    codes: { match: string; kind: string }[];
    testListed?: string | null;
    testUnlisted?: string | null;
    delistUrl: string | null;
  }
  const known = existsSync(facts) ? (JSON.parse(readFileSync(facts, "utf8")) as Fact[]) : [];

  test("are all in the file, with the same zones, states, kinds, weights and pages", () => {
    expect(zones).toHaveLength(known.length);
    for (const fact of known) {
      const zone = zones.find((one) => one.zone === fact.zone);
      const { status, role, weight, scope, test, removal } = zone ?? {};
      expect({ zone: zone?.zone, status, role, weight }).toEqual({
        zone: fact.zone,
        status: fact.status,
        role: fact.role,
        weight: fact.weight,
      });
      expect(scope, fact.zone).toBe(fact.scope ?? "ip");
      expect(removal?.page ?? null, fact.zone).toBe(fact.delistUrl);
      expect(test?.listed ?? null, fact.zone).toBe(fact.testListed ?? null);
      if (!fact.zone.startsWith("<hash>")) expect(zone?.lists.toSorted()).toEqual(fact.kinds.toSorted());
      if (/^\d{4}-\d\d-\d\d$/.test(fact.closedSince ?? "")) expect(zone?.closedSince).toBe(fact.closedSince);
    }
  });

  test("have every code in the file", () => {
    for (const fact of known.filter(({ status }) => status !== "closed")) {
      const zone = zones.find((one) => one.zone === fact.zone);
      const codes = zone?.codes.map(({ match }) => match) ?? [];
      expect(codes, fact.zone).toEqual(expect.arrayContaining(fact.codes.map(({ match }) => match)));
    }
  });
});

describe("which zones are asked", () => {
  test("are active ones only, the whole instead of its parts, no alias and no fraud", () => {
    const addresses = asked("ip4");
    expect(addresses).toContain("zen.spamhaus.org");
    expect(addresses).not.toContain("xbl.spamhaus.org");
    expect(addresses).not.toContain("bb.barracudacentral.org");
    expect(addresses).not.toContain("bl.nszones.com");
    expect(addresses).not.toContain("dnsbl.sorbs.net");
    expect(addresses).not.toContain("dbl.spamhaus.org");
    expect(addresses.length).toBeGreaterThan(55);
  });

  test("are those of IPv6 for an IPv6 address, and those of names for a name", () => {
    expect(asked("ip6")).toContain("zen.spamhaus.org");
    expect(asked("ip6")).not.toContain("bl.spamcop.net");
    expect(asked("domain")).toContain("dbl.spamhaus.org");
    expect(asked("domain")).not.toContain("zen.spamhaus.org");
  });

  test("never are lists of hashes", () => {
    for (const kind of ["ip4", "ip6", "domain"] as const) {
      expect(asked(kind, { dqs: "k" }).filter((zone) => zone.includes("<hash>"))).toEqual([]);
    }
  });

  test("with a key, its zones stand in for their public twins", () => {
    const open = asked("ip4");
    expect(open).toContain("zen.spamhaus.org");
    expect(open).not.toContain("<key>.zen.dq.spamhaus.net");
    const keyed = asked("ip4", { dqs: "secret" });
    expect(keyed).toContain("<key>.zen.dq.spamhaus.net");
    expect(keyed).not.toContain("zen.spamhaus.org");
    expect(asked("domain", { dqs: "secret" })).not.toContain("dbl.spamhaus.org");
  });
});

describe("a local file", () => {
  const load = (text: string) =>
    loadZones({ overlay: folderWith({ "blocklists.yaml": text }), cacheDirectory: null });
  const own = `
blocklists:
  - zone: bl.our.example
    name: Our own list
    operator: Us
    lists: [ip4]
    status: active
    codes: [{ match: 127.0.0.2, kind: listed, meaning: seen by our traps }]
    weight: high
`;

  test("adds zones", async () => {
    const local = await load(own);
    expect(local.zones).toHaveLength(zones.length + 1);
    expect(zonesFor("ip4", local.zones, {}).map(({ zone }) => zone)).toContain("bl.our.example");
  });

  test("changes single fields and leaves the others", async () => {
    const local = await load("changes: [{ zone: BL.spamcop.net, weight: low }]");
    const before = zones.find(({ zone }) => zone === "bl.spamcop.net");
    expect(local.zones.find(({ zone }) => zone === "bl.spamcop.net")).toEqual({ ...before, weight: "low" });
  });

  test("switches zones off", async () => {
    const local = await load('changes: [{ zone: all.s5h.net, status: "off" }]');
    expect(zonesFor("ip4", local.zones, {}).map(({ zone }) => zone)).not.toContain("all.s5h.net");
  });

  test.each([
    ["changes: [{ zone: nowhere.example, weight: low }]", /there is no zone nowhere\.example/],
    ["blocklists: [{ zone: bl.our.example }]", /blocklists\.yaml:1.*name/],
    [
      "changes: [{ zone: bl.spamcop.net, codes: [{ match: 10.0.0.1, kind: listed, meaning: wrong }] }]",
      /a code such as/,
    ],
    ["changes: [{ zone: bl.spamcop.net, wieght: low }]", /wieght/],
  ])("with a mistake is told: %s", async (text, reason) => {
    await expect(load(text)).rejects.toThrow(reason);
  });
});
