import http from "node:http";
import https from "node:https";
import { afterEach, expect, test, vi } from "vitest";
import { type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { TENANT, teamsMessage } from "../../support/teams-activity.ts";
import { recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let app: TeamsApp;
afterEach(async () => {
  vi.restoreAllMocks();
  await app.stop();
  await connector.stop();
});

/** The SDK fetches tokens from a fixed host by HTTPS; those requests go to the fake instead, unchanged otherwise. */
function redirectLogin(): string[] {
  const hosts: string[] = [];
  vi.spyOn(https, "request").mockImplementation(((options: http.RequestOptions) => {
    hosts.push(String(options.hostname ?? options.host));
    const { hostname, port } = new URL(connector.serviceUrl);
    return http.request({ ...options, protocol: "http:", host: hostname, hostname, port, agent: undefined });
  }) as typeof https.request);
  return hosts;
}

const password = "not-a-real-secret";

test.each([
  ["a single tenant fetches them from its tenant", { type: "SingleTenant", tenantId: TENANT }, TENANT],
  ["many tenants fetches them from Bot Framework's", { type: "MultiTenant" }, "botframework.com"],
] as const)("sends with tokens: an app of %s, with its secret", async (_case, kind, tenant) => {
  connector = await startFakeConnector();
  const hosts = redirectLogin();
  app = await startTeamsApp(connector, recordingBot(), {
    credentials: { appId: connector.appId, password, ...kind },
  });
  await app.post(teamsMessage(app.world, "smtp 550"));
  const [call] = await connector.waitFor(({ activity }) => activity.type === "message");
  expect(call?.status).toBe(201);
  expect(connector.logins).toEqual([{ tenant, secret: password }]);
  expect(new Set(hosts)).toEqual(new Set(["login.microsoftonline.com"]));
});
