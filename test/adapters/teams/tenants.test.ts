import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Call, type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import {
  inChannel,
  inTenant,
  OTHER_TENANT,
  TENANT,
  teamsActivity,
  teamsMessage,
} from "../../support/teams-activity.ts";
import { answerWith, cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";
import { redirectLogin } from "../../support/teams-login.ts";

let connector: FakeConnector;
let app: TeamsApp | undefined;
beforeAll(async () => {
  connector = await startFakeConnector();
  redirectLogin(connector);
});
afterEach(async () => {
  await app?.stop();
  connector.reset();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await connector.stop();
});

/** An app of many tenants. */
async function start(tenants: readonly string[] | "all", bot = recordingBot()) {
  const credentials = { appId: connector.appId, password: "not-a-real-secret", type: "MultiTenant" } as const;
  const running = await startTeamsApp(connector, bot, { credentials, tenants });
  app = running;
  return { ...running, bot };
}

const expected = { deliveryMode: "expectReplies" };
const STRANGER = "72f988bf-0000-4000-8000-00000000cccc";

test.each([
  ["a tenant on the list", [TENANT, OTHER_TENANT], TENANT, 200],
  ["another one on the list, in other letters", [TENANT, OTHER_TENANT], OTHER_TENANT.toUpperCase(), 200],
  ["a tenant that is not on the list", [TENANT, OTHER_TENANT], STRANGER, 403],
  ["no tenant", [TENANT, OTHER_TENANT], undefined, 403],
  ["any tenant where all are served", "all", STRANGER, 200],
  ["no tenant where all are served", "all", undefined, 403],
] as const)("an app of many tenants, asked from %s", async (_case, tenants, tenant, status) => {
  const { post, world, bot, store, logged } = await start(tenants);
  const message = teamsMessage(world, "smtp 550", { ...inTenant(tenant), ...expected });
  expect((await post(message)).status).toBe(status);
  expect(bot.asked.map(({ place }) => place.tenant)).toEqual(status === 200 ? [tenant?.toLowerCase()] : []);
  const refusals = logged.filter((line) => line.includes("an activity was refused"));
  expect(refusals).toHaveLength(status === 200 ? 0 : 1);
  expect(await store.database.query("SELECT * FROM delivery")).toHaveLength(status === 200 ? 1 : 0);
});

test.each([
  ["served", [TENANT, OTHER_TENANT]],
  ["all", "all"],
] as const)("an activity that names two tenants is refused, though both are %s", async (_case, tenants) => {
  const { post, world, bot, store } = await start(tenants);
  const { conversation } = inTenant(TENANT);
  const { channelData } = inTenant(OTHER_TENANT);
  const { status, body } = await post(teamsMessage(world, "smtp 550", { conversation, channelData }));
  expect([status, body]).toEqual([403, { error: "it names two tenants" }]);
  expect([bot.asked, await store.database.query("SELECT * FROM delivery")]).toEqual([[], []]);
});

test("a repeat is one within its tenant: another tenant's activity of the same id is answered", async () => {
  const { post, world, bot } = await start([TENANT, OTHER_TENANT]);
  const message = teamsMessage(world, "smtp 550", expected);
  await post(message);
  await post(message);
  await post({ ...message, ...inTenant(OTHER_TENANT) });
  expect(bot.asked.map(({ place }) => place.tenant)).toEqual([TENANT, OTHER_TENANT]);
});

test("an answer that is kept is given to its asker in its tenant, and not for a forged one", async () => {
  const { post, world, store } = await start([TENANT, OTHER_TENANT]);
  const isTaken = ({ activity, status }: Call) => activity.type === "message" && status < 300;
  const recipient = { id: `28:${world.appId}`, name: "Postie", isTargeted: true };
  await post(teamsMessage(world, "/smtp 550", { ...inChannel(world), entities: [], recipient }));
  const [answer] = await connector.waitFor(isTaken);
  const actions = answer?.activity.attachments?.[0]?.content.actions as { title: string; data: object }[];
  const data = actions.find(({ title }) => title === "Show to everyone")?.data;
  const value = { action: { type: "Action.Execute", verb: "share", data } };
  const press = (more: object) => {
    const fields = { ...inChannel(world), entities: [], name: "adaptiveCard/action", value, ...more };
    return post(teamsActivity(world, "invoke", fields));
  };
  expect(await store.database.query("SELECT tenant, asker FROM kept_answer")).toEqual([
    { tenant: TENANT, asker: "0000-anna" },
  ]);
  const eve = { from: { id: "29:eve", name: "Eve", aadObjectId: "0000-eve" } };
  const elsewhere = {
    conversation: { ...inChannel(world).conversation, tenantId: OTHER_TENANT },
    channelData: { tenant: { id: OTHER_TENANT } },
  };
  for (const forged of [eve, elsewhere, { ...eve, ...elsewhere }]) {
    expect((await press(forged)).body.statusCode).toBe(400);
  }
  const guessed = { action: { data: { verb: "share", answerKey: "0".repeat(32) } } };
  expect((await press({ value: guessed })).body.statusCode).toBe(400);
  expect(connector.calls.filter(isTaken)).toHaveLength(1);
  expect((await press({})).body.value).toBe("Shown to everyone here.");
  const [, shown] = await connector.waitFor(isTaken, 2);
  expect(cardText(shown?.activity.attachments?.[0]?.content)).toContain("/smtp 550");
});

test("what a dialog keeps is not given to another tenant's namesake", async () => {
  const { post, world } = await start(
    "all",
    recordingBot(({ text }) => answerWith(`about ${text}`)),
  );
  const submit = (data: object, more: object) =>
    post(teamsActivity(world, "invoke", { name: "composeExtension/submitAction", value: { data }, ...more }));
  const opened = await submit({ verb: "paste", pasted: "550 5.1.1 secret" }, inTenant(TENANT));
  const key = /"answerKey":"([0-9a-f]+)"/.exec(JSON.stringify(opened.body))?.[1];
  const wanted = { verb: "post", answerKey: key };
  const elsewhere = await submit(wanted, inTenant(OTHER_TENANT));
  expect(JSON.stringify(elsewhere.body)).toContain("not kept any more");
  expect(JSON.stringify(elsewhere.body)).not.toContain("secret");
  expect(JSON.stringify((await submit(wanted, inTenant(TENANT))).body)).toContain("about 550 5.1.1 secret");
});
