import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findButton } from "../support/fake-slack-delivery.ts";
import type { FakeChannel } from "../support/fake-slack-state.ts";
import { describeWith } from "../support/real-servers.ts";
import { type Asked, domainOf, isSettled, type Kind } from "./chaos/asked.ts";
import { type Figures, figuresOf } from "./chaos/figures.ts";
import { AGAIN, createSlackAskers, type SlackAskers } from "./chaos/slack-askers.ts";
import { brew, type Storm } from "./chaos/storm.ts";
import { createTeamsAskers, type TeamsAskers } from "./chaos/teams-askers.ts";

/** The domain that is watched and changes. */
const DOMAIN = "changes.example";
/** Domains that are watched besides, and do not change. */
const STEADY = Array.from({ length: 12 }, (_, index) => `steady${index}.example`);
/** How long people ask, in seconds. */
const STORM_S = 55;
/** Questions a second. */
const RATE = 6;
/** With those that are asked at once before an instance is killed. */
const MOST = STORM_S * RATE + 50;
/** What is waited for once nobody asks any more. */
const CALM_S = 45;
/** Whether a delivery comes twice at the same moment, to different instances. */
const comesTwice = (number: number) => number % 4 === 0;
const LIVE: readonly Kind[] = ["slash live check", "mention", "Teams live check"];
const ROUND: readonly Kind[] = [
  "slash command",
  "direct message",
  "Teams message",
  "slash live check",
  "mention",
  "Teams live check",
  "slash command",
  "direct message",
  "button",
  "Teams message",
];

describeWith(
  ["postgres"],
  "instances killed, PostgreSQL restarted and slow, under a stream of deliveries",
  ({ postgres }) => {
    let storm: Storm;
    let teams: TeamsAskers;
    let slackAskers: SlackAskers;
    let figures: Figures;
    const all: Asked[] = [];
    const sending: Promise<void>[] = [];
    /** Where the domain that changes is watched, and where others are. */
    const watching: { slack: FakeChannel[]; teams: string[]; quiet: FakeChannel[] } = {
      slack: [],
      teams: [],
      quiet: [],
    };

    beforeAll(async () => {
      storm = await brew(postgres, [
        DOMAIN,
        ...STEADY,
        ...Array.from({ length: MOST }, (_, number) => domainOf(number)),
      ]);
      const { slack, connector, balancer, instances } = storm;
      await Promise.all(instances.map((instance) => instance.start()));
      teams = createTeamsAskers(connector, `${balancer.url}/api/messages`);
      await watchEverything();
      const original = await anAnswerWithAButton();
      slackAskers = createSlackAskers(slack, `${balancer.url}/slack/events`, original);
      const blowing = blow();
      await ask();
      await blowing;
      figures = figuresOf(all, storm.blows, ({ number }) =>
        balancer.taken.filter(
          ({ label, status }) => label === String(number) && status >= 200 && status < 300,
        ),
      );
      tell();
    }, 240_000);
    afterAll(() => storm?.end());

    async function watchEverything(): Promise<void> {
      const { slack } = storm;
      watching.slack = Array.from({ length: 3 }, () => slack.channel());
      watching.quiet = STEADY.map(() => slack.channel());
      watching.teams = ["a:watch-1", "a:watch-2"];
      const watch = (channel: FakeChannel, name: string) =>
        slack.command({ command: "/watch", text: name, channel });
      for (const channel of watching.slack) await watch(channel, DOMAIN);
      for (const [index, channel] of watching.quiet.entries()) await watch(channel, STEADY[index] ?? "");
      for (const conversation of watching.teams) await teams.say(conversation, `watch ${DOMAIN}`);
      await until(async () => (await watches()) === 5 + STEADY.length, 20_000);
      await until(async () => (await known()) === 1 + STEADY.length, 40_000);
    }

    const rows = async (sql: string) => storm.server.query(storm.url, sql);
    const watches = async () => Number((await rows("SELECT COUNT(*) AS count FROM watch"))[0]?.count);
    const known = async () =>
      Number((await rows("SELECT COUNT(*) AS count FROM watch_target WHERE known IS NOT NULL"))[0]?.count);

    /** What was told of the change in each place where the domain is watched. */
    function changesTold(): string[][] {
      const inSlack = watching.slack.map(({ messages }) => messages.map(({ text }) => text));
      const inTeams = watching.teams.map((conversation) => teams.seen(conversation).map(({ text }) => text));
      return [...inSlack, ...inTeams].map((texts) =>
        texts.filter((text) => /DMARC/i.test(text) && !/is watched/.test(text)),
      );
    }

    async function anAnswerWithAButton() {
      const { slack } = storm;
      const channel = slack.channel();
      await slack.command({ command: "/checkdomain", text: DOMAIN, channel });
      const found = () => channel.messages.find(({ blocks }) => findButton(blocks, AGAIN));
      await until(() => found() !== undefined, 20_000);
      const message = found();
      if (!message) throw new Error("there is no answer");
      return message;
    }

    /** One more question. */
    function askOne(kind: Kind): void {
      const number = all.length;
      const from = kind.startsWith("Teams") ? teams : slackAskers;
      const { asked, delivered } = from.ask(kind, number, { duplicate: comesTwice(number) });
      all.push(asked);
      sending.push(delivered);
    }

    /** Questions that take a while, so that an instance that is killed now has some under way. */
    async function askMuch(): Promise<void> {
      for (const kind of [...LIVE, ...LIVE, ...LIVE]) askOne(kind);
      await sleep(1_400);
    }

    /** Questions of all kinds at an even pace; resolves when all is settled or time is up. */
    async function ask(): Promise<void> {
      const started = performance.now();
      for (let index = 0; index < STORM_S * RATE; index += 1) {
        await sleep(Math.max(0, started + (index / RATE) * 1_000 - performance.now()));
        askOne(ROUND[index % ROUND.length] ?? "slash command");
      }
      await Promise.all(sending);
      await until(() => all.every(isSettled), CALM_S * 1_000);
      await until(async () => {
        if (changesTold().every((texts) => texts.length > 0)) return true;
        // A check in the storm may have found nothing out.
        await checkNow();
        await sleep(2_000);
        return false;
      }, CALM_S * 1_000);
      // Whatever comes a second time has come by then.
      await sleep(8_000);
    }

    async function blow(): Promise<void> {
      const { instances, server, proxy } = storm;
      const [a, b, c] = instances;
      await sleep(5_000);
      await askMuch();
      await storm.kill(0);
      await sleep(3_000);
      await storm.strike("A is started again", () => a?.start());
      await storm.strike("the watched domain changes, and is checked", async () => {
        storm.publish({ [`_dmarc.${DOMAIN}`]: { TXT: ["v=DMARC1; p=none"] } });
        await checkNow();
      });
      await sleep(3_000);
      await storm.strike("PostgreSQL is restarted", async () => {
        await server.stop("fast");
        await sleep(1_000);
        await server.start();
      });
      await sleep(3_000);
      await askMuch();
      await storm.kill(1);
      await checkNow();
      await sleep(2_000);
      await storm.strike("B is started again", () => b?.start());
      await sleep(6_000);
      await storm.strike("PostgreSQL is slow (400 ms more each way)", () => proxy.slow(400));
      await sleep(5_000);
      await storm.strike("PostgreSQL is as before", () => proxy.mend());
      await checkNow();
      await sleep(3_000);
      await storm.strike("PostgreSQL does not answer at all", () => proxy.stall());
      await sleep(4_000);
      await storm.strike("PostgreSQL answers again", () => proxy.mend());
      await sleep(3_000);
      await askMuch();
      await storm.strike("PostgreSQL crashes", async () => {
        await Promise.all([storm.kill(2), server.stop("immediate")]);
        await server.start();
      });
      await storm.strike("C is started again", () => c?.start());
      await checkNow();
      await sleep(2_000);
      await storm.strike("A is asked to end, and started again", async () => {
        await a?.stop();
        await a?.start();
      });
      await checkNow();
    }

    /** The time of all checks has come. */
    async function checkNow(): Promise<void> {
      await rows("UPDATE watch_target SET next_check_at = 1").catch(() => {});
    }

    function tell(): void {
      const [first] = storm.blows;
      console.log(
        storm.blows
          .map(({ what, at }) => `${((at - (first?.at ?? 0)) / 1_000).toFixed(1)} s  ${what}`)
          .join("\n"),
      );
      console.table(figures.table);
      console.table(memoryTable());
      console.table(
        figures.recoveries.map(({ what, seconds }) => ({
          what,
          "questions that it had": seconds.length,
          "median s": (seconds[Math.floor(seconds.length / 2)] ?? 0).toFixed(1),
          "most s": (seconds.at(-1) ?? 0).toFixed(1),
        })),
      );
      for (const { number, kind, seen } of figures.toldAndAnswered) {
        console.log(
          `told and answered: ${number} ${kind}`,
          seen().map(({ text, at }) => [Math.round(at), text.slice(0, 60)]),
        );
      }
    }

    function memoryTable() {
      const lives = Map.groupBy(storm.memory, ({ name }) => name);
      return [...lives].map(([life, samples]) => {
        const mb = samples.map((sample) => Math.round(sample.mb));
        return {
          life,
          seconds: samples.length,
          "MB after 5 s": mb[4] ?? 0,
          "MB at the end": mb.at(-1) ?? 0,
          "MB at most": Math.max(...mb),
        };
      });
    }

    async function until(condition: () => boolean | Promise<boolean>, ms: number): Promise<void> {
      const end = performance.now() + ms;
      while (!(await condition()) && performance.now() < end) await sleep(100);
    }

    test("every question was answered, or its asker was told that it was not", () => {
      expect(figures.lost.map(({ number, kind }) => `${number} ${kind}`)).toEqual([]);
    });

    test("no question was answered twice", () => {
      expect(figures.twice.map(({ number, kind }) => `${number} ${kind}`)).toEqual([]);
    });

    test("nobody was told that nothing came of it, and then answered", () => {
      // But for a delivery that came twice at the same moment: one instance reached the store, the other did not.
      const told = figures.toldAndAnswered.filter(({ number }) => !comesTwice(number));
      expect(told.map(({ number, kind }) => `${number} ${kind}`)).toEqual([]);
    });

    test("nobody looks at a message that says for ever that the work goes on", () => {
      expect(figures.unfinished.map(({ number, kind }) => `${number} ${kind}`)).toEqual([]);
      // Above an answer it may be left by an instance that was killed in the moment in which it had posted and not yet noted it.
      const left = Object.values(figures.table).reduce((sum, row) => sum + Number(row["progress left"]), 0);
      expect(left / all.length).toBeLessThan(0.03);
    });

    test("most were answered, and what an instance left when it was killed was gone on with", () => {
      const answered = Object.values(figures.table).reduce(
        (sum, row) => sum + Number(row["answered once"]),
        0,
      );
      expect(answered / all.length).toBeGreaterThan(0.8);
      const seconds = figures.recoveries.flatMap((one) => one.seconds);
      expect(seconds.length).toBeGreaterThan(0);
      expect(Math.max(...seconds)).toBeLessThan(60);
    });

    test("nothing is left undone in the store", async () => {
      expect(await rows("SELECT platform, name, state FROM delivery WHERE state <> 'done'")).toEqual([]);
    });

    test("no watch was lost, and the change was told once in each place", async () => {
      expect(await watches()).toBe(5 + STEADY.length);
      const { slack } = storm;
      const told = changesTold();
      expect(
        told.map((texts) => texts.length),
        JSON.stringify(told),
      ).toEqual([1, 1, 1, 1, 1]);
      for (const { messages } of watching.quiet) {
        expect(
          messages.filter(({ user, text }) => user === slack.state.botUser && !/watched/.test(text)),
        ).toEqual([]);
      }
    });

    test("nothing was done that Slack refuses, and no instance broke", () => {
      expect(storm.slack.state.complaints).toEqual([]);
      expect(storm.instances.flatMap(({ strange }) => strange)).toEqual([]);
      const faults = storm.instances
        .flatMap(({ troubles }) => troubles)
        .filter(({ level, error }) => Number(level) >= 50 && error !== "StoreUnavailable");
      expect(faults).toEqual([]);
    });

    test("memory stays within bounds", () => {
      for (const { life, "MB at most": most } of memoryTable()) expect(most, life).toBeLessThan(512);
    });
  },
);
