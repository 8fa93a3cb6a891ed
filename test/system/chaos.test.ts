import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findButton } from "../support/fake-slack-delivery.ts";
import { describeWith } from "../support/real-servers.ts";
import { type Asked, domainOf, isSettled, type Kind } from "./chaos/asked.ts";
import { BLOWS_S, blow } from "./chaos/blows.ts";
import { type Figures, figuresOf } from "./chaos/figures.ts";
import { AGAIN, createSlackAskers, type SlackAskers } from "./chaos/slack-askers.ts";
import { brew, type Storm } from "./chaos/storm.ts";
import { createTeamsAskers, type TeamsAskers } from "./chaos/teams-askers.ts";
import { createWatchers, until, type Watchers } from "./chaos/watchers.ts";

/** The domain that is watched and changes. */
const CHANGING = "changes.example";
/** Domains that are watched besides, and do not change. */
const STEADY = Array.from({ length: 12 }, (_, index) => `steady${index}.example`);
/** How long people ask, in seconds: until after the last blow. */
const STORM_S = BLOWS_S + 5;
/** Questions a second. */
const RATE = 6;
/** With those that are asked at once before an instance is killed. */
const MOST = STORM_S * RATE + 50;
/** What is waited for once nobody asks any more, in milliseconds. */
const CALM_MS = 45_000;
/** Whether a delivery comes twice at the same moment, to different instances. */
const comesTwice = (number: number) => number % 4 === 0;

const LIVE: readonly Kind[] = ["slash live check", "mention", "Teams live check"];
const ROUND: readonly Kind[] = [
  "slash command",
  "direct message",
  "Teams message",
  ...LIVE,
  "slash command",
  "direct message",
  "button",
  "Teams message",
];

describeWith(
  ["postgres"],
  "instances killed, PostgreSQL restarted and slow, under a stream of deliveries",
  (paths) => {
    let storm: Storm;
    let teams: TeamsAskers;
    let slack: SlackAskers;
    let watchers: Watchers;
    let figures: Figures;
    const all: Asked[] = [];
    const sending: Promise<void>[] = [];

    beforeAll(async () => {
      const asked = Array.from({ length: MOST }, (_, number) => domainOf(number));
      storm = await brew(paths.postgres, [CHANGING, ...STEADY, ...asked]);
      const { balancer, instances } = storm;
      await Promise.all(instances.map((instance) => instance.start()));
      teams = createTeamsAskers(storm.connector, `${balancer.url}/api/messages`);
      watchers = createWatchers(storm, teams, CHANGING, STEADY);
      await watchers.begin();
      slack = createSlackAskers(storm.slack, `${balancer.url}/slack/events`, await anAnswerWithAButton());
      await Promise.all([ask(), blow(storm, { askMuch, change, checkNow: watchers.checkNow })]);
      await becomeCalm();
      figures = figuresOf(all, storm.blows, ({ number }) =>
        balancer.taken.filter(
          ({ label, status }) => label === String(number) && status >= 200 && status < 300,
        ),
      );
      tell();
    }, 240_000);
    afterAll(() => storm?.end());

    async function anAnswerWithAButton() {
      const channel = storm.slack.channel();
      await storm.slack.command({ command: "/checkdomain", text: CHANGING, channel });
      const found = () => channel.messages.find(({ blocks }) => findButton(blocks, AGAIN));
      await until(() => found() !== undefined, 20_000);
      const message = found();
      if (!message) throw new Error("there is no answer");
      return message;
    }

    function askOne(kind: Kind): void {
      const number = all.length;
      const askers = kind.startsWith("Teams") ? teams : slack;
      const { asked, delivered } = askers.ask(kind, number, { duplicate: comesTwice(number) });
      all.push(asked);
      sending.push(delivered);
    }

    /** Questions of all kinds at an even pace. */
    async function ask(): Promise<void> {
      const started = performance.now();
      for (let index = 0; index < STORM_S * RATE; index += 1) {
        await sleep(Math.max(0, started + (index / RATE) * 1_000 - performance.now()));
        askOne(ROUND[index % ROUND.length] ?? "slash command");
      }
    }

    async function askMuch(): Promise<void> {
      for (const kind of [...LIVE, ...LIVE, ...LIVE]) askOne(kind);
      await sleep(1_400);
    }

    async function change(): Promise<void> {
      storm.publish({ [`_dmarc.${CHANGING}`]: { TXT: ["v=DMARC1; p=none"] } });
      await watchers.checkNow();
    }

    async function becomeCalm(): Promise<void> {
      await Promise.all(sending);
      await until(() => all.every(isSettled), CALM_MS);
      await until(async () => {
        if (watchers.changesTold().every((texts) => texts.length > 0)) return true;
        // A check in the storm may have found nothing out.
        await watchers.checkNow();
        await sleep(2_000);
        return false;
      }, CALM_MS);
      // Whatever comes a second time has come by then.
      await sleep(8_000);
    }

    function tell(): void {
      const begun = storm.blows[0]?.at ?? 0;
      console.log(
        storm.blows.map(({ what, at }) => `${((at - begun) / 1_000).toFixed(1)} s  ${what}`).join("\n"),
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
      for (const { number, kind, seen } of [...figures.lost, ...figures.twice, ...figures.toldAndAnswered]) {
        const messages = seen().map(
          ({ text, at }) => `${((at - begun) / 1_000).toFixed(1)} s ${text.slice(0, 60)}`,
        );
        console.log(`${number} ${kind}:`, messages);
      }
    }

    function memoryTable() {
      const lives = Map.groupBy(storm.memory, ({ name }) => name);
      return [...lives].map(([life, samples]) => {
        const mb = samples.map((sample) => Math.round(sample.mb));
        const most = Math.max(...mb);
        return {
          life,
          seconds: mb.length,
          "MB after 5 s": mb[4] ?? 0,
          "MB at the end": mb.at(-1) ?? 0,
          "MB at most": most,
        };
      });
    }

    const named = (some: readonly Asked[]) => some.map(({ number, kind }) => `${number} ${kind}`);
    const sum = (column: string) =>
      Object.values(figures.table).reduce((all, row) => all + Number(row[column]), 0);

    test("every question was answered, or its asker was told that it was not", () => {
      expect(named(figures.lost)).toEqual([]);
    });

    test("no question was answered twice", () => {
      expect(named(figures.twice)).toEqual([]);
    });

    test("nobody was told that nothing came of it, and then answered", () => {
      // But for a delivery that came twice at the same moment: one instance reached the store, the other did not.
      expect(named(figures.toldAndAnswered.filter(({ number }) => !comesTwice(number)))).toEqual([]);
    });

    test("nobody looks at a message that says for ever that the work goes on", () => {
      expect(named(figures.unfinished)).toEqual([]);
      // Above an answer it may be left by an instance that was killed in the moment in which it had posted and not yet noted it.
      expect(sum("progress left") / all.length).toBeLessThan(0.03);
    });

    test("most were answered, and what an instance left when it was killed was gone on with", () => {
      expect(sum("answered once") / all.length).toBeGreaterThan(0.8);
      const seconds = figures.recoveries.flatMap((one) => one.seconds);
      expect(seconds.length).toBeGreaterThan(0);
      expect(Math.max(...seconds)).toBeLessThan(60);
    });

    test("nothing is left undone in the store", async () => {
      const undone = "SELECT platform, name, state FROM delivery WHERE state <> 'done'";
      expect(await storm.server.query(storm.url, undone)).toEqual([]);
    });

    test("no watch was lost, and the change was told once in each place and nowhere else", async () => {
      expect(await watchers.stored()).toBe(watchers.count);
      const told = watchers.changesTold();
      expect(
        told.map((texts) => texts.length),
        JSON.stringify(told),
      ).toEqual([1, 1, 1, 1, 1]);
      expect(watchers.otherwiseTold()).toEqual([]);
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
