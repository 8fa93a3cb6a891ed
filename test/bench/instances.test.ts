import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startBalancer } from "../support/balancer.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { createPostieProcess, type PostieProcess } from "../support/postie-process.ts";
import { describeWith } from "../support/real-servers.ts";
import { type Asked, domainOf, isSettled, type Kind } from "../system/chaos/asked.ts";
import { figuresOf } from "../system/chaos/figures.ts";
import { createSlackAskers } from "../system/chaos/slack-askers.ts";
import { brew, type Storm } from "../system/chaos/storm.ts";
import { createTeamsAskers } from "../system/chaos/teams-askers.ts";
import { until } from "../system/chaos/watchers.ts";
import { createLoad, type Load } from "./support/slack-load.ts";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 15);
const AT_ONCE = 48;
const SECRET = "a-secret-of-the-measurements-made-of-words";

const rows: Record<string, Record<string, number | string>> = {};
afterAll(() => console.table(rows));

/** How many deliveries are taken, answered and noted as done in a second, with so many instances on one store. */
function throughput(backend: string, make: () => Promise<NodeJS.ProcessEnv>): void {
  describe(`slash commands on ${backend}`, () => {
    let slack: FakeSlack;
    let instances: PostieProcess[] = [];
    beforeEach(async () => {
      slack = await startFakeSlack();
    });
    afterEach(async () => {
      await Promise.all(instances.map((instance) => instance.kill()));
      await slack.close();
    });

    async function start(count: number): Promise<{ load: Load; close(): Promise<void> }> {
      const env = {
        ...(await make()),
        POSTIE_SECRET: SECRET,
        SLACK_BOT_TOKEN: slack.state.botToken,
        SLACK_SIGNING_SECRET: slack.state.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        NODE_OPTIONS: `--expose-gc --import ${HEAP_ON_SIGNAL}`,
      };
      const names = Array.from({ length: count }, (_, index) => `${index + 1}`);
      instances = await Promise.all(names.map((name) => createPostieProcess(name, env)));
      await Promise.all(instances.map((instance) => instance.start()));
      const balancer = await startBalancer(instances.map(({ port }) => port));
      return { load: createLoad(slack, `${balancer.url}/slack/events`), close: balancer.close };
    }

    test.each([1, 2, 3])("%i instances", async (count) => {
      const { load, close } = await start(count);
      await load.run(4, { atOnce: AT_ONCE });
      const cpuBefore = await cpu(instances);
      const { answered, unanswered, seconds, waits } = await load.run(SECONDS, { atOnce: AT_ONCE });
      const at = (share: number) => Math.round(waits[Math.ceil(waits.length * share) - 1] ?? 0);
      const memory = await Promise.all(instances.map((instance) => instance.memory()));
      rows[`${backend}, ${count}`] = {
        "deliveries a second": Math.round(answered / seconds),
        "ms of CPU a delivery": ((((await cpu(instances)) - cpuBefore) / answered) * 1_000).toFixed(1),
        "p50 ms": at(0.5),
        "p99 ms": at(0.99),
        unanswered,
        "MB each": Math.round(memory.reduce((sum, mb) => sum + mb, 0) / count),
      };
      await close();
      expect(unanswered).toBe(0);
      expect(answered / seconds).toBeGreaterThan(30);
      expect(slack.state.complaints).toEqual([]);
    });

    test("one instance at 40 a second keeps its memory", async () => {
      const { load, close } = await start(1);
      const [instance] = instances as [PostieProcess];
      const pace = { perSecond: 40 };
      await load.run(10, pace);
      const heaps: number[] = [];
      for (let part = 0; part < 4; part += 1) {
        const { unanswered } = await load.run(SECONDS, pace);
        expect(unanswered).toBe(0);
        heaps.push(await heap(instance));
      }
      rows[`${backend}, 1, at 40 a second`] = {
        "MB of heap": heaps.map((mb) => Math.round(mb)).join(", "),
        "MB each": Math.round(await instance.memory()),
      };
      await close();
      const [, second = 0, , last = 0] = heaps;
      expect(last - second).toBeLessThan(12);
    });
  });
}

/** Processor time of all, in seconds. */
async function cpu(instances: readonly PostieProcess[]): Promise<number> {
  const each = instances.map(async ({ pid }) => {
    const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
    // In hundredths of a second (proc(5)).
    return (Number(fields[11]) + Number(fields[12])) / 100;
  });
  return (await Promise.all(each)).reduce((sum, one) => sum + one, 0);
}

const HEAP_ON_SIGNAL = join(import.meta.dirname, "support", "heap-on-signal.ts");

/** The heap that an instance has in use after a collection, in MB. */
async function heap({ pid, strange }: PostieProcess): Promise<number> {
  strange.length = 0;
  process.kill(pid, "SIGUSR2");
  await until(() => strange.length > 0, 10_000);
  return Number(/^heap (\d+)$/.exec(strange.pop() ?? "")?.[1]) / 2 ** 20;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postie-bench-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
throughput("SQLite", async () => {
  files += 1;
  return { POSTIE_STORE: join(folder, `${files}.sqlite`) };
});

describeWith(["postgres"], "with a real PostgreSQL", ({ postgres }) => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres(postgres);
  });
  afterAll(() => server.remove());

  throughput("PostgreSQL", async () => ({ DATABASE_URL: await server.newDatabase() }));
});

describeWith(["postgres"], "recovery", ({ postgres }) => {
  const LIVE: readonly Kind[] = ["slash live check", "mention", "Teams live check"];
  const QUESTIONS = 24;
  let storm: Storm;
  beforeAll(async () => {
    storm = await brew(
      postgres,
      Array.from({ length: 3 * QUESTIONS }, (_, number) => domainOf(number)),
    );
    await Promise.all(storm.instances.map((instance) => instance.start()));
  });
  afterAll(() => storm.end());

  test("what an instance had when it was killed is answered or told within ten seconds", async () => {
    const { balancer, connector, instances } = storm;
    const channel = storm.slack.channel();
    await storm.slack.say({ channel, text: `<@${storm.slack.state.botUser}> checkdomain ${domainOf(0)}` });
    const original = () =>
      channel.messages.find(({ user, edits }) => user === storm.slack.state.botUser && edits.length > 0);
    await until(() => original() !== undefined, 20_000);
    const slack = createSlackAskers(
      storm.slack,
      `${balancer.url}/slack/events`,
      original() ?? channel.messages[0] ?? fail(),
    );
    const teams = createTeamsAskers(connector, `${balancer.url}/api/messages`);
    const all: Asked[] = [];
    for (const [index, instance] of instances.entries()) {
      // Long enough for all to have seen each other.
      await sleep(5_000);
      for (let asked = 0; asked < QUESTIONS; asked += 1) {
        const kind = LIVE[asked % LIVE.length] ?? "mention";
        const askers = kind.startsWith("Teams") ? teams : slack;
        all.push(askers.ask(kind, all.length, { duplicate: false }).asked);
      }
      await sleep(1_300);
      await storm.kill(index);
      await until(() => all.every(isSettled), 30_000);
      await instance.start();
    }
    const { recoveries, lost, twice } = figuresOf(all, storm.blows, ({ number }) =>
      balancer.taken.filter(({ label, status }) => label === String(number) && status >= 200 && status < 300),
    );
    for (const { what, seconds } of recoveries) {
      rows[`recovery: ${what}`] = { questions: seconds.length, "most s": (seconds.at(-1) ?? 0).toFixed(1) };
    }
    expect([...lost, ...twice]).toEqual([]);
    for (const { what, seconds } of recoveries) {
      expect(seconds.length, what).toBeGreaterThan(0);
      expect(seconds.at(-1), what).toBeLessThan(10);
    }
  });
});

function fail(): never {
  throw new Error("there is no answer");
}
