import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { createServices } from "../../src/services.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { type Mode, type SlackApp, startSlackApp, until } from "../support/slack-app.ts";

const PER_SECOND = 200;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 30);
const QUESTIONS = ["550", "5.7.26 @gmail", "4.7.99", "421 4.7.28", "mailbox full"];

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Where deliveries are taken: in memory, or in SQLite's file. */
const WAYS: [Mode, "memory" | "a file"][] = [
  ["HTTP", "memory"],
  ["Socket Mode", "memory"],
  ["HTTP", "a file"],
];

describe.each(WAYS)("200 slash commands a second by %s, with a store in %s", (mode, where) => {
  const path = join(tmpdir(), `postie-bench-${process.pid}.sqlite`);
  let app: SlackApp;
  let store: Store;
  let answered = 0;
  let sent = 0;
  const acknowledged: number[] = [];

  beforeAll(async () => {
    const bot = createBot({ commands, services: createServices({ dns: undefined, knowledge: undefined }) });
    store = await openStore(where === "a file" ? { path } : {});
    app = await startSlackApp(mode, bot, { store });
  });
  afterAll(async () => {
    await app.close();
    await store.close();
    for (const end of ["", "-wal", "-shm", ".key"]) await rm(path + end, { force: true });
  });

  /** Sends at an even pace, however slowly the answers come. */
  async function ask(seconds: number): Promise<void> {
    const channel = app.slack.channel("channel", false);
    // What was answered is counted and let go, so that the fake keeps nothing.
    channel.messages.push = (...messages) => {
      answered += messages.length;
      return 0;
    };
    const sending: Promise<void>[] = [];
    const started = performance.now();
    for (let index = 0; index < PER_SECOND * seconds; ) {
      const due = Math.min(PER_SECOND * seconds, ((performance.now() - started) / 1_000) * PER_SECOND);
      for (; index < due; index += 1) {
        const text = QUESTIONS[index % QUESTIONS.length] ?? "550";
        const user = `U${index % 500}`;
        sending.push(
          app.slack.command({ command: "/smtp", text, channel, user }).then(({ status, ms }) => {
            if (status === 200) acknowledged.push(ms);
          }),
        );
        sent += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(sending);
    await until(() => answered >= sent, 30_000);
  }

  /** The heap in use when nothing is under way, in megabytes, without what the fake and the test remember. */
  function heap(): number {
    app.slack.state.calls.length = 0;
    app.slack.api.expireResponseUrls();
    app.logged.length = 0;
    app.asked.length = 0;
    collectGarbage();
    return process.memoryUsage().heapUsed / 1024 / 1024;
  }

  it(`are acknowledged within a second for ${SECONDS} s, none is lost and memory stays`, async () => {
    // What is kept for a while (answers that may be shared, what people asked last) is full after this.
    await ask(6);
    acknowledged.length = 0;
    const before = heap();
    const cpu = process.cpuUsage();
    const started = performance.now();
    await ask(SECONDS);
    const seconds = (performance.now() - started) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const after = heap();
    acknowledged.sort((a, b) => a - b);
    const at = (share: number) => (acknowledged[Math.ceil(acknowledged.length * share) - 1] ?? 0).toFixed(1);
    console.log(
      `${mode}, store in ${where}: ${acknowledged.length} commands in ${seconds.toFixed(1)} s; acknowledged p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ` +
        `worst ${at(1)} ms; ${Math.round((user + system) / seconds / 10_000)} % of a core with the fake; ` +
        `heap ${before.toFixed(1)} MB before, ${after.toFixed(1)} MB after`,
    );
    expect(answered).toBe(sent);
    expect(acknowledged).toHaveLength(PER_SECOND * SECONDS);
    expect(app.slack.state.complaints).toEqual([]);
    expect(acknowledged.at(-1)).toBeLessThan(1_000);
    expect(after - before).toBeLessThan(10);
  });
});
