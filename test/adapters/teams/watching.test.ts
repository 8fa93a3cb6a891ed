import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Answer } from "../../../src/bot/answer.ts";
import type { PostedNotice } from "../../../src/bot/watching.ts";
import { openStore, type Store } from "../../../src/store/index.ts";
import { type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { freePort } from "../../support/real-servers.ts";
import {
  inChannel,
  OTHER_TENANT,
  TENANT,
  teamsActivity,
  teamsMessage,
} from "../../support/teams-activity.ts";
import { answerWith, cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";
import { type RecordingWatching, recordingWatching } from "../../support/teams-watching.ts";

let connector: FakeConnector;
let store: Store;
let watched: RecordingWatching;
let app: TeamsApp;
let bot: ReturnType<typeof recordingBot>;
beforeAll(async () => {
  connector = await startFakeConnector();
});
beforeEach(async () => {
  store = await openStore();
  watched = recordingWatching(store);
  bot = recordingBot();
  app = await startTeamsApp(connector, bot, { store, watching: watched.watching });
});
afterEach(async () => {
  await app.stop();
  await store.close();
  connector.reset();
});
afterAll(() => connector.stop());

const CHANNEL = "19:channel@thread.tacv2";
const TEAM = { id: "19:general@thread.tacv2" };
const place = (conversation = CHANNEL, tenant = TENANT) => ({
  platform: "teams" as const,
  tenant,
  conversation,
});

const notice = (more: Partial<PostedNotice> = {}) => ({
  id: "7d1f",
  maybePosted: false,
  createdAt: Date.now(),
  ...more,
});

const change: Answer = answerWith("example.org: SPF changed", {
  status: "problem",
  sections: [
    { kind: "code", text: "v=spf1 -all", caption: "Before" },
    { kind: "code", text: "v=spf1 +all", caption: "Now" },
  ],
  followUps: [
    { label: "Check example.org", command: "checkdomain", text: "example.org" },
    { label: "Stop watching", command: "watch", text: "stop example.org" },
  ],
});

/** The way back of a question in a channel's thread, as the store gives it back later. */
async function wayBack(more: object = {}): Promise<unknown> {
  const channelData = { tenant: { id: TENANT }, team: TEAM, channel: { id: CHANNEL } };
  const message = teamsMessage(app.world, "watch example.org", {
    ...inChannel(app.world),
    channelData,
    deliveryMode: "expectReplies",
    ...more,
  });
  await app.post(message);
  return JSON.parse(JSON.stringify(bot.asked.at(-1)?.wayBack));
}

test("a notice begins a thread of its own in the channel, as a card that Teams takes, with its summary", async () => {
  const back = await wayBack();
  expect(await watched.poster().reach(place(), back)).toEqual({ ok: true });
  expect(await watched.poster().post(place(), back, change, notice())).toBe("posted");
  const [call] = connector.calls;
  expect([call?.method, call?.conversation, call?.activityId, call?.targeted]).toEqual([
    "POST",
    CHANNEL,
    undefined,
    false,
  ]);
  expect(call?.activity.summary).toBe("example.org: SPF changed: In short.");
  const card = call?.activity.attachments?.[0]?.content;
  expect(cardText(card)).toContain("v=spf1 +all");
  expect(cardText(card)).not.toContain("may have been shown");
  const actions = card?.actions as { title: string; data: object }[];
  expect(actions.map(({ data }) => data)).toContainEqual({
    verb: "ask",
    command: "watch",
    text: "stop example.org",
  });
});

test("the way back holds no names and nothing of what was written", async () => {
  const back = JSON.stringify(await wayBack());
  expect(back).not.toMatch(/Anna|Postie|watch|messageid/);
  expect(JSON.parse(back)).toMatchObject({
    serviceUrl: connector.serviceUrl,
    conversation: { id: CHANNEL, conversationType: "channel", tenantId: TENANT },
    channelData: { team: TEAM },
  });
});

test("a button and a private question lead back as well; a dialog does not, where Postie may not be a member", async () => {
  const data = { verb: "ask", command: "watch", text: "example.org" };
  const invoke = (name: string, value: object) =>
    app.post(teamsActivity(app.world, "invoke", { name, value }));
  await invoke("adaptiveCard/action", { action: { data } });
  await connector.waitFor(({ activity }) => activity.type === "message");
  await invoke("composeExtension/submitAction", { data });
  await invoke("composeExtension/selectItem", data);
  const recipient = { id: `28:${app.world.appId}`, isTargeted: true };
  await wayBack({ recipient });
  expect(bot.asked.map((request) => request.wayBack !== undefined)).toEqual([true, false, false, true]);
});

test.each([
  ["Postie is not in the conversation any more", 403, "BotNotInConversationRoster", "gone"],
  ["somebody blocked Postie", 403, "ConversationBlockedByUser", "gone"],
  ["the conversation is not found for now", 404, "ConversationNotFound", "later"],
  ["an administrator blocked the app for now", 403, "BotDisabledByAdmin", "later"],
  ["the address is that of another cloud", 403, "InvalidBotApiHost", "later"],
  ["something may not be done", 403, "NotEnoughPermissions", "later"],
  ["something else is not there", 404, "ActivityNotFoundInConversation", "later"],
  ["Teams is in trouble", 500, "ServiceError", "later"],
  ["Teams is away", 503, "ServiceUnavailable", "later"],
  ["Teams asks to be slower", 429, "Throttled", "later"],
  ["the app's secret has expired", 401, "Unauthorized", "later"],
])("where %s, a notice is told as that", async (_case, status, code, outcome) => {
  const back = await wayBack();
  connector.refuseIn(CHANNEL, { status, code });
  expect(await watched.poster().post(place(), back, change, notice())).toBe(outcome);
  expect(connector.calls).toHaveLength(1);
});

test("a conversation that is not found for more than a day is gone", async () => {
  const back = await wayBack();
  connector.refuseIn(CHANNEL, { status: 404, code: "ConversationNotFound" });
  const createdAt = Date.now() - 25 * 60 * 60_000;
  expect(await watched.poster().post(place(), back, change, notice({ createdAt }))).toBe("gone");
});

test.each([
  ["a page of a proxy", 403, "<html><title>ConversationNotFound</title></html>"],
  ["another proxy's JSON", 404, '{"error":"ConversationNotFound"}'],
  ["nothing", 404, ""],
  ["more than is read", 404, `{"pad":"${"x".repeat(100_000)}","error":{"code":"ConversationNotFound"}}`],
])("a refusal that is %s ends nothing", async (_case, status, body) => {
  const back = await wayBack();
  connector.refuseNext({ status, body });
  expect(await watched.poster().post(place(), back, change, notice())).toBe("later");
});

test("the log tells by which code a notice was refused", async () => {
  const back = await wayBack();
  connector.refuseIn(CHANNEL, { status: 403, code: "BotDisabledByAdmin" });
  await watched.poster().post(place(), back, change, notice());
  expect(app.logged.join()).toContain("the Bot Connector answered 403 (BotDisabledByAdmin)");
});

test("a notice that may be there already says so", async () => {
  const back = await wayBack();
  await watched.poster().post(place(), back, change, notice({ maybePosted: true }));
  const [call] = connector.calls;
  expect(cardText(call?.activity.attachments?.[0]?.content)).toContain(
    "This may have been shown here already",
  );
});

test("where Teams gives no answer, nobody can say whether a notice is there; where it cannot be reached, it is not", async () => {
  const back = await wayBack();
  const { post } = watched.poster();
  connector.refuseNext({ status: 0 });
  await expect(post(place(), back, change, notice())).rejects.toThrow("could not be reached");
  const nowhere = { ...(back as object), serviceUrl: `http://127.0.0.1:${await freePort()}/teams/` };
  expect(await post(place(), nowhere, change, notice())).toBe("later");
});

test("a way back that cannot be read, or of a tenant that is not served, posts nothing and ends nothing", async () => {
  const back = await wayBack();
  const { post, reach } = watched.poster();
  expect(await post(place(), null, change, notice())).toBe("later");
  expect(await post(place(CHANNEL, OTHER_TENANT), back, change, notice())).toBe("later");
  expect(await reach(place(), { nonsense: true })).toMatchObject({ ok: false });
  expect(connector.calls).toEqual([]);
});

/** Tells the app of something and waits until it is worked on. */
async function tell(type: string, more: object): Promise<(string | undefined)[]> {
  expect((await app.post(teamsActivity(app.world, type, more))).status).toBe(200);
  await app.adapter.stop();
  return watched.ended.map((gone) => ("conversation" in gone ? gone.conversation : undefined));
}

test.each([
  ["removed from a chat", "installationUpdate", { action: "remove" }, ["a:personal-1"]],
  ["removed in an upgrade, which adds it anew", "installationUpdate", { action: "remove-upgrade" }, []],
  ["in a group that somebody else left", "conversationUpdate", { membersRemoved: [{ id: "29:bert" }] }, []],
])("when Postie is %s, the watches there end or stay", async (_case, type, more, ended) => {
  expect(await tell(type, more)).toEqual(ended);
});

test("when Postie is removed from a group chat, its watches end", async () => {
  const conversation = { id: "19:group@thread.v2", conversationType: "groupChat", tenantId: TENANT };
  const membersRemoved = [{ id: `28:${app.world.appId}` }];
  expect(await tell("conversationUpdate", { conversation, membersRemoved })).toEqual(["19:group@thread.v2"]);
});

test("when a channel is deleted, only its watches end", async () => {
  await watched.watch(place("19:other@thread.tacv2"), await wayBack());
  const channelData = {
    tenant: { id: TENANT },
    team: TEAM,
    channel: { id: CHANNEL },
    eventType: "channelDeleted",
  };
  const conversation = { ...inChannel(app.world).conversation, id: TEAM.id };
  expect(await tell("conversationUpdate", { conversation, channelData })).toEqual([CHANNEL]);
});

test.each([
  ["Postie is removed from a team", "conversationUpdate", { membersRemoved: true }],
  ["a team is deleted", "conversationUpdate", { eventType: "teamDeleted" }],
  ["the app is removed from a team", "installationUpdate", { action: "remove" }],
])("when %s, the watches of all its channels end, and no others", async (_case, type, how) => {
  const inTeam = await wayBack();
  const elsewhere = await wayBack({
    channelData: { tenant: { id: TENANT }, team: { id: "19:another@thread.tacv2" } },
  });
  await watched.watch(place(CHANNEL), inTeam);
  await watched.watch(place("19:second@thread.tacv2"), inTeam);
  await watched.watch(place("19:elsewhere@thread.tacv2"), elsewhere);
  await watched.watch(place("19:theirs@thread.tacv2", OTHER_TENANT), inTeam);
  const ended = await tell(type, {
    conversation: { id: TEAM.id, conversationType: "channel", isGroup: true, tenantId: TENANT },
    channelData: {
      tenant: { id: TENANT },
      team: TEAM,
      ...("eventType" in how ? { eventType: how.eventType } : {}),
    },
    ...("action" in how ? { action: how.action } : {}),
    ...("membersRemoved" in how ? { membersRemoved: [{ id: `28:${app.world.appId}` }] } : {}),
  });
  expect(ended.toSorted()).toEqual([CHANNEL, TEAM.id, "19:second@thread.tacv2"].toSorted());
  expect(watched.ended.every((gone) => gone.tenant === TENANT)).toBe(true);
});
