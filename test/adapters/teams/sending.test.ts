import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Step, Update } from "../../../src/bot/answer.ts";
import type { Bot } from "../../../src/bot/bot.ts";
import { type Call, type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { sampleAnswers } from "../../support/sample-answers.ts";
import { teamsMessage } from "../../support/teams-activity.ts";
import { answerWith, cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let app: TeamsApp | undefined;
beforeAll(async () => {
  connector = await startFakeConnector();
});
afterEach(async () => {
  await app?.stop();
  connector.reset();
});
afterAll(() => connector.stop());

async function start(bot: Bot): Promise<TeamsApp> {
  app = await startTeamsApp(connector, bot);
  return app;
}

const isMessage = ({ activity }: Call) => activity.type === "message";
const isTaken = (call: Call) => isMessage(call) && call.status < 300;
const textOf = (call: Call | undefined) => cardText(call?.activity.attachments?.[0]?.content);

const steps = (done: number): Step[] =>
  ["MX", "SPF", "DKIM"].map((label, index) => ({
    id: label,
    label,
    state: index < done ? "done" : "running",
  }));

async function* slowCheck(ms: number): AsyncIterable<Update> {
  const until = performance.now() + ms;
  for (let round = 0; performance.now() < until; round++) {
    yield { progress: steps(round % 4) };
    await sleep(50);
  }
  yield { answer: answerWith("All is well"), outcome: "answered", report: null };
}

test.each([412, 429, 502, 504])("sends again after %i, and once only", async (status) => {
  const { post, world } = await start(recordingBot());
  connector.refuseNext({ status });
  await post(teamsMessage(world, "smtp 550"));
  await connector.waitFor(isTaken);
  await app?.stop();
  expect(connector.calls.filter(isMessage).map((call) => call.status)).toEqual([status, 201]);
});

test("waits longer each time, and as long as Retry-After says", async () => {
  const { post, world } = await start(recordingBot());
  connector.refuseNext({ status: 502 }, { status: 429, retryAfter: "2" });
  await post(teamsMessage(world, "smtp 550"));
  await connector.waitFor(isTaken);
  const [first, second, third] = connector.calls.filter(isMessage).map(({ at }) => at) as [
    number,
    number,
    number,
  ];
  expect(second - first).toBeGreaterThan(350);
  expect(third - second).toBeGreaterThan(1990);
});

test("does not insist where it was refused for good, and logs neither mail text nor tokens", async () => {
  const { post, world, logged } = await start(recordingBot());
  connector.refuseNext({ status: 403 });
  await post(teamsMessage(world, "550 5.1.1 anna@secret.example unknown"));
  await connector.waitFor(isMessage);
  await app?.stop();
  expect(connector.calls.filter(isMessage)).toHaveLength(1);
  expect(logged.join()).toContain("the Bot Connector answered 403");
  expect(logged.join()).not.toMatch(/secret\.example|eyJ/);
});

test("sends a token of the app's own identity", async () => {
  const { post, world } = await start(recordingBot());
  await post(teamsMessage(world, "smtp 550"));
  const [call] = await connector.waitFor(isMessage);
  expect(call?.status).toBe(201);
});

test("shows progress in one message, edited at most once a second, which becomes the answer", async () => {
  const { post, world } = await start(recordingBot(() => slowCheck(3300)));
  await post(teamsMessage(world, "checkdomain example.org"));
  await connector.waitFor((call) => textOf(call).includes("All is well"));
  const [first, ...edits] = connector.calls.filter(isTaken);
  expect([first?.method, ...new Set(edits.map(({ method }) => method))]).toEqual(["POST", "PUT"]);
  expect(new Set(edits.map(({ activityId }) => activityId))).toEqual(new Set([first?.id]));
  expect(edits.length).toBeGreaterThanOrEqual(2);
  const times = [first, ...edits].map((call) => call?.at ?? 0);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(950);
  expect(textOf(first)).toContain("Checking…");
  expect(textOf(edits.at(-1))).toContain("All is well");
});

test("answers at once without any progress when the check is quick", async () => {
  const { post, world } = await start(recordingBot(() => slowCheck(200)));
  await post(teamsMessage(world, "checkdomain example.org"));
  await connector.waitFor(isTaken);
  await app?.stop();
  expect(connector.calls.filter(isMessage).map(({ method }) => method)).toEqual(["POST"]);
});

test("shows that it is at work until there is something to see", async () => {
  const { post, world } = await start(
    recordingBot(async function* () {
      await sleep(500);
      yield { answer: answerWith("done"), outcome: "answered", report: null };
    }),
  );
  await post(teamsMessage(world, "checkdomain example.org"));
  await connector.waitFor(isTaken);
  expect(connector.calls.map(({ activity }) => activity.type)).toEqual(["typing", "message"]);
});

test("posts the answer anew when its progress was deleted meanwhile", async () => {
  const { post, world } = await start(recordingBot(() => slowCheck(1500)));
  await post(teamsMessage(world, "checkdomain example.org"));
  await connector.waitFor(isTaken);
  connector.reset();
  await connector.waitFor((call) => call.method === "POST" && textOf(call).includes("All is well"));
});

test("answers the button at once and what it asks afterwards", async () => {
  const { post, world } = await start(recordingBot(() => slowCheck(1200)));
  const data = { verb: "ask", command: "checkdomain", text: "example.org" };
  const began = performance.now();
  const value = { action: { type: "Action.Execute", verb: "ask", data } };
  const { status } = await post(
    teamsMessage(world, "", { type: "invoke", name: "adaptiveCard/action", value }),
  );
  expect(status).toBe(200);
  expect(performance.now() - began).toBeLessThan(1000);
  await connector.waitFor((call) => textOf(call).includes("All is well"));
});

test("brings the largest answer through", async () => {
  const { post, world } = await start(recordingBot(() => sampleAnswers.huge ?? answerWith("x")));
  await post(teamsMessage(world, "checkdomain example.org"));
  const [call] = await connector.waitFor(isMessage);
  expect(call?.status).toBe(201);
});

test("tells a fault kindly, with an id that is in the log", async () => {
  const { post, world, logged } = await start(
    // biome-ignore lint/correctness/useYield: it fails before
    recordingBot(async function* () {
      throw new Error("a secret of the program");
    }),
  );
  await post(teamsMessage(world, "smtp 550"));
  const [call] = await connector.waitFor(isTaken);
  const id = /error id ([0-9a-f]{8})/.exec(textOf(call))?.[1];
  expect(id).toBeDefined();
  expect(logged.filter((line) => JSON.parse(line).errorId === id)).toHaveLength(1);
  expect(textOf(call) + logged.join()).not.toContain("a secret of the program");
});

test("stops only when what is under way has been answered, and takes nothing more on", async () => {
  const { post, world } = await start(recordingBot(() => slowCheck(700)));
  await post(teamsMessage(world, "checkdomain example.org"));
  const stopped = app?.adapter.stop();
  expect((await post(teamsMessage(world, "smtp 550"))).status).toBe(503);
  await stopped;
  expect(connector.calls.filter(isTaken)).toHaveLength(1);
});
