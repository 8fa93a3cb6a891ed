import { describe, expect, test } from "vitest";
import type { Zone as Blocklist, BlocklistKeys, BlocklistReport } from "../../../src/blocklist/index.ts";
import { createBlocklists } from "../../../src/blocklist/index.ts";
import type { Update } from "../../../src/bot/answer.ts";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { listing, livingLists, ownZones } from "../../support/blocklist-zones.ts";
import type { DnsServer } from "../../support/dns-server.ts";
import type { Zone } from "../../support/dns-zone.ts";
import { finalOf, request, textOf, updatesOf } from "../../support/requests.ts";
import { serving } from "../../support/resolver.ts";

const known = await ownZones();
const IP = "8.8.4.200";
const MAIL: Zone = {
  "200.4.8.8.in-addr.arpa": { PTR: "mail.shop.test" },
  "mail.shop.test": { A: [IP, "10.0.0.7"], AAAA: "2a00:1450::77" },
};

function list(zone: string): Blocklist {
  const found = known.zones.find((one) => one.zone === zone);
  if (!found) throw new Error(`no zone ${zone}`);
  return found;
}

/** A bot before living lists, with these records beside theirs. */
async function bot(zone: Zone = {}, { keys = {} }: { keys?: BlocklistKeys } = {}) {
  const { server, resolver } = await serving({ ...livingLists(known.zones, keys.dqs), ...MAIL, ...zone });
  const services = {
    knowledge: () => Promise.reject(new Error("not used here")),
    resolver: async () => resolver,
    blocklists: async () => createBlocklists({ ...known, resolver, keys }),
  };
  return { server, bot: createBot({ commands, services }) };
}

interface Told {
  report: BlocklistReport;
  text: string;
  title: string;
  status: string;
  outcome: string;
  server: DnsServer;
  updates: Update[];
}

async function checkip(
  text: string,
  zone: Zone = {},
  behave: (server: DnsServer) => void = () => {},
): Promise<Told> {
  const { bot: asked, server } = await bot(zone);
  behave(server);
  const updates = await updatesOf(asked, request({ command: "checkip", text }));
  const last = updates.at(-1);
  if (!last || !("answer" in last)) throw new Error("no answer");
  const { answer, outcome, report } = last;
  return {
    report: report as BlocklistReport,
    text: textOf(answer),
    title: answer.title,
    status: answer.status,
    outcome,
    server,
    updates,
  };
}

function entry({ zones }: BlocklistReport, zone: string) {
  return zones.find((one) => one.zone === zone);
}

const XBL = listing(list("zen.spamhaus.org"), IP, {
  A: "127.0.0.4",
  TXT: "https://check.spamhaus.org/query/ip/8.8.4.200",
});
const LEVEL3 = listing(list("dnsbl-3.uceprotect.net"), IP, {
  A: "127.0.0.2",
  TXT: "Your ISP EXAMPLE/AS64500 is listed",
});
/** What Spamhaus tells a resolver that it does not serve, whatever is asked. */
const REFUSED: Zone = Object.fromEntries(
  ["zen.spamhaus.org", "dbl.spamhaus.org"].flatMap((zone) => {
    const point = zone.startsWith("dbl") ? `dbltest.com.${zone}` : `2.0.0.127.${zone}`;
    return [`*.${zone}`, point].map((name) => [name, { A: "127.255.255.254" }]);
  }),
);

describe("an address", () => {
  test("on a list that matters is told so first, and what is only policy is told as such", async () => {
    const { title, status, outcome, text, report } = await checkip(IP, { ...XBL, ...LEVEL3 });
    expect(title).toBe("Listed on 1 list that many receivers refuse by: Spamhaus XBL");
    expect({ status, outcome }).toEqual({ status: "problem", outcome: "problem" });
    expect(text).toMatch(/Whoever runs the listed machine/);
    expect(text).toContain("https://check.spamhaus.org/query/ip/8.8.4.200");
    expect(text).toMatch(/UCEPROTECT Level 3.*whole network/s);
    expect(text).toMatch(/mail\.shop\.test.*forward-confirmed/s);
    expect(report).toMatchObject({
      target: IP,
      kind: "ip4",
      special: null,
      addresses: [{ address: IP, ptr: ["mail.shop.test"], forwardConfirmed: true }],
      list: null,
    });
    expect(entry(report, "zen.spamhaus.org")).toEqual({
      zone: "zen.spamhaus.org",
      subject: IP,
      name: "Spamhaus ZEN",
      verdict: "listed",
      reason: null,
      codes: ["127.0.0.4"],
      text: "https://check.spamhaus.org/query/ip/8.8.4.200",
      weight: "high",
      delistUrl: "https://check.spamhaus.org/",
    });
    expect(entry(report, "dnsbl-3.uceprotect.net")).toMatchObject({ verdict: "policy", reason: null });
    expect(report.elapsedMs).toBeTypeOf("number");
  });

  test("has counts in its report that add up", async () => {
    const { report } = await checkip(IP, { ...XBL, ...LEVEL3 });
    const { asked, answered, listed, policy, allow, clean, unchecked } = report.summary;
    expect(asked).toBe(report.zones.length);
    expect(answered).toBe(asked - unchecked);
    expect(listed + policy + allow + clean).toBe(answered);
    expect({ listed, policy }).toEqual({ listed: 1, policy: 1 });
    expect(report.zones.filter(({ reason }) => reason === "key")).toHaveLength(unchecked);
  });

  test("on no list, with two lists silent, is clean on those that answered, and the two are named", async () => {
    const silent = ["psbl.surriel.com", "bl.nordspam.com"];
    const { title, status, outcome, text, report } = await checkip("8.8.4.201", {}, (server) => {
      for (const zone of silent) {
        for (const point of ["201.4.8.8", "2.0.0.127", "1.0.0.127"])
          server.behave({ answer: "silence" }, { name: `${point}.${zone}` });
      }
    });
    expect(title).toBe(`On none of the ${report.summary.answered} lists that answered`);
    expect({ status, outcome }).toEqual({ status: "ok", outcome: "answered" });
    expect(text).toMatch(/Silent.*PSBL, NordSpam IP/s);
    expect(text).toContain("2 silent");
    for (const zone of silent)
      expect(entry(report, zone)).toMatchObject({ verdict: "unchecked", reason: "silent" });
  });

  test("of which Spamhaus says nothing, since it refuses the resolver, is not called clean; what to do is told once", async () => {
    const { title, status, outcome, text } = await checkip("mail.shop.test", REFUSED);
    expect(title).toMatch(
      /On none of the \d+ lists that answered, but Spamhaus ZEN, Spamhaus DBL could not be checked/,
    );
    expect({ status, outcome }).toEqual({ status: "unknown", outcome: "answered" });
    expect(text.match(/did not answer Postie/g)).toHaveLength(1);
    expect(text).toContain("POSTIE_DQS_KEY");
    expect(text).toContain("POSTIE_DNS=127.0.0.1:53");
  });

  test("in an end-user range is warned of, not accused", async () => {
    const { title, status, outcome } = await checkip(
      IP,
      listing(list("zen.spamhaus.org"), IP, { A: "127.0.0.10" }),
    );
    expect(title).toContain("in a range that many receivers refuse: Spamhaus PBL");
    expect({ status, outcome }).toEqual({ status: "warning", outcome: "answered" });
  });

  test("on a small list only is told that few use it", async () => {
    const { title, status, outcome } = await checkip(
      IP,
      listing(list("psbl.surriel.com"), IP, { A: "127.0.0.2" }),
    );
    expect(title).toBe("Listed on 1 list that few receivers use: PSBL");
    expect({ status, outcome }).toEqual({ status: "warning", outcome: "problem" });
  });

  test("about which nobody answers is unknown", async () => {
    const { title, status, outcome, report } = await checkip(IP, {}, (server) =>
      server.behave({ answer: "SERVFAIL" }),
    );
    expect(title).toBe(`No blocklist could be asked about ${IP}`);
    expect({ status, outcome }).toEqual({ status: "unknown", outcome: "answered" });
    expect(report.addresses).toEqual([{ address: IP, ptr: null, forwardConfirmed: null }]);
    expect(report.summary.answered).toBe(0);
  });

  test("gets progress while lists answer, the first ones at once", async () => {
    const { updates } = await checkip(IP, {}, (server) => {
      server.behave({ latency: 200 }, { name: "200.4.8.8.psbl.surriel.com" });
    });
    const labels = updates.flatMap((update) =>
      "progress" in update ? update.progress.map(({ label }) => label) : [],
    );
    expect(labels.length).toBeGreaterThan(1);
    expect(labels[0]).toMatch(/^\d+ of \d+ blocklists/);
  });

  test.each([
    "192.0.2.10",
    "10.1.2.3",
    "127.0.0.1",
    "100.64.1.1",
    "169.254.1.1",
    "224.0.0.5",
    "255.255.255.255",
    "0.0.0.0",
    "240.0.0.1",
    "198.18.0.1",
    "::1",
    "fe80::1",
    "fd00::1",
    "2001:db8::1",
    "ff02::1",
    "::",
    "4000::1",
  ])("%s is not asked about but explained", async (address) => {
    const { report, server, status, outcome } = await checkip(address);
    expect(report).toMatchObject({ zones: [], summary: { asked: 0 }, addresses: [{ address, ptr: null }] });
    expect(report.special).toBeTypeOf("string");
    expect({ status, outcome }).toEqual({ status: "info", outcome: "answered" });
    expect(server.count()).toBe(0);
  });

  test("of IPv6 is asked about in nibbles on the lists that know IPv6", async () => {
    const on = listing(list("zen.spamhaus.org"), "2a00:1450::77", { A: "127.0.0.3" });
    const { report, title } = await checkip("2A00:1450:0::77", on);
    expect(title).toContain("Spamhaus CSS");
    expect(report.kind).toBe("ip6");
    expect(entry(report, "zen.spamhaus.org")).toMatchObject({ subject: "2a00:1450::77", verdict: "listed" });
    expect(entry(report, "bl.spamcop.net")).toBeUndefined();
  });
});

describe("a host or domain", () => {
  test("is asked about with its addresses, and by name on the lists of names", async () => {
    const { report, text } = await checkip("mail.shop.test", {
      ...XBL,
      ...listing(list("multi.surbl.org"), "shop.test", { A: "127.0.0.8" }),
    });
    expect(report.kind).toBe("domain");
    expect(report.addresses?.map(({ address }) => address)).toEqual([IP, "10.0.0.7", "2a00:1450::77"]);
    const subjects = (zone: string) =>
      report.zones.filter((one) => one.zone === zone).map(({ subject }) => subject);
    expect(subjects("zen.spamhaus.org")).toEqual([IP, "2a00:1450::77"]);
    expect(subjects("dbl.spamhaus.org")).toEqual(["mail.shop.test"]);
    expect(subjects("multi.surbl.org")).toEqual([IP, "shop.test"]);
    expect(
      report.zones.filter(({ verdict }) => verdict === "listed").map(({ zone, subject }) => [zone, subject]),
    ).toEqual([
      ["zen.spamhaus.org", IP],
      ["multi.surbl.org", "shop.test"],
    ]);
    expect(text).toContain("a private address; no list was asked about it");
  });

  test("beyond ASCII is asked about in A-labels", async () => {
    const { report } = await checkip("Bücher.shop.test", {}, () => {});
    expect(entry(report, "dbl.spamhaus.org")?.subject).toBe("xn--bcher-kva.shop.test");
  });

  test.each([
    { what: "there are none", behave: () => {}, addresses: [] },
    {
      what: "they could not be found out",
      behave: (server: DnsServer) => server.behave({ answer: "SERVFAIL" }, { name: "gone.shop.test" }),
      addresses: null,
    },
  ])("has $addresses as its addresses when $what", async ({ behave, addresses }) => {
    const { report, outcome } = await checkip("gone.shop.test", {}, behave);
    expect(report.addresses).toEqual(addresses);
    expect(report.summary.clean).toBeGreaterThan(5);
    expect(outcome).toBe("answered");
  });
});

describe("a list's name", () => {
  test.each([
    [
      "dnsbl.sorbs.net",
      { zone: "dnsbl.sorbs.net", name: "SORBS", status: "closed", closedSince: "2024-06-05" },
      "SORBS ended on 2024-06-05",
    ],
    ["SORBS", { zone: "dnsbl.sorbs.net", status: "closed" }, "SORBS ended on 2024-06-05"],
    ["nix spam", { zone: "ix.dnsbl.manitu.net", status: "closed" }, "NiX Spam ended on 2025-01-16"],
    ["bl.nszones.com", { zone: "bl.nszones.com", status: "fraud" }, "nsZones is a fraud"],
    [
      "zen.spamhaus.org",
      { zone: "zen.spamhaus.org", status: "active", closedSince: null },
      "Spamhaus ZEN: a blocklist",
    ],
  ])("%s is explained without asking", async (text, told, title) => {
    const answer = await checkip(text);
    expect(answer.report).toMatchObject({ kind: "list", list: told, zones: [], special: null });
    expect(answer.title).toContain(title);
    expect(answer.server.count()).toBe(0);
    expect(answer.outcome).toBe("answered");
  });

  test("after an address asks that list only, or the one that contains it", async () => {
    for (const name of ["zen.spamhaus.org", "xbl.spamhaus.org", "Spamhaus"]) {
      const { report } = await checkip(`${IP} ${name}`, XBL);
      expect(report.zones.map(({ zone, verdict }) => [zone, verdict])).toEqual([
        ["zen.spamhaus.org", "listed"],
      ]);
    }
  });

  test("after an address that is not on it is told by the list's name", async () => {
    expect(await checkip("8.8.4.201 zen.spamhaus.org")).toMatchObject({
      title: "Not on Spamhaus ZEN",
      status: "ok",
    });
  });

  test("after a reversed address, as logs have it, asks that list about that address", async () => {
    const { report } = await checkip("200.4.8.8.zen.spamhaus.org", XBL);
    expect(report.target).toBe(IP);
    expect(report.zones.map(({ zone, verdict }) => [zone, verdict])).toEqual([
      ["zen.spamhaus.org", "listed"],
    ]);
  });

  test("after an address, of a list that has ended, is explained", async () => {
    expect((await checkip(`${IP} SORBS`)).report).toMatchObject({
      kind: "list",
      list: { zone: "dnsbl.sorbs.net" },
    });
  });
});

describe("what is no target", () => {
  test.each([
    "",
    "hello",
    "weather tomorrow",
    "1.2.3.0/24",
    "300.1.2.3",
    "a..b",
    "x".repeat(500),
    "8.8.4.200 nowhere.example",
    "1.2.3.4.5",
    "-a.example",
    "\u0000.example",
  ])("%j is told with an example", async (text) => {
    const { outcome, report, server } = await checkip(text);
    expect(outcome).toBe("usage");
    expect((report as unknown as { error: { example: string } }).error.example).toMatch(/^checkip /);
    expect(server.count()).toBe(0);
  });

  test.each([
    `[${IP}]`,
    `http://${IP}/x?y`,
    `postmaster@[${IP}]`,
    `${IP}:25`,
    `[IPv6:2a00:1450::77]`,
    "mail.shop.test.",
    `<${IP}>,`,
    "https://mail.shop.test/path",
    "anna@mail.shop.test",
  ])("%s is read as the address or name in it", async (text) => {
    expect((await checkip(text)).report.summary.asked).toBeGreaterThan(10);
  });
});

describe("a key", () => {
  test("is used, printed as <key>, and shows nowhere", async () => {
    const key = "k3yk3yk3yk3y";
    const zen = list("<key>.zen.dq.spamhaus.net");
    const { bot: asked, server } = await bot(listing(zen, IP, { A: "127.0.0.4", TXT: `about ${key}` }, key), {
      keys: { dqs: key },
    });
    const { answer, report } = await finalOf(asked, request({ command: "checkip", text: IP }));
    expect(server.count(`200.4.8.8.${key}.zen.dq.spamhaus.net`, "A")).toBe(1);
    expect(server.count(`200.4.8.8.zen.spamhaus.org`, "A")).toBe(0);
    expect(entry(report as BlocklistReport, "<key>.zen.dq.spamhaus.net")).toMatchObject({
      verdict: "listed",
      text: "about <key>",
    });
    expect(JSON.stringify([answer, report])).not.toContain(key);
  });

  test("that Spamhaus does not accept is told by the name of its variable", async () => {
    const key = "wr0ngkey";
    const { bot: asked } = await bot(
      {
        [`*.${key}.zen.dq.spamhaus.net`]: { A: "127.255.255.251" },
        [`2.0.0.127.${key}.zen.dq.spamhaus.net`]: { A: "127.255.255.251" },
      },
      { keys: { dqs: key } },
    );
    const { answer, report } = await finalOf(asked, request({ command: "checkip", text: IP }));
    expect(textOf(answer)).toMatch(/The DQS key is not accepted\..*Check the key in POSTIE_DQS_KEY/s);
    expect(JSON.stringify([answer, report])).not.toContain(key);
  });
});
