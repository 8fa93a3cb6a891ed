import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../../src/store/index.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import { anAnswer, aWhile, type SlackApp, said, startSlackApp, until } from "../../support/slack-app.ts";
import { install, oauthOf } from "../../support/slack-install.ts";

let slack: FakeSlack;
let store: Store;
let apps: SlackApp[];

beforeEach(async () => {
  slack = await startFakeSlack();
  slack.workspace("T2");
  store = await openStore();
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
  await store.close();
  await slack.close();
});

async function start(): Promise<SlackApp> {
  const app = await startSlackApp("HTTP", () => anAnswer("yes"), { slack, store, oauth: oauthOf(slack) });
  apps.push(app);
  slack.deliverTo(apps.map(({ url }) => url));
  return app;
}

const stored = async () => JSON.stringify(await store.database.query("SELECT * FROM installation"));

describe("a token that expires", () => {
  const HOUR = 3_600;
  async function twoInstances(lastsSeconds: number): Promise<[SlackApp, SlackApp]> {
    slack.oauth.tokensLast = lastsSeconds;
    const pair: [SlackApp, SlackApp] = [await start(), await start()];
    await install(pair[0], { team: "T2" });
    slack.oauth.tokensLast = 12 * HOUR;
    return pair;
  }

  const askBoth = async (pair: SlackApp[], rounds = 3) => {
    const channel = slack.channel("im", true, "T2");
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(
        pair.map(({ url }) => {
          slack.deliverTo(url);
          return slack.say({ channel, text: `${round}` });
        }),
      );
    }
    return said(channel, rounds * pair.length);
  };

  it("is renewed once, though two instances see that it is about to", async () => {
    const pair = await twoInstances(HOUR);
    slack.oauth.refreshMs = 200;
    await askBoth(pair);
    await until(() => slack.oauth.refreshed.length > 0);
    await aWhile(400);
    await askBoth(pair);
    expect(slack.oauth.refreshed).toEqual(["T2"]);
    expect(slack.state.complaints).toEqual([]);
  });

  it("and has expired is renewed once, and whoever needs it waits for the new one", async () => {
    const pair = await twoInstances(1);
    await aWhile(1_100);
    slack.oauth.refreshMs = 300;
    expect(await askBoth(pair, 1)).toHaveLength(2);
    expect(slack.oauth.refreshed).toEqual(["T2"]);
    expect(slack.state.complaints).toEqual([]);
    expect(await stored()).not.toContain("xox");
  });

  it("is renewed again when that one is about to expire", async () => {
    const pair = await twoInstances(HOUR);
    slack.oauth.tokensLast = HOUR;
    await askBoth(pair.slice(0, 1), 1);
    await until(() => slack.oauth.refreshed.length === 1);
    await aWhile(200);
    await askBoth(pair.slice(0, 1), 1);
    await until(() => slack.oauth.refreshed.length === 2);
    expect(slack.state.complaints).toEqual([]);
  });

  it("is used until then when Slack does not renew it, which is logged", async () => {
    const [app] = await twoInstances(HOUR);
    slack.api.fail("oauth.v2.access", "fatal_error");
    await askBoth([app], 2);
    await until(() => app.logged.some(({ msg }) => msg === "a token was not renewed"));
    expect(JSON.stringify(app.logged)).not.toMatch(/xox/);
  });

  it("of a whole organisation is renewed as that of a workspace", async () => {
    slack.workspace("T10", "E1");
    slack.oauth.tokensLast = 3_600;
    const app = await start();
    await install(app, { enterprise: "E1" });
    const channel = slack.channel("im", true, "T10");
    await slack.say({ channel, text: "550" });
    await said(channel);
    await until(() => slack.oauth.refreshed.length === 1);
    expect(slack.oauth.refreshed).toEqual(["E1"]);
  });
});
