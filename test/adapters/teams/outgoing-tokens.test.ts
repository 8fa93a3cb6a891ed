import { afterEach, expect, test, vi } from "vitest";
import { type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { TENANT, teamsMessage } from "../../support/teams-activity.ts";
import { recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";
import { redirectLogin } from "../../support/teams-login.ts";

let connector: FakeConnector;
let app: TeamsApp;
afterEach(async () => {
  vi.restoreAllMocks();
  await app.stop();
  await connector.stop();
});

const password = "not-a-real-secret";

test.each([
  ["a single tenant fetches them from its tenant", { type: "SingleTenant", tenantId: TENANT }, TENANT],
  ["many tenants fetches them from Bot Framework's", { type: "MultiTenant" }, "botframework.com"],
] as const)("sends with tokens: an app of %s, with its secret", async (_case, kind, tenant) => {
  connector = await startFakeConnector();
  const hosts = redirectLogin(connector);
  app = await startTeamsApp(connector, recordingBot(), {
    credentials: { appId: connector.appId, password, ...kind },
  });
  await app.post(teamsMessage(app.world, "smtp 550"));
  const [call] = await connector.waitFor(({ activity }) => activity.type === "message");
  expect(call?.status).toBe(201);
  expect(connector.logins).toEqual([{ tenant, secret: password }]);
  expect(new Set(hosts)).toEqual(new Set(["login.microsoftonline.com"]));
});
