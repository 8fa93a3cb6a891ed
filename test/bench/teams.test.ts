import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { createServices } from "../../src/services.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { type FakeConnector, startFakeConnector } from "../support/fake-connector.ts";
import { teamsMessage } from "../support/teams-activity.ts";
import { startTeamsApp, type TeamsApp } from "../support/teams-app.ts";

const PER_SECOND = 100;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 30);
const QUESTIONS = [
  "smtp 550",
  "5.7.26 @gmail",
  "<at>Postie</at> smtp 4.7.99",
  "/smtp 421 4.7.28",
  "mailbox full",
];

let connector: FakeConnector;
let app: TeamsApp;
let folder: string;
let store: Store;
beforeAll(async () => {
  connector = await startFakeConnector();
  folder = await mkdtemp(join(tmpdir(), "postie-bench-"));
  store = await openStore({ path: join(folder, "postie.db") });
  const bot = createBot({ commands, services: createServices({ dns: undefined, knowledge: undefined }) });
  app = await startTeamsApp(connector, bot, { store });
});
afterAll(async () => {
  await app.stop();
  await store.close();
  await rm(folder, { recursive: true });
  await connector.stop();
});

const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN;

/** Asks at an even pace, however slowly the answers come. */
async function ask(seconds: number) {
  connector.reset();
  const token = await connector.token();
  const sentAt = new Map<string, number>();
  const acknowledged: number[] = [];
  const sending: Promise<void>[] = [];
  const total = PER_SECOND * seconds;
  const started = performance.now();
  for (let index = 0; index < total; ) {
    for (
      const due = ((performance.now() - started) / 1000) * PER_SECOND;
      index < due && index < total;
      index++
    ) {
      const conversation = { id: `a:${index}`, conversationType: "personal" };
      const from = { id: `29:${index % 500}`, name: "Anna" };
      const at = performance.now();
      sentAt.set(conversation.id, at);
      const message = teamsMessage(app.world, QUESTIONS[index % QUESTIONS.length] ?? "", {
        conversation,
        from,
      });
      sending.push(
        app.post(message, { token }).then(({ status }) => {
          if (status === 200) acknowledged.push(performance.now() - at);
        }),
      );
    }
    await sleep(5);
  }
  await Promise.all(sending);
  const isAnswer = ({ activity, status }: { activity: { type: string }; status: number }) =>
    activity.type === "message" && status < 300;
  const answers = await connector.waitFor(isAnswer, total, 20_000);
  const answered = answers.map(({ conversation, at }) => at - (sentAt.get(conversation) ?? 0));
  const conversations = new Set(answers.map(({ conversation }) => conversation));
  return { total, acknowledged, answered, conversations };
}

test(`${PER_SECOND} activities a second for ${SECONDS} s: every one acknowledged and answered, none lost`, async () => {
  await ask(2);
  const { total, acknowledged, answered, conversations } = await ask(SECONDS);
  const told = (values: number[]) =>
    `p50 ${percentile(values, 0.5).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms`;
  console.log(`${total} activities: acknowledged ${told(acknowledged)}; answered ${told(answered)}`);
  expect(acknowledged).toHaveLength(total);
  expect([answered.length, conversations.size]).toEqual([total, total]);
  expect(percentile(acknowledged, 0.99)).toBeLessThan(1000);
  expect(percentile(answered, 0.99)).toBeLessThan(3000);
});
