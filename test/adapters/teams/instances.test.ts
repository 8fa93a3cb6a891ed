import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Update } from "../../../src/bot/answer.ts";
import type { Bot } from "../../../src/bot/bot.ts";
import { openStore, type Store } from "../../../src/store/index.ts";
import { type Call, type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { inChannel, teamsActivity, teamsMessage } from "../../support/teams-activity.ts";
import { answerWith, cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let folder: string;
let stores: Store[];
let apps: TeamsApp[];
beforeAll(async () => {
  connector = await startFakeConnector();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postie-teams-"));
  stores = [];
  apps = [];
});
afterEach(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await Promise.all(stores.map((store) => store.close()));
  await rm(folder, { recursive: true });
  connector.reset();
});
afterAll(() => connector.stop());

/** One more instance on the same file. */
async function start(bot: Bot): Promise<TeamsApp> {
  const store = await openStore({ path: join(folder, "postie.db") });
  stores.push(store);
  const app = await startTeamsApp(connector, bot, { store });
  apps.push(app);
  return app;
}

const isMessage = ({ activity, status }: Call) => activity.type === "message" && status < 300;
const textOf = (call: Call | undefined) => cardText(call?.activity.attachments?.[0]?.content);
const said = () => connector.calls.filter(isMessage);

/** Until the store knows of the message that shows the progress. */
const isNoted = ({ store }: TeamsApp, progress: Call | undefined) =>
  expect
    .poll(async () => (await store.database.query("SELECT shown FROM delivery"))[0]?.shown)
    .toBe(progress?.id);

/** A bot whose answers wait until they are let out; what it shows meanwhile is up to the test. */
function heldBot(title: string, progress = false) {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const bot = recordingBot(async function* (): AsyncIterable<Update> {
    begun.resolve();
    if (progress) yield { progress: [{ id: "mx", label: "MX", state: "running" }] };
    await held.promise;
    yield { answer: answerWith(title), outcome: "answered", report: null };
  });
  return { ...bot, begun: begun.promise, release: held.resolve };
}

test("of repeats that reach several instances one is answered, and all are acknowledged", async () => {
  const bots = [recordingBot(), recordingBot()];
  const [one, two] = await Promise.all(bots.map(start));
  const message = teamsMessage(one?.world ?? { serviceUrl: "", appId: "" }, "smtp 550");
  const posts = [one, two, one, two].map((app) => app?.post(message));
  expect((await Promise.all(posts)).map((post) => post?.status)).toEqual([200, 200, 200, 200]);
  await connector.waitFor(isMessage);
  await Promise.all(apps.map((app) => app.adapter.stop()));
  expect(said()).toHaveLength(1);
  expect(bots.flatMap(({ asked }) => asked)).toHaveLength(1);
});

test("a question without mail text is answered by another instance when the first one dies", async () => {
  const dying = heldBot("of the dead one");
  const one = await start(dying);
  const two = await start(recordingBot());
  const message = teamsMessage(one.world, "<at>Postie</at> smtp 550", inChannel(one.world));
  await one.post(message);
  await dying.begun;
  await one.vanish();
  await two.adapter.takeOver();
  const [answer] = await connector.waitFor(isMessage);
  expect(textOf(answer)).toContain("interpret: smtp 550");
  expect(answer?.conversation).toBe("19:channel@thread.tacv2;messageid=1700000000000");
  // What comes of the one that was taken for dead must not be said as well.
  dying.release();
  await one.adapter.stop();
  expect(said()).toHaveLength(1);
  expect((await two.post(message)).status).toBe(200);
  await two.adapter.takeOver();
  await two.adapter.stop();
  expect(said()).toHaveLength(1);
});

test("whoever pasted mail text is asked to ask again, and nothing of it was stored", async () => {
  const dying = heldBot("x");
  const one = await start(dying);
  const asked = recordingBot();
  const two = await start(asked);
  const pasted = "550 5.1.1 <anna@secret.example> unknown user";
  await one.post(teamsMessage(one.world, pasted));
  await dying.begun;
  const stored = await one.store.database.query("SELECT * FROM delivery");
  expect(JSON.stringify(stored)).not.toContain("secret.example");
  await one.vanish();
  await two.adapter.takeOver();
  const [told] = await connector.waitFor(isMessage);
  expect(textOf(told)).toContain("Postie was interrupted");
  expect(textOf(told)).toContain("Please ask again");
  expect(asked.asked).toEqual([]);
  dying.release();
});

test("the answer takes the place of the progress that the dead instance showed", async () => {
  const dying = heldBot("x", true);
  const one = await start(dying);
  const two = await start(recordingBot());
  await one.post(teamsMessage(one.world, "checkdomain example.org"));
  const [progress] = await connector.waitFor(isMessage);
  expect(textOf(progress)).toContain("Checking…");
  await isNoted(one, progress);
  await one.vanish();
  await two.adapter.takeOver();
  const [, answer] = await connector.waitFor(isMessage, 2);
  expect([answer?.method, answer?.activityId]).toEqual(["PUT", progress?.id]);
  expect(textOf(answer)).toContain("interpret: checkdomain example.org");
  dying.release();
  await one.adapter.stop();
  expect(said()).toHaveLength(2);
});

test("where the dead instance may have answered already, it is not answered a second time", async () => {
  const one = await start(recordingBot());
  const asked = recordingBot();
  const two = await start(asked);
  connector.refuseNext({ status: 200, delayMs: 1500 });
  await one.post(teamsMessage(one.world, "smtp 550"));
  await expect
    .poll(async () => (await one.store.database.query("SELECT state FROM delivery"))[0]?.state)
    .toBe("answering");
  await one.vanish();
  await two.adapter.takeOver();
  const [told] = await connector.waitFor((call) => textOf(call).includes("If you see no answer above"));
  expect(told?.method).toBe("POST");
  expect(asked.asked).toEqual([]);
});

test("a question that ends instance after instance is given up in the end, with an id that is in the log", async () => {
  const bots = Array.from({ length: 4 }, () => heldBot("x"));
  const [first, ...others] = bots;
  const instances = [await start(first ?? heldBot("x"))];
  await instances[0]?.post(teamsMessage(instances[0].world, "smtp 550"));
  await first?.begun;
  for (const bot of others) {
    await instances.at(-1)?.vanish();
    const next = await start(bot);
    instances.push(next);
    await next.adapter.takeOver();
    if (instances.length < 4) await bot.begun;
  }
  const [told] = await connector.waitFor(isMessage);
  expect(textOf(told)).toContain("This could not be answered");
  const id = /error id ([0-9a-f]{8})/.exec(textOf(told))?.[1];
  expect(instances.at(-1)?.logged.some((line) => JSON.parse(line).requestId === id)).toBe(true);
  for (const bot of bots) bot.release();
  await Promise.all(instances.map((app) => app.adapter.stop()));
  expect(said()).toHaveLength(1);
});

test("the progress of an interrupted question that may not be kept becomes the word that it was interrupted", async () => {
  const dying = heldBot("x", true);
  const one = await start(dying);
  const two = await start(recordingBot());
  await one.post(teamsMessage(one.world, "Received: from a by b; why was anna@example.org not trusted?"));
  const [progress] = await connector.waitFor(isMessage);
  await isNoted(one, progress);
  await one.vanish();
  await two.adapter.takeOver();
  const [, told] = await connector.waitFor(isMessage, 2);
  expect([told?.method, told?.activityId]).toEqual(["PUT", progress?.id]);
  expect(textOf(told)).toContain("Please ask again");
  dying.release();
});

test("what was asked in private stays so when another instance goes on with it", async () => {
  const dying = heldBot("x");
  const one = await start(dying);
  const two = await start(recordingBot());
  const recipient = { id: `28:${one.world.appId}`, name: "Postie", isTargeted: true };
  await one.post(teamsMessage(one.world, "/smtp 550", { ...inChannel(one.world), entities: [], recipient }));
  await dying.begun;
  await one.vanish();
  await two.adapter.takeOver();
  const [answer] = await connector.waitFor(isMessage);
  expect([answer?.targeted, answer?.activity.recipient?.id]).toEqual([true, "29:anna"]);
  dying.release();
});

test("a dialog that died with its instance is not said into the conversation", async () => {
  const dying = heldBot("x");
  const one = await start(dying);
  const two = await start(recordingBot());
  const messagePayload = { id: "1", body: { contentType: "text", content: "550 5.1.1 gone" } };
  const invoke = teamsActivity(one.world, "invoke", {
    name: "composeExtension/fetchTask",
    value: { messagePayload },
  });
  const opening = one.post(invoke);
  await dying.begun;
  await one.vanish();
  await two.adapter.takeOver();
  await two.adapter.stop();
  expect(said()).toEqual([]);
  dying.release();
  await opening;
});

test("an answer without mail text can be shown to everyone by whichever instance the button reaches", async () => {
  const one = await start(recordingBot());
  const two = await start(recordingBot());
  const recipient = { id: `28:${one.world.appId}`, name: "Postie", isTargeted: true };
  const slash = { ...inChannel(one.world), entities: [], recipient };
  await one.post(teamsMessage(one.world, "/smtp 550", slash));
  const [first] = await connector.waitFor(isMessage);
  const press = (call: Call | undefined, more = {}) => {
    const actions = call?.activity.attachments?.[0]?.content.actions as { title: string; data: object }[];
    const data = actions.find(({ title }) => title === "Show to everyone")?.data;
    const value = { action: { type: "Action.Execute", verb: "share", data } };
    const fields = { ...inChannel(one.world), entities: [], name: "adaptiveCard/action", value, ...more };
    return two.post(teamsActivity(one.world, "invoke", fields));
  };
  const eve = { from: { id: "29:eve", name: "Eve", aadObjectId: "0000-eve" } };
  expect((await press(first, eve)).body.statusCode).toBe(400);
  expect((await press(first)).body.value).toBe("Shown to everyone here.");
  const [, shown] = await connector.waitFor(isMessage, 2);
  expect([shown?.targeted, textOf(shown)]).toEqual([false, expect.stringContaining("/smtp 550")]);

  // One that holds mail text is in the memory of the instance that answered, and nowhere else.
  await one.post(teamsMessage(one.world, "/bounce 550 5.1.1 anna@secret.example", slash));
  const [, , third] = await connector.waitFor(isMessage, 3);
  expect((await press(third)).body.statusCode).toBe(400);
  expect(JSON.stringify(await one.store.database.query("SELECT * FROM kept_answer"))).not.toContain(
    "secret.example",
  );
});

test("a slow answer of a dialog is found by whichever instance its button reaches", async () => {
  const slow = heldBot("there it is");
  const one = await start(slow);
  const two = await start(recordingBot());
  const invoke = (app: TeamsApp, data: object) =>
    app.post(teamsActivity(app.world, "invoke", { name: "task/submit", value: { data } }));
  const opened = await invoke(one, { verb: "ask", command: "checkdomain", text: "example.org" });
  const cardOf = ({ body }: { body: Record<string, unknown> }) =>
    (body.task as { value: { card: { content: Record<string, unknown> } } }).value.card.content;
  const [look] = cardOf(opened).actions as { data: object }[];
  const early = await invoke(two, look?.data ?? {});
  expect(cardText(cardOf(early))).toContain("Still working on it");
  slow.release();
  await expect
    .poll(async () => cardText(cardOf(await invoke(two, look?.data ?? {}))))
    .toContain("there it is");
});
