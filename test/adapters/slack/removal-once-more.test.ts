import type { Installation } from "@slack/bolt";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { handleRemoval } from "../../../adapters/slack/endings.ts";
import { createInstallations, slackOwner } from "../../../adapters/slack/installations.ts";
import { createKeptAnswers } from "../../../adapters/slack/kept-answers.ts";
import { createRecent } from "../../../adapters/slack/recent.ts";
import { openStore, type Store } from "../../../src/store/index.ts";
import { aWhile } from "../../support/slack-app.ts";

const T1 = slackOwner("T1");
const SOURCE = { team: "T1", enterprise: null, orgWide: false };
const UNINSTALLED = { event: { type: "app_uninstalled" } };
const INSTALLATION: Installation<"v2", false> = {
  team: { id: "T1" },
  enterprise: undefined,
  isEnterpriseInstall: false,
  user: { id: "U1", token: undefined, scopes: undefined },
  bot: { token: "xoxb-1", scopes: ["commands"], id: "B1", userId: "U2" },
  tokenType: "bot",
  authVersion: "v2",
};

describe("what is written while Postie is being removed", () => {
  let store: Store;
  const stopping = new AbortController();

  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(async () => {
    await store.close();
  });

  async function remove() {
    const { signal } = stopping;
    const installations = createInstallations({ store, signal, onInstalled: () => {} });
    await installations.forBolt.storeInstallation(INSTALLATION);
    const removed = await handleRemoval(
      {
        store,
        installations,
        workspaces: { find: async () => null, known: () => null, drop: () => {}, refresh: async () => {} },
        kept: createKeptAnswers({ store }),
        recent: createRecent(),
        watching: undefined,
        log: pino({ level: "silent" }),
        signal,
        onceMoreMs: 100,
      },
      SOURCE,
      UNINSTALLED,
    );
    expect(removed).toBe("answered");
    expect(await installations.of(T1)).toBeNull();
    // As by an instance that was in the middle of it.
    await store.settings.set(T1, "channel C1", "off");
    return installations;
  }

  it("is deleted as well", async () => {
    await remove();
    expect(await store.settings.get(T1, "channel C1")).toBe("off");
    await aWhile(400);
    expect(await store.settings.get(T1, "channel C1")).toBeNull();
  });

  it("stays where the workspace has installed Postie again", async () => {
    const installations = await remove();
    await installations.forBolt.storeInstallation(INSTALLATION);
    await aWhile(400);
    expect(await store.settings.get(T1, "channel C1")).toBe("off");
    expect(await installations.of(T1)).not.toBeNull();
  });
});
