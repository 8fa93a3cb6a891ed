import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Update } from "../../../src/bot/answer.ts";
import type { Bot } from "../../../src/bot/bot.ts";
import { StoreUnavailable } from "../../../src/store/index.ts";
import { type Call, type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { inChannel, teamsActivity, teamsMessage } from "../../support/teams-activity.ts";
import { answerWith, cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";
import { openStoreThatGoesAway, type StoreThatGoesAway } from "../../support/teams-store.ts";
import { recordingWatching } from "../../support/teams-watching.ts";

let connector: FakeConnector;
let away: StoreThatGoesAway;
let app: TeamsApp;
beforeAll(async () => {
  connector = await startFakeConnector();
});
beforeEach(async () => {
  away = await openStoreThatGoesAway();
});
afterEach(async () => {
  away.comeBack();
  await app.stop();
  await away.store.close();
  connector.reset();
});
afterAll(() => connector.stop());

async function start(bot: Bot): Promise<TeamsApp> {
  app = await startTeamsApp(connector, bot, { store: away.store });
  return app;
}

const TOLD = "Postie cannot reach its store right now, so nothing was checked. Ask again in a minute.";
const isMessage = ({ activity, status }: Call) => activity.type === "message" && status < 300;
const textOf = (call: Call | undefined) => cardText(call?.activity.attachments?.[0]?.content);

test("a message is told as failed at once, and its repeats are neither told nor answered, also later", async () => {
  const bot = recordingBot();
  const { post, world } = await start(bot);
  away.goAway();
  const message = teamsMessage(world, "<at>Postie</at> smtp 550", inChannel(world));
  const statuses = await Promise.all([post(message), post(message), post(message)]);
  expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200]);
  const [told] = await connector.waitFor(isMessage);
  expect(textOf(told)).toContain(TOLD);
  expect(told?.conversation).toBe("19:channel@thread.tacv2;messageid=1700000000000");
  await post(message);
  away.comeBack();
  await post(message);
  await post(teamsMessage(world, "smtp 551"));
  await connector.waitFor(({ activity }) => JSON.stringify(activity).includes("smtp 551"));
  await app.adapter.stop();
  expect(bot.asked.map(({ text }) => text)).toEqual(["smtp 551"]);
  expect(connector.calls.filter(isMessage)).toHaveLength(2);
});

test("what was told as failed is not answered by another instance when its repeat comes there later", async () => {
  const { post, world } = await start(recordingBot());
  away.goAway();
  const message = teamsMessage(world, "smtp 550");
  await post(message);
  await connector.waitFor(isMessage);
  away.comeBack();
  await expect
    .poll(async () => (await away.store.database.query("SELECT state FROM delivery"))[0]?.state)
    .toBe("done");
  const other = recordingBot();
  const second = await startTeamsApp(connector, other, { store: away.store });
  expect((await second.post(message)).status).toBe(200);
  await second.stop();
  expect(other.asked).toEqual([]);
});

test("a private question is told as failed in private", async () => {
  const { post, world } = await start(recordingBot());
  away.goAway();
  const recipient = { id: `28:${world.appId}`, name: "Postie", isTargeted: true };
  await post(teamsMessage(world, "/smtp 550", { ...inChannel(world), entities: [], recipient }));
  const [told] = await connector.waitFor(isMessage);
  expect([told?.targeted, textOf(told)]).toEqual([true, expect.stringContaining(TOLD)]);
});

test.each([
  ["a button", "adaptiveCard/action", { action: { data: { verb: "ask", command: "smtp", text: "550" } } }],
  ["a dialog", "task/fetch", {}],
  ["a message extension", "composeExtension/fetchTask", {}],
  ["a search", "composeExtension/query", { parameters: [{ name: "query", value: "spf" }] }],
])("%s is told as failed in its response", async (_case, name, value) => {
  const bot = recordingBot();
  const { post, world } = await start(bot);
  away.goAway();
  const { status, body } = await post(teamsActivity(world, "invoke", { name, value }));
  expect([status, JSON.stringify(body)]).toEqual([200, expect.stringContaining(TOLD)]);
  await app.adapter.stop();
  expect([bot.asked, connector.calls]).toEqual([[], []]);
});

test("what nobody waits for is left to a repeat, which is worked on", async () => {
  const { post, world } = await start(recordingBot());
  away.goAway();
  const installed = teamsActivity(world, "installationUpdate", { action: "add" });
  expect((await post(installed)).status).toBe(503);
  away.comeBack();
  expect((await post(installed)).status).toBe(200);
  const [greeting] = await connector.waitFor(isMessage);
  expect(textOf(greeting)).toContain("Hello, I am Postie");
});

test("a store that goes away before the answer is waited for, and then it is answered once", async () => {
  const held = Promise.withResolvers<void>();
  const bot = recordingBot(async function* (): AsyncIterable<Update> {
    await held.promise;
    yield { answer: answerWith("there it is"), outcome: "answered", report: null };
  });
  const { post, world } = await start(bot);
  await post(teamsMessage(world, "smtp 550"));
  away.goAway();
  held.resolve();
  await post(teamsMessage(world, "smtp 551"));
  await connector.waitFor((call) => textOf(call).includes(TOLD));
  expect(connector.calls.filter(isMessage)).toHaveLength(1);
  away.comeBack();
  await connector.waitFor((call) => textOf(call).includes("there it is"));
  await app.adapter.stop();
  expect(connector.calls.filter(isMessage)).toHaveLength(2);
});

test("a stop does not wait for the store for ever: what was not said is left to another instance", async () => {
  const held = Promise.withResolvers<void>();
  const bot = recordingBot(async function* (): AsyncIterable<Update> {
    await held.promise;
    yield { answer: answerWith("there it is"), outcome: "answered", report: null };
  });
  const { post, world } = await start(bot);
  await post(teamsMessage(world, "smtp 550"));
  away.goAway();
  held.resolve();
  await app.adapter.stop();
  expect(connector.calls.filter(isMessage)).toEqual([]);
  away.comeBack();
  const [left] = await away.store.database.query("SELECT state FROM delivery");
  expect(left?.state).toBe("taken");
});

test("what was told as failed and yet taken is neither told nor answered again", async () => {
  const bot = recordingBot();
  const { post, world, adapter } = await start(bot);
  const { database } = away.store;
  const { query } = database;
  // The database takes it, and its answer is lost.
  Object.assign(database, {
    async query(...asked: Parameters<typeof query>) {
      const rows = await query.apply(database, asked);
      if (!asked[0].startsWith("INSERT INTO delivery")) return rows;
      Object.assign(database, { query });
      away.goAway();
      throw new StoreUnavailable("timeout");
    },
  });
  const message = teamsMessage(world, "smtp 550");
  await post(message);
  const [told] = await connector.waitFor(isMessage);
  expect(textOf(told)).toContain(TOLD);
  expect(await database.query("SELECT state FROM delivery")).toEqual([{ state: "taken" }]);
  away.comeBack();
  await adapter.takeOver();
  await expect.poll(async () => (await database.query("SELECT state FROM delivery"))[0]?.state).toBe("done");
  await post(message);
  await adapter.stop();
  expect([bot.asked, connector.calls.filter(isMessage).length]).toEqual([[], 1]);
});

test("what a removal ends is ended once the store is back, when it goes away meanwhile", async () => {
  const watched = recordingWatching(away.store);
  let asked = 0;
  const watching = {
    ...watched.watching,
    async ended(...gone: Parameters<typeof watched.watching.ended>) {
      asked += 1;
      if (asked < 3) throw new StoreUnavailable("down");
      await watched.watching.ended(...gone);
    },
  };
  app = await startTeamsApp(connector, recordingBot(), { store: away.store, watching });
  await app.post(teamsActivity(app.world, "installationUpdate", { action: "remove" }));
  await expect.poll(() => watched.ended.length).toBe(1);
});
