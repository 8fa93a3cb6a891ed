import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { commands } from "../../../src/bot/commands/index.ts";
import { type Call, type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { inChannel, teamsActivity, teamsMessage } from "../../support/teams-activity.ts";
import { cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

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

const isMessage = ({ activity }: Call) => activity.type === "message";

test("greets once on installation, with examples that work when clicked", async () => {
  const bot = recordingBot();
  const { post, world } = await (async () => {
    app = await startTeamsApp(connector, bot);
    return app;
  })();
  const membersAdded = [{ id: `28:${world.appId}` }, { id: "29:anna" }];
  await post(teamsActivity(world, "installationUpdate", { action: "add" }));
  await post(teamsActivity(world, "conversationUpdate", { membersAdded }));
  const [welcome] = await connector.waitFor(isMessage);
  const card = welcome?.activity.attachments?.[0]?.content;
  for (const { name, summary } of commands) expect(cardText(card)).toContain(`${name}\n${summary}`);
  const actions = card?.actions as { title: string; data: { command: string; text: string } }[];
  expect(actions.length).toBeGreaterThanOrEqual(3);
  for (const { data } of actions) await post(teamsMessage(world, "", { value: data }));
  await connector.waitFor(isMessage, 1 + actions.length);
  expect(bot.asked.map(({ command, text }) => ({ command, text }))).toEqual(
    actions.map(({ data: { command, text } }) => ({ command, text })),
  );
});

test("tells a team how to mention it, and says nothing when others join or when it is removed", async () => {
  app = await startTeamsApp(connector, recordingBot());
  const { post, world } = app;
  await post(
    teamsActivity(world, "conversationUpdate", { ...inChannel(world), membersAdded: [{ id: "29:bert" }] }),
  );
  await post(teamsActivity(world, "installationUpdate", { ...inChannel(world), action: "remove" }));
  await post(teamsActivity(world, "installationUpdate", { ...inChannel(world), action: "add" }));
  const [welcome] = await connector.waitFor(isMessage);
  expect(cardText(welcome?.activity.attachments?.[0]?.content)).toContain("@Postie smtp 550");
  await app.adapter.stop();
  expect(connector.calls.filter(isMessage)).toHaveLength(1);
});
