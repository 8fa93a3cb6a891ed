/** What one can type after `watch`, and what is answered. */
import { describe, expect, test } from "vitest";
import { plainText } from "../../../src/bot/answer.ts";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { readWatchArguments } from "../../../src/bot/commands/watch-arguments.ts";
import { StoreUnavailable } from "../../../src/store/index.ts";
import { ownZones } from "../../support/blocklist-zones.ts";
import { finalOf, request, textOf } from "../../support/requests.ts";
import { DOMAIN, LISTS, listed, SOUND } from "../../watch/support/watched.ts";
import { CHANNEL, DAY, DOMAIN_TARGET, type WatchingWorld, watchingWorld } from "../support/watching-world.ts";

const { zones } = await ownZones();
const domain = (name: string) => ({ kind: "domain", name });
const address = (name: string) => ({ kind: "address", name });

describe("understood is", () => {
  test.each<[string, object]>([
    ["partner.com", { action: "watch", target: domain("partner.com"), every: null }],
    ["Partner.COM.", { action: "watch", target: domain("partner.com"), every: null }],
    ["partner.com hourly", { action: "watch", target: domain("partner.com"), every: "hourly" }],
    ["HOURLY partner.com", { action: "watch", target: domain("partner.com"), every: "hourly" }],
    ["partner.com daily", { action: "watch", target: domain("partner.com"), every: "daily" }],
    ["anna@partner.com", { action: "watch", target: domain("partner.com"), every: null }],
    [
      "https://www.partner.com/contact?x=1",
      { action: "watch", target: domain("www.partner.com"), every: null },
    ],
    ["bücher.example", { action: "watch", target: domain("xn--bcher-kva.example"), every: null }],
    ["8.8.4.4", { action: "watch", target: address("8.8.4.4"), every: null }],
    ["[8.8.4.4] hourly", { action: "watch", target: address("8.8.4.4"), every: "hourly" }],
    ["2A00:1450:0:0::1", { action: "watch", target: address("2a00:1450::1"), every: null }],
    ["::ffff:8.8.4.4", { action: "watch", target: address("8.8.4.4"), every: null }],
    ["", { action: "list" }],
    ["list", { action: "list" }],
    ["stop partner.com", { action: "stop", target: domain("partner.com") }],
    ["stop 8.8.4.4", { action: "stop", target: address("8.8.4.4") }],
    ["stop all", { action: "stop-all" }],
    ["Stop ALL", { action: "stop-all" }],
    ["weekly on", { action: "weekly", on: true }],
    ["weekly OFF", { action: "weekly", on: false }],
  ])("%s", (text, meant) => {
    expect(readWatchArguments(text, zones)).toEqual(meant);
  });
});

describe("refused with a reason and an example that works is", () => {
  test.each<[string, string, RegExp]>([
    ["10.1.2.3", "not-public", /private address/],
    ["127.0.0.1", "not-public", /loopback/],
    ["192.0.2.1", "not-public", /documentation/],
    ["fe80::1", "not-public", /link-local/],
    ["100.64.0.1 hourly", "not-public", /provider/],
    ["stop 10.0.0.1", "not-public", /private address/],
    ["localhost", "local-name", /one network/],
    ["printer.local", "local-name", /one network/],
    ["partner", "single-label", /ending/],
    ["8.8.4.0/24", "a-network", /one address/i],
    ["2a00::/32", "a-network", /one address/i],
    ["zen.spamhaus.org", "a-list", /Spamhaus ZEN is a blocklist/],
    ["spamhaus zen", "a-list", /Spamhaus ZEN is a blocklist/],
    ["partner.com other.com", "one-target", /other\.com/],
    ["partner.com weekly", "no-interval", /weekly on/],
    ["partner.com every minute please", "one-target", /too much/],
    ["partner.com hourly daily", "one-interval", /not both/],
    ["hourly", "no-target", /none was given/],
    ["stop", "stop-what", /one domain or address/],
    ["stop a.com b.com", "stop-what", /one domain or address/],
    ["list all", "list", /nothing else/],
    ["weekly", "weekly-switch", /on or off/],
    ["weekly maybe", "weekly-switch", /on or off/],
    ["_dmarc.partner.com", "not-a-domain", /partner\.com/],
    ["<script>alert(1)</script>", "not-a-domain", /expected/],
    [`${"a".repeat(5_000)}.com`, "not-a-domain", /253|63/],
    [`partner.com ${"x".repeat(5_000)}`, "one-target", /^.{0,200}$/],
    ["a..b.com", "not-a-domain", /two dots/],
    ["300.1.1.1", "not-an-address", /0 to 255/],
  ])("%s", async (text, code, message) => {
    const world = createBot({ commands, services: servicesWith(zones) });
    const { outcome, report, answer } = await finalOf(world, request({ command: "watch", text }));
    expect(outcome).toBe("usage");
    expect(report).toMatchObject({ error: { code } });
    expect(answer.title).toMatch(message);
    expect(answer.title.length).toBeLessThan(400);
    const { example } = (report as { error: { example: string } }).error;
    expect(() => readWatchArguments(example.replace(/^watch /, ""), zones)).not.toThrow();
  });
});

function servicesWith(known: typeof zones) {
  const never = () => Promise.reject(new Error("not used here"));
  return { knowledge: never, resolver: never, blocklists: async () => ({ zones: known }) as never };
}

describe("watching", () => {
  test("says what, how often and where, and that the first look comes; then what it looked like", async () => {
    const world = await watchingWorld({ ...SOUND, ...listed(LISTS.names, DOMAIN) });
    const first = await world.ask(DOMAIN);
    expect(first.report).toEqual({
      watch: { action: "watch", target: DOMAIN, every: "daily", result: "added" },
    });
    expect(first.answer.title).toBe("partner.example is watched, daily");
    expect(textOf(first.answer)).toMatch(/every day.*in this conversation.*first time now/s);
    expect(first.answer.followUps).toEqual([
      { label: "Stop", command: "watch", text: `stop ${DOMAIN}` },
      { label: "Hourly", command: "watch", text: `${DOMAIN} hourly` },
      { label: "Check now", command: "checkdomain", text: DOMAIN },
    ]);
    expect(await world.jobs.waiting.size).toBe(1);
    await world.step();
    const again = await world.ask(`${DOMAIN} hourly`);
    expect(again.report).toMatchObject({ watch: { every: "hourly", result: "changed" } });
    expect(textOf(again.answer)).toContain(
      "As seen 3 November 2026, 09:00 UTC: can receive mail, no problem found, on Names.",
    );
    const same = await world.ask(DOMAIN);
    expect(same.report).toMatchObject({ watch: { every: "hourly", result: "same" } });
    expect(same.answer.title).toBe("partner.example is watched here already, hourly");
    expect(same.answer.followUps[1]).toEqual({ label: "Daily", command: "watch", text: `${DOMAIN} daily` });
  });

  test("asks the platform first, and says how to make it possible", async () => {
    const world = await watchingWorld(SOUND);
    world.slack.reachable = { ok: false, how: "Invite Postie first: /invite @Postie." };
    const { answer, outcome, report } = await world.ask(DOMAIN);
    expect(outcome).toBe("nothing");
    expect(report).toMatchObject({ watch: { result: "unreachable", every: null } });
    expect(plainText(answer.summary)).toBe("Invite Postie first: /invite @Postie.");
    expect(answer.followUps).toEqual([{ label: `Watch ${DOMAIN}`, command: "watch", text: DOMAIN }]);
    expect((await world.store.watches.count()).watches).toBe(0);
  });

  test("is not begun when the platform cannot be asked", async () => {
    const world = await watchingWorld(SOUND);
    world.slack.reach = () => Promise.reject(new TypeError("secret"));
    const { answer, report } = await world.ask(DOMAIN);
    expect(report).toMatchObject({ watch: { result: "unreachable" } });
    expect(plainText(answer.summary)).toMatch(/could not be found out/);
    expect(JSON.stringify(world.logged)).not.toContain("secret");
    expect((await world.store.watches.count()).watches).toBe(0);
  });

  test("is limited per conversation and per workspace, in words and with a way out", async () => {
    const world = await watchingWorld({}, { limits: { conversation: 2, tenant: 3 } });
    const elsewhere = { place: { ...CHANNEL, conversation: "C2", private: false } };
    await world.ask("a.example");
    await world.ask("b.example");
    const full = await world.ask("c.example");
    expect(full.report).toMatchObject({ watch: { result: "conversation-full" } });
    expect(full.answer.title).toBe("This conversation watches 2 already, which is the most");
    expect(textOf(full.answer)).toMatch(/watch list/);
    expect((await world.ask("a.example hourly")).report).toMatchObject({ watch: { result: "changed" } });
    expect((await world.ask("c.example", elsewhere)).report).toMatchObject({ watch: { result: "added" } });
    const tenant = await world.ask("d.example", elsewhere);
    expect(tenant.report).toMatchObject({ watch: { result: "tenant-full" } });
    expect(textOf(tenant.answer)).toMatch(/This workspace watches 3.*POSTIE_WATCHES/s);
    await world.ask("stop a.example");
    expect((await world.ask("d.example", elsewhere)).report).toMatchObject({ watch: { result: "added" } });
    const other = { place: { ...CHANNEL, tenant: "T2", private: false } };
    expect((await world.ask("d.example", other)).report).toMatchObject({ watch: { result: "added" } });
  });

  test("ends by stop, for this conversation only", async () => {
    const world = await watchingWorld(SOUND);
    const elsewhere = { place: { ...CHANNEL, conversation: "C2", private: false } };
    await world.ask(DOMAIN);
    await world.ask(DOMAIN, elsewhere);
    expect((await world.ask(`stop ${DOMAIN}`)).report).toEqual({
      watch: { action: "stop", target: DOMAIN, result: "stopped" },
    });
    const again = await world.ask(`stop ${DOMAIN}`);
    expect(again.report).toMatchObject({ watch: { result: "not-watched" } });
    expect(again.outcome).toBe("nothing");
    expect(await watchesOf(world, elsewhere)).toEqual([DOMAIN]);
    expect((await world.ask("stop all", elsewhere)).report).toEqual({
      watch: { action: "stop-all", stopped: 1 },
    });
    expect((await world.ask("stop all", elsewhere)).answer.title).toBe("Nothing was watched here");
    expect(await watchesOf(world, elsewhere)).toEqual([]);
  });

  async function watchesOf(world: WatchingWorld, part: object): Promise<string[]> {
    const { report } = await world.ask("list", part);
    return (report as { watch: { watches: { target: string }[] } }).watch.watches.map(({ target }) => target);
  }
});

describe("the list", () => {
  test("shows each target with how often, what was seen and when", async () => {
    const world = await watchingWorld({ ...SOUND, ...listed(LISTS.heavy, "8.8.4.7") });
    await world.ask(DOMAIN);
    await world.ask("8.8.4.7 hourly");
    await world.ask("new.example");
    await world.step();
    await world.step({ kind: "address", name: "8.8.4.7" });
    const { answer, report } = await world.ask("list");
    expect(answer.title).toBe("3 domains and addresses are watched here");
    const rows = answer.sections.flatMap((section) => (section.kind === "checks" ? section.rows : []));
    expect(rows.map(({ status, label, detail }) => `${status} ${label}: ${plainText(detail)}`)).toEqual([
      "problem 8.8.4.7, hourly: on Heavy; seen 3 November 2026, 09:00 UTC",
      "unknown new.example, daily: not checked yet",
      "ok partner.example, daily: can receive mail, no problem found; seen 3 November 2026, 09:00 UTC",
    ]);
    expect(report).toMatchObject({
      watch: {
        action: "list",
        weekly: false,
        watches: [
          { target: "8.8.4.7", kind: "address", every: "hourly", state: { listed: ["Heavy"], answered: 3 } },
          { target: "new.example", checkedAt: null, state: null },
          { target: DOMAIN, checkedAt: "2026-11-03T09:00:00.000Z", unknownSince: null },
        ],
      },
    });
  });

  test("tells what could not be checked for three days", async () => {
    const world = await watchingWorld(SOUND);
    await world.ask(DOMAIN);
    await world.step();
    const row = async () => {
      const { answer } = await world.ask("list");
      return answer.sections.flatMap((section) => (section.kind === "checks" ? section.rows : []))[0];
    };
    world.server.behave({ answer: "silence" });
    await world.step();
    const since = world.now;
    expect((await row())?.status).toBe("ok");
    while (world.now - since < 3 * DAY) await world.step();
    expect(await row()).toMatchObject({ status: "unknown", label: "partner.example, daily" });
    expect(plainText((await row())?.detail ?? [])).toMatch(/^could not be checked since \d+ November 2026, /);
  });

  test("says how to begin where nothing is watched", async () => {
    const world = await watchingWorld({});
    const { answer, outcome } = await world.ask("");
    expect([answer.title, outcome]).toEqual(["Nothing is watched here", "nothing"]);
    expect(plainText(answer.summary)).toContain("watch example.org hourly");
  });

  test("switches the weekly line by a button", async () => {
    const world = await watchingWorld({});
    await world.ask(DOMAIN);
    const on = (await world.ask("list")).answer.followUps;
    expect(on).toEqual([{ label: "Weekly line", command: "watch", text: "weekly on" }]);
    expect((await world.ask("weekly on")).report).toEqual({ watch: { action: "weekly", weekly: true } });
    expect((await world.ask("list")).report).toMatchObject({ watch: { weekly: true } });
    expect((await world.ask("list")).answer.followUps).toEqual([
      { label: "No weekly line", command: "watch", text: "weekly off" },
    ]);
    await world.ask("weekly off");
    expect((await world.ask("list")).report).toMatchObject({ watch: { weekly: false } });
  });
});

describe("where nobody can be told later", () => {
  test.each([["terminal"], ["web"]] as const)(
    "as in %s, the answer says where watching works and what works here",
    async (platform) => {
      const bot = createBot({ commands, services: servicesWith(zones) });
      const place = { platform, tenant: "local", conversation: "c", private: true };
      const { answer, outcome, report } = await finalOf(
        bot,
        request({ command: "watch", text: "partner.com", place, wayBack: {} }),
      );
      expect([outcome, report]).toEqual(["nothing", { watch: { action: "watch", result: "unavailable" } }]);
      expect(answer.title).toBe("Watching works in Slack and Teams");
      expect(textOf(answer)).toMatch(/\/watch partner\.com.*postie diff before\.json after\.json/s);
    },
  );

  test("as in a place without a way back, the same", async () => {
    const world = await watchingWorld(SOUND);
    const { report } = await world.ask(DOMAIN, { wayBack: undefined });
    expect(report).toMatchObject({ watch: { result: "unavailable" } });
    expect((await world.store.watches.count()).watches).toBe(0);
  });

  test("checks do not offer to watch; elsewhere they do", async () => {
    const world = await watchingWorld(SOUND);
    const offered = async (command: "checkdomain" | "checkip", text: string, wayBack: unknown) => {
      const { answer } = await world.ask(text, { command, wayBack });
      return answer.followUps.flatMap((step) =>
        "command" in step && step.command === "watch" ? [step.text] : [],
      );
    };
    expect(await offered("checkdomain", DOMAIN, { channel: "C1" })).toEqual([DOMAIN]);
    expect(await offered("checkip", "8.8.4.1", { channel: "C1" })).toEqual(["8.8.4.1"]);
    expect(await offered("checkip", `mx1.${DOMAIN}`, { channel: "C1" })).toEqual(["8.8.4.1"]);
    expect(await offered("checkip", "10.0.0.1", { channel: "C1" })).toEqual([]);
    expect(await offered("checkdomain", DOMAIN, undefined)).toEqual([]);
    expect(await offered("checkip", "8.8.4.1", undefined)).toEqual([]);
  });
});

test("while the store is away nothing is changed, and that is said in words", async () => {
  const world = await watchingWorld(SOUND);
  const away = () => Promise.reject(new StoreUnavailable("test"));
  const watching = {
    ...world.watching,
    add: away,
    list: away,
    remove: away,
    removeAll: away,
    setWeekly: away,
  };
  const bot = createBot({ commands, services: { ...world.services, watching: () => watching } });
  for (const text of [DOMAIN, "list", `stop ${DOMAIN}`, "stop all", "weekly on"]) {
    const asked = request({ command: "watch", text, place: { ...CHANNEL, private: true }, wayBack: {} });
    const { answer, outcome, report } = await finalOf(bot, asked);
    expect([text, outcome, report]).toMatchObject([text, "nothing", { watch: { result: "unavailable" } }]);
    expect(answer.title).toBe("Postie cannot reach its store right now");
  }
  expect(await world.store.watches.state(DOMAIN_TARGET)).toBeNull();
});

test("help shows how it is asked, with no button that begins to watch", async () => {
  const bot = createBot({ commands, services: servicesWith(zones) });
  for (const text of ["", "watch"]) {
    const { answer } = await finalOf(bot, request({ command: "mailhelp", text, wayBack: {} }));
    const watching = answer.followUps.filter((step) => "command" in step && step.command === "watch");
    expect(watching).toMatchObject([{ text: "list" }]);
  }
});
