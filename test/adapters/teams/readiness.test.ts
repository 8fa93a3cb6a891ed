import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { teamsMessage } from "../../support/teams-activity.ts";
import { recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let app: TeamsApp | undefined;
beforeAll(async () => {
  connector = await startFakeConnector();
});
afterEach(async () => {
  vi.useRealTimers();
  await app?.stop();
  connector.reset();
});
afterAll(() => connector.stop());

/** Time passes faster here than it does for the network. */
beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
const isReady = () => {
  vi.advanceTimersByTime(2_000);
  return app?.adapter.isReady();
};
const patience = { timeout: 10_000, interval: 50 };

test("is ready with tokens and keys; not without, and again once they are there", async () => {
  connector.gives.tokens = false;
  app = await startTeamsApp(connector, recordingBot());
  expect(await isReady()).toBe(true); // nothing was tried yet
  await expect.poll(isReady, patience).toBe(false);
  connector.gives.tokens = true;
  await expect.poll(isReady, patience).toBe(true);
});

test("is not ready where the keys of incoming messages cannot be fetched", async () => {
  connector.gives.keys = false;
  app = await startTeamsApp(connector, recordingBot());
  await isReady();
  await expect.poll(isReady, patience).toBe(false);
  connector.gives.keys = true;
  await expect.poll(isReady, patience).toBe(true);
});

test("does not ask again for what was there", async () => {
  app = await startTeamsApp(connector, recordingBot());
  await app.post(teamsMessage(app.world, "smtp 550"));
  await connector.waitFor(({ activity }) => activity.type === "message");
  await app.adapter.stop();
  connector.gives.keys = false;
  for (let asked = 0; asked < 20; asked += 1) {
    await sleep(10);
    expect(await isReady()).toBe(true);
  }
});

test("is ready without any account", async () => {
  app = await startTeamsApp(connector, recordingBot(), { credentials: "local" });
  expect(await isReady()).toBe(true);
});
