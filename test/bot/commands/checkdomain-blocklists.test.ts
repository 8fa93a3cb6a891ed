import { expect, test } from "vitest";
import { type Zone as Blocklist, createBlocklists } from "../../../src/blocklist/index.ts";
import { createBot } from "../../../src/bot/bot.ts";
import { auditFor, domainResult } from "../../../src/bot/commands/checkdomain.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { replayAudit } from "../../../src/domain/index.ts";
import { parkedZone, soundZone } from "../../domain/support/zones.ts";
import { listing, livingLists, ownZones } from "../../support/blocklist-zones.ts";
import type { DnsServer } from "../../support/dns-server.ts";
import type { Zone } from "../../support/dns-zone.ts";
import { finalOf, request, textOf } from "../../support/requests.ts";
import { serving } from "../../support/resolver.ts";

const DOMAIN = "partner.example";
const known = await ownZones();
const DBL = list("dbl.spamhaus.org");
const ZEN = list("zen.spamhaus.org");
const HIGH = known.zones.filter(
  ({ weight, partOf, status }) => weight === "high" && !partOf && status === "active",
);
/** Its mail servers are 8.8.4.1 and 8.8.4.2. */
const SOUND = soundZone(DOMAIN, "8.8.4");

function list(zone: string): Blocklist {
  const found = known.zones.find((one) => one.zone === zone);
  if (!found) throw new Error(`no zone ${zone}`);
  return found;
}

/** The name of a list's question about a subject. */
function question(zone: Blocklist, subject: string): string {
  return Object.keys(listing(zone, subject, {})).join();
}

interface Report {
  findings: { id: string; severity: string; evidence: string; why: string }[];
  records: { blocklists?: { subject: string; zone: string; verdict: string; reason: string | null }[] };
}

async function check(zone: Zone, behave: (server: DnsServer) => void = () => {}) {
  const { server, resolver } = await serving(
    { ...livingLists(known.zones), ...zone },
    { tries: [0, 80], timeout: 300 },
  );
  behave(server);
  const blocklists = createBlocklists({ ...known, resolver });
  const bot = createBot({
    commands,
    services: {
      knowledge: () => Promise.reject(new Error("not used here")),
      resolver: async () => resolver,
      blocklists: async () => blocklists,
    },
  });
  const { answer, report, outcome } = await finalOf(bot, request({ command: "checkdomain", text: DOMAIN }));
  const rows = answer.sections.flatMap((section) => (section.kind === "checks" ? section.rows : []));
  const row = rows.find(({ label }) => /blocklists|listed on/i.test(label));
  const { findings, records } = report as Report;
  return {
    answer,
    outcome,
    server,
    row:
      row &&
      `${row.status} ${row.label}: ${textOf({ ...answer, sections: [{ kind: "text", text: row.detail ?? [] }] })}`,
    verdicts: records.blocklists ?? [],
    listed: findings.filter(({ id }) => id.startsWith("blocklist.")),
    text: textOf(answer),
  };
}

test("a domain that is on no list: one row says on how many that answered", async () => {
  const { row, verdicts, listed, text } = await check(SOUND);
  expect(row).toContain(`ok Blocklists: `);
  expect(text).toContain(`on none of ${HIGH.length} that answered`);
  expect(listed).toEqual([]);
  expect(verdicts).toContainEqual({ subject: DOMAIN, zone: DBL.zone, verdict: "clean", reason: null });
  expect(new Set(verdicts.map(({ subject }) => subject))).toEqual(new Set([DOMAIN, "8.8.4.1", "8.8.4.2"]));
});

test("a listed domain is a problem, told first among the things to do", async () => {
  const { row, listed, answer, outcome, text } = await check({
    ...SOUND,
    ...listing(DBL, DOMAIN, { A: "127.0.1.4" }),
  });
  expect(row).toContain("problem Listed on Spamhaus DBL");
  expect(listed).toEqual([
    expect.objectContaining({
      id: "blocklist.listed",
      severity: "problem",
      evidence: expect.stringContaining("127.0.1.4"),
    }),
  ]);
  expect(answer.status).toBe("problem");
  expect(outcome).toBe("problem");
  expect(text).toMatch(/1\. Blocklists\..*Spamhaus DBL/);
  expect(answer.followUps).toContainEqual({ label: "Blocklists", command: "checkip", text: DOMAIN });
});

test("a listed mail server is a warning, with the address to ask checkip about", async () => {
  const { row, listed, answer, outcome } = await check({
    ...SOUND,
    ...listing(ZEN, "8.8.4.2", { A: "127.0.0.4" }),
  });
  expect(row).toContain("warning Listed on Spamhaus XBL");
  expect(listed.map(({ severity }) => severity)).toEqual(["warning"]);
  expect(outcome).toBe("answered");
  expect(answer.followUps).toContainEqual({ label: "Blocklists", command: "checkip", text: "8.8.4.2" });
});

test("an end-user range is a fact in the details and no listing", async () => {
  const { row, listed, text } = await check({ ...SOUND, ...listing(ZEN, "8.8.4.1", { A: "127.0.0.10" }) });
  expect(row).toContain("ok Blocklists");
  expect(listed).toEqual([]);
  expect(text).toContain("no accusation");
});

test("silent lists are told as not checked", async () => {
  const { row, verdicts, listed } = await check(SOUND, (server) => {
    for (const zone of HIGH) {
      for (const subject of [DOMAIN, "8.8.4.1", "8.8.4.2"]) {
        server.behave({ answer: "silence" }, { name: question(zone, subject) });
      }
    }
  });
  expect(row).toContain("unknown Blocklists could not be checked");
  expect(new Set(verdicts.map(({ verdict, reason }) => `${verdict} ${reason}`))).toEqual(
    new Set(["unchecked silent"]),
  );
  expect(listed).toEqual([]);
});

test("one silent list of several is named beside those that answered", async () => {
  const { row, text } = await check(SOUND, (server) => {
    for (const subject of ["8.8.4.1", "8.8.4.2"]) {
      server.behave({ answer: "silence" }, { name: question(ZEN, subject) });
    }
  });
  expect(row).toContain("ok Blocklists");
  expect(text).toContain(`on none of ${HIGH.length - 1} that answered; ${ZEN.name} could not be checked`);
});

test("a resolver that Spamhaus refuses to serve makes nothing listed", async () => {
  const refusal = { A: "127.255.255.254" };
  const { row, verdicts, listed } = await check({ ...SOUND, ...listing(DBL, DOMAIN, refusal) });
  expect(row).toContain("unknown Blocklists could not be checked");
  expect(verdicts).toContainEqual({
    subject: DOMAIN,
    zone: DBL.zone,
    verdict: "unchecked",
    reason: "blocked",
  });
  expect(listed).toEqual([]);
});

test("a mail server whose address gets no answer is not told as clean", async () => {
  const { row, text } = await check(SOUND, (server) => {
    server.behave({ answer: "silence" }, { name: `mx2.${DOMAIN}`, type: "A" });
  });
  expect(row).toContain("unknown Blocklists could not be checked");
  expect(text).toContain(`A mx2.${DOMAIN}`);
});

test("special addresses and the web address of a parked domain are not asked about", async () => {
  for (const zone of [soundZone(DOMAIN), { ...parkedZone(DOMAIN), "x.example": {} }]) {
    const { verdicts, row, server } = await check(zone);
    expect(verdicts.map(({ subject }) => subject)).toEqual([DOMAIN]);
    expect(row).toContain("ok Blocklists");
    expect(server.log.filter(({ name }) => name.endsWith(`.2.0.192.${ZEN.zone}`))).toEqual([]);
  }
});

test("of many mail servers three addresses are asked about, of different servers first", async () => {
  const { verdicts } = await check({
    ...SOUND,
    [`mx1.${DOMAIN}`]: { A: ["8.8.4.1", "8.8.4.11", "8.8.4.12"] },
    [`mx2.${DOMAIN}`]: { A: ["8.8.4.2", "8.8.4.21"] },
  });
  const addresses = new Set(verdicts.map(({ subject }) => subject).filter((subject) => subject !== DOMAIN));
  expect([...addresses]).toEqual(["8.8.4.1", "8.8.4.2", "8.8.4.11"]);
});

test("a replayed audit says nothing of blocklists", async () => {
  const { resolver } = await serving(SOUND);
  const audit = await auditFor({ domain: DOMAIN, selectors: [], ip: null }, { resolver });
  const { answer, report } = domainResult(await replayAudit(JSON.parse(JSON.stringify(audit.snapshot()))));
  expect((report as Report).records).not.toHaveProperty("blocklists");
  expect(JSON.stringify(answer.sections)).not.toMatch(/"Blocklists/);
});
