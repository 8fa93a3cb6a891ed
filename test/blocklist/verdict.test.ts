import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge } from "../../src/blocklist/verdict.ts";
import type { Code } from "../../src/blocklist/zones.ts";
import { aBlocklist, ownZones } from "../support/blocklist-zones.ts";

const { zones } = await ownZones();

/** `listed`, or the reason why it is not checked. */
function said(zone: string, answers: string[]): string {
  const known = zones.find((one) => one.zone === zone);
  if (!known) throw new Error(`no zone ${zone}`);
  const judged = judge(known, answers);
  return judged.verdict === "unchecked" ? judged.reason : judged.verdict;
}

describe("what real lists answer", () => {
  test.each<[zone: string, answers: string[], meaning: string]>([
    ["zen.spamhaus.org", ["127.0.0.4"], "listed"],
    ["zen.spamhaus.org", ["127.0.0.2", "127.0.0.9"], "listed"],
    ["zen.spamhaus.org", ["127.0.0.30"], "listed"],
    ["zen.spamhaus.org", ["127.0.0.10"], "policy"],
    ["zen.spamhaus.org", ["127.0.0.10", "127.0.0.4"], "listed"],
    ["zen.spamhaus.org", ["127.0.0.10", "127.0.0.77"], "unknown-code"],
    ["zen.spamhaus.org", ["127.255.255.254"], "blocked"],
    ["zen.spamhaus.org", ["127.0.0.4", "127.255.255.255"], "blocked"],
    ["zen.spamhaus.org", ["127.255.255.1"], "blocked"],
    ["zen.spamhaus.org", ["127.0.0.1"], "blocked"],
    ["zen.spamhaus.org", ["10.0.0.4"], "not-127"],
    ["zen.spamhaus.org", ["127.0.0.4", "91.195.240.117"], "not-127"],
    ["<key>.zen.dq.spamhaus.net", ["127.255.255.250"], "blocked"],
    ["dbl.spamhaus.org", ["127.0.1.2"], "listed"],
    ["dbl.spamhaus.org", ["127.0.1.255"], "blocked"],
    ["<key>.zrd.dq.spamhaus.net", ["127.0.2.24"], "policy"],
    ["<key>.zrd.dq.spamhaus.net", ["127.0.2.25"], "unknown-code"],
    ["multi.surbl.org", ["127.0.0.80"], "listed"],
    ["multi.surbl.org", ["127.0.0.32"], "policy"],
    ["multi.surbl.org", ["127.0.0.1"], "blocked"],
    ["multi.surbl.org", ["127.0.0.255"], "blocked"],
    ["multi.surbl.org", ["127.0.0.2"], "unknown-code"],
    ["multi.surbl.org", ["127.0.1.64"], "unknown-code"],
    ["multi.uribl.com", ["127.0.0.2"], "listed"],
    ["multi.uribl.com", ["127.0.0.14"], "listed"],
    ["multi.uribl.com", ["127.0.0.12"], "policy"],
    ["multi.uribl.com", ["127.0.0.1"], "blocked"],
    ["multi.uribl.com", ["127.0.0.255"], "blocked"],
    ["list.dnswl.org", ["127.0.5.3"], "allow"],
    ["list.dnswl.org", ["127.0.10.0"], "allow"],
    ["list.dnswl.org", ["127.0.10.3"], "blocked"],
    ["list.dnswl.org", ["127.0.0.255"], "blocked"],
    ["hostkarma.junkemailfilter.com", ["127.0.0.1"], "allow"],
    ["hostkarma.junkemailfilter.com", ["127.0.0.1", "127.0.1.1"], "allow"],
    ["hostkarma.junkemailfilter.com", ["127.0.0.2", "127.0.0.1"], "listed"],
    ["hostkarma.junkemailfilter.com", ["127.0.1.2"], "policy"],
    ["bl.0spam.org", ["127.0.0.1"], "listed"],
    ["rbl.efnetrbl.org", ["127.0.0.1"], "listed"],
    ["dnsbl.dronebl.org", ["127.0.0.1"], "policy"],
    ["all.s5h.net", ["127.0.0.1"], "blocked"],
    ["all.s5h.net", ["127.0.0.57"], "listed"],
    ["dnsbl-1.uceprotect.net", ["127.0.0.2"], "listed"],
    ["dnsbl-2.uceprotect.net", ["127.0.0.2"], "policy"],
    ["dnsbl-3.uceprotect.net", ["127.0.0.2"], "policy"],
    ["rep.mailspike.net", ["127.0.0.10"], "policy"],
    ["rep.mailspike.net", ["127.0.0.19"], "allow"],
    ["korea.services.net", ["127.0.0.2"], "policy"],
    ["score.senderscore.com", ["127.0.4.100"], "policy"],
    ["score.senderscore.com", ["127.0.4.101"], "unknown-code"],
    ["iadb.isipp.com", ["127.3.100.8"], "policy"],
  ])("%s %j: %s", (zone, answers, meaning) => {
    expect(said(zone, answers)).toBe(meaning);
  });
});

describe("whatever a table says", () => {
  const anything: Code[] = [{ match: "127.*", kind: "listed", meaning: "anything" }];
  const octet = fc.integer({ min: 0, max: 255 });

  test.each([
    [["127.255.255.7"], "blocked"],
    [["127.0.0.1"], "blocked"],
    [["128.0.0.2"], "not-127"],
    [["127.0.0.2", "192.0.2.1"], "not-127"],
    [["127.0.0.2", "nonsense"], "not-127"],
  ])("%j is no listing", (answers, reason) => {
    expect(judge(aBlocklist({ zone: "x.test", codes: anything }), answers)).toMatchObject({
      verdict: "unchecked",
      reason,
    });
  });

  test("nothing outside 127/8 and no error code is ever a verdict", () => {
    const answer = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."));
    const zone = fc.constantFrom(...zones.filter(({ status }) => status === "active"));
    fc.assert(
      fc.property(zone, fc.array(answer, { minLength: 1, maxLength: 3 }), (one, answers) => {
        const isBad = answers.some((text) => !text.startsWith("127.") || text.startsWith("127.255.255."));
        fc.pre(isBad);
        return judge(one, answers).verdict === "unchecked";
      }),
      { numRuns: 2_000 },
    );
  });

  test("a list of ranges or networks, or one that only informs, accuses nobody", () => {
    const zone = fc.constantFrom(...zones.filter(({ scope, role }) => scope !== "ip" || role !== "block"));
    fc.assert(
      fc.property(
        zone,
        octet,
        octet,
        octet,
        (one, b, c, d) => judge(one, [`127.${b}.${c}.${d}`]).verdict !== "listed",
      ),
      { numRuns: 2_000 },
    );
  });
});
