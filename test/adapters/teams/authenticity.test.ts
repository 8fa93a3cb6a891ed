import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type FakeConnector, startFakeConnector, type TokenClaims } from "../../support/fake-connector.ts";
import { teamsMessage } from "../../support/teams-activity.ts";
import { recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let app: TeamsApp | undefined;
// Before the SDK is loaded, so that it hears what is really written.
const written = vi.spyOn(console, "error");
beforeAll(async () => {
  connector = await startFakeConnector();
});
afterEach(async () => {
  await app?.stop();
  connector.reset();
  written.mockClear();
});
afterAll(async () => {
  written.mockRestore();
  await connector.stop();
});

async function start(options: Parameters<typeof startTeamsApp>[2] = {}) {
  const bot = recordingBot();
  app = await startTeamsApp(connector, bot, options);
  return { ...app, bot };
}

const password = "not-a-real-secret";
const tenantId = "72f988bf-0000-4000-8000-00000000aaaa";

test.each([
  ["a single tenant", { type: "SingleTenant", password, tenantId }],
  ["many tenants", { type: "MultiTenant", password }],
  ["a managed identity", { type: "UserAssignedMsi", tenantId }],
] as const)("an app of %s takes what carries a token for it", async (_case, credentials) => {
  const { post, world, bot } = await start({ credentials: { appId: connector.appId, ...credentials } });
  const message = teamsMessage(world, "smtp 550", { deliveryMode: "expectReplies" });
  expect((await post(message)).status).toBe(200);
  expect(bot.asked).toHaveLength(1);
});

test.each<[string, TokenClaims | null | string]>([
  ["no token", null],
  ["no JWT", "nonsense"],
  ["a token for another app", { audience: "99999999-2222-3333-4444-555555555555" }],
  ["a token of another issuer", { issuer: "https://sts.windows.net/evil" }],
  ["an expired token", { expires: "-1h" }],
  ["a token signed by an unknown key", { forged: true }],
  ["a token for another service address", { serviceUrl: "https://evil.example/" }],
])("refuses %s with 401, asks nothing, and tells so in the log alone", async (_case, claims) => {
  const { post, world, bot, logged } = await start();
  const token = typeof claims === "string" || claims === null ? claims : await connector.token(claims);
  const { status, body } = await post(teamsMessage(world, "smtp 550"), { token });
  expect([status, body]).toEqual([401, { error: "the token is missing or not valid for this app" }]);
  expect(bot.asked).toEqual([]);
  expect(logged.map((line) => JSON.parse(line).msg)).toEqual([
    "an activity without a valid token was refused",
  ]);
  expect(logged.join()).not.toContain("eyJ");
  expect(written).not.toHaveBeenCalled();
});

test("what others write to the console while a token is checked is heard", async () => {
  const { post, world } = await start();
  const refused = post(teamsMessage(world, "smtp 550"), { token: await connector.token({ forged: true }) });
  written.mockImplementationOnce(() => {});
  console.error("another's");
  expect((await refused).status).toBe(401);
  expect(written.mock.calls).toEqual([["another's"]]);
});

test.each<[string, object, string]>([
  ["an emulator", {}, "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"],
  [
    "channel of an App Service Environment",
    { channelId: "AseChannel" },
    `https://sts.windows.net/${tenantId}/`,
  ],
])("refuses the token of %s, without asking anybody for keys", async (_case, fields, issuer) => {
  const { post, world, bot, adapter } = await start({
    credentials: { appId: connector.appId, type: "SingleTenant", password, tenantId },
  });
  const token = await connector.token({ issuer });
  expect((await post(teamsMessage(world, "smtp 550", fields), { token })).status).toBe(401);
  // A stranger who sends such a thing does not have the balancer turn away from this instance.
  expect(await adapter.isReady()).toBe(true);
  expect(bot.asked).toEqual([]);
});

test("an app of one tenant does not answer another", async () => {
  const { post, world, bot } = await start();
  const conversation = {
    id: "a:1",
    conversationType: "personal",
    tenantId: "00000000-aaaa-4000-8000-000000000000",
  };
  expect((await post(teamsMessage(world, "smtp 550", { conversation }))).status).toBe(403);
  expect(bot.asked).toEqual([]);
});

test("refuses what came by another channel than Teams, though it is authentic and names the tenant, and keeps nothing", async () => {
  const { post, world, bot, store, logged } = await start();
  const message = teamsMessage(world, "smtp 550", { channelId: "directline", deliveryMode: "expectReplies" });
  const { status, body } = await post(message);
  expect([status, body]).toEqual([403, { error: "it does not come from Teams" }]);
  expect([bot.asked, await store.database.query("SELECT * FROM delivery")]).toEqual([[], []]);
  expect(logged.map((line) => JSON.parse(line))).toMatchObject([{ level: 40, channel: "directline" }]);
});

test("without an app id it answers trial clients, whatever their channel is called", async () => {
  const { post, world, bot } = await start({ credentials: "local" });
  const message = teamsMessage(world, "smtp 550", { channelId: "emulator", deliveryMode: "expectReplies" });
  expect((await post(message, { token: null })).status).toBe(200);
  expect(bot.asked).toHaveLength(1);
});

test("without an app id it answers this machine, and says so in the log", async () => {
  const { post, world, bot, logged } = await start({ credentials: "local" });
  const message = teamsMessage(world, "smtp 550", { deliveryMode: "expectReplies" });
  expect((await post(message, { token: null })).status).toBe(200);
  expect(bot.asked).toHaveLength(1);
  expect(logged.join()).toContain("unsigned activities are taken, from this machine only");
});

test.each([
  ["passed on by a tunnel", { "X-Forwarded-For": "203.0.113.9" }, {}, 403],
  ["addressed by a foreign host name", { Host: "evil.example" }, {}, 403],
  ["that wants its answer sent elsewhere", {}, { serviceUrl: "https://evil.example/" }, 400],
])("without an app id it refuses what was %s", async (_case, headers, fields, status) => {
  const { post, world, bot } = await start({ credentials: "local" });
  expect((await post(teamsMessage(world, "smtp 550", fields), { token: null, headers })).status).toBe(status);
  expect(bot.asked).toEqual([]);
});

test.each([
  ["no JSON", "{", 400],
  ["no activity", "{}", 400],
  ["a list", "[1]", 400],
  ["more than a megabyte", JSON.stringify({ text: "x".repeat(1_100_000) }), 413],
])("refuses a body with %s", async (_case, body, status) => {
  const { url } = await start();
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  expect(response.status).toBe(status);
  expect(Object.keys((await response.json()) as object)).toEqual(["error"]);
});
