import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Update } from "../../../src/bot/answer.ts";
import type { Bot } from "../../../src/bot/bot.ts";
import { type Call, type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { inChannel, teamsActivity, teamsMessage } from "../../support/teams-activity.ts";
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

interface Button {
  title: string;
  data: Record<string, unknown>;
}

const isTaken = ({ activity, status }: Call) => activity.type === "message" && status < 300;
const cardOf = (call: Call | undefined) => call?.activity.attachments?.[0]?.content;
const buttonsOf = (call: Call | undefined) => (cardOf(call)?.actions ?? []) as Button[];

/** What Teams sends for a slash command in a channel: a message to the app that nobody else sees. */
function slashCommand({ world }: TeamsApp, text: string) {
  const recipient = { id: `28:${world.appId}`, name: "Postie", isTargeted: true };
  return teamsMessage(world, text, { ...inChannel(world), entities: [], recipient });
}

function press({ world }: TeamsApp, data: object | undefined) {
  const value = { action: { type: "Action.Execute", verb: "ask", data } };
  return teamsActivity(world, "invoke", {
    ...inChannel(world),
    entities: [],
    name: "adaptiveCard/action",
    value,
  });
}

const bot = () =>
  recordingBot(({ command, text }) =>
    answerWith(`${command}: ${text}`, {
      followUps: [{ label: "Check example.org", command: "checkdomain", text: "example.org" }],
    }),
  );

test("answers a slash command in a channel to its sender alone, with the question above", async () => {
  const asked = bot();
  const running = await start(asked);
  const message = slashCommand(running, "/smtp 550");
  await running.post(message);
  const [call] = await connector.waitFor(isTaken);
  expect(call?.targeted).toBe(true);
  expect(call?.activity).toMatchObject({
    recipient: { id: "29:anna", isTargeted: true },
    entities: [{ type: "targetedMessageInfo", messageId: message.id }],
  });
  expect(asked.asked[0]?.place.private).toBe(true);
});

test("what a private answer's buttons ask stays private", async () => {
  const running = await start(bot());
  await running.post(slashCommand(running, "/smtp 550"));
  const [first] = await connector.waitFor(isTaken);
  await running.post(press(running, buttonsOf(first)[0]?.data));
  const [, second] = await connector.waitFor(isTaken, 2);
  expect(cardText(cardOf(second))).toContain("checkdomain: example.org");
  expect([second?.targeted, "entities" in (second?.activity ?? {}) ? second?.activity.entities : []]).toEqual(
    [true, []],
  );
});

test("a private answer is shown to everyone only when its asker says so", async () => {
  const running = await start(bot());
  await running.post(slashCommand(running, "/smtp 550"));
  const [first] = await connector.waitFor(isTaken);
  const share = buttonsOf(first).find(({ title }) => title === "Show to everyone");
  const eve = { from: { id: "29:eve", name: "Eve" } };
  expect((await running.post({ ...press(running, share?.data), ...eve })).body.statusCode).toBe(400);
  expect((await running.post(press(running, share?.data))).body.value).toBe("Shown to everyone here.");
  const [, shown] = await connector.waitFor(isTaken, 2);
  expect(shown?.targeted).toBe(false);
  expect(cardText(cardOf(shown))).toContain("interpret: /smtp 550");
  expect(buttonsOf(shown).map(({ title, data }) => [title, data.private])).toEqual([
    ["Check example.org", undefined],
  ]);
});

test("edits private progress as Teams wants it: without a receiver", async () => {
  const running = await start(
    recordingBot(async function* (): AsyncIterable<Update> {
      yield { progress: [{ id: "mx", label: "MX", state: "running" }] };
      await sleep(1200);
      yield { answer: answerWith("done"), outcome: "answered", report: null };
    }),
  );
  await running.post(slashCommand(running, "/checkdomain example.org"));
  const [, edit] = await connector.waitFor(isTaken, 2);
  expect([edit?.method, edit?.targeted, edit?.activity.recipient]).toEqual(["PUT", true, undefined]);
  expect(cardText(cardOf(edit))).toContain("done");
});
