import { afterAll, beforeAll, expect, test } from "vitest";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { createWatching, type Watching } from "../../../src/bot/watching.ts";
import { createServices } from "../../../src/services.ts";
import { openStore, type Store } from "../../../src/store/index.ts";
import { type Call, type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { inChannel, TENANT, teamsActivity, teamsMessage } from "../../support/teams-activity.ts";
import { answerWith, cardText, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

/** Watching as it is, but for its checks, which would ask the network. */
const noJobs = { add: async () => {}, work: async () => {} };

let connector: FakeConnector;
let store: Store;
let watching: Watching;
let app: TeamsApp;
beforeAll(async () => {
  connector = await startFakeConnector();
  store = await openStore();
  const services = {
    ...createServices({ dns: undefined, knowledge: undefined }),
    watching: () => watching,
  };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  watching = createWatching({ store, services, jobs: noJobs, log });
  app = await startTeamsApp(connector, createBot({ commands, services }), { store, watching });
  await watching.start();
});
afterAll(async () => {
  await watching.stop(1_000);
  await app.stop();
  await store.close();
  await connector.stop();
});

const isTaken = ({ activity, status }: Call) => activity.type === "message" && status < 300;
const textOf = (call: Call | undefined) => cardText(call?.activity.attachments?.[0]?.content);

test("a channel that asks for it is told of a change in a thread of its own, until Postie is removed from its team", async () => {
  const place = { platform: "teams", tenant: TENANT, conversation: "19:channel@thread.tacv2" } as const;
  const team = { id: "19:general@thread.tacv2" };
  const channelData = { tenant: { id: TENANT }, team };
  await app.post(
    teamsMessage(app.world, "<at>Postie</at> watch partner.example", {
      ...inChannel(app.world),
      channelData,
    }),
  );
  const [answer] = await connector.waitFor(isTaken);
  expect(textOf(answer)).toContain("partner.example is watched, daily");
  expect((await watching.list(place)).map(({ watch }) => [watch.target.name, watch.createdBy])).toEqual([
    ["partner.example", "0000-anna"],
  ]);

  await store.watches.addNotice(place, JSON.stringify(answerWith("partner.example is now on a list")));
  const [, notice] = await connector.waitFor(isTaken, 2);
  expect([notice?.conversation, textOf(notice)]).toEqual([
    place.conversation,
    expect.stringContaining("partner.example is now on a list"),
  ]);

  const conversation = { id: team.id, conversationType: "channel", isGroup: true, tenantId: TENANT };
  const membersRemoved = [{ id: `28:${app.world.appId}` }];
  await app.post(
    teamsActivity(app.world, "conversationUpdate", { conversation, channelData, membersRemoved }),
  );
  await expect.poll(() => watching.list(place)).toEqual([]);
});
