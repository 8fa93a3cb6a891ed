/** Slack cannot be reached when Postie starts: everything else of Postie starts all the same. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import { anAnswer, aWhile, type SlackApp, said, startSlackApp, until } from "../../support/slack-app.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";

const AWAY = "Postie cannot reach Slack right now, so nothing was checked. Ask again in a minute.";
const yes = () => anAnswer("yes");

let slack: FakeSlack;
let proxy: TcpProxy;
let app: SlackApp | undefined;

beforeEach(async () => {
  slack = await startFakeSlack();
  proxy = await startTcpProxy(Number(new URL(slack.apiUrl).port));
});
afterEach(async () => {
  await app?.adapter.stop();
  app = undefined;
  await proxy.close();
  await slack.close();
  expect(slack.state.complaints).toEqual([]);
});

/** Lines of the log from warnings on, as their level and message. */
const troubles = () => app?.logged.filter(({ level }) => Number(level) >= 40) ?? [];
const YET = "Slack cannot be reached yet: Postie goes on trying";

describe.each<[string, { away(): void; back(): void }]>([
  ["by network", { away: () => proxy.cut(), back: () => proxy.mend() }],
  [
    "since it is broken",
    {
      away: () => slack.api.lose("auth.test", Infinity),
      back: () => slack.api.lose("auth.test", 0),
    },
  ],
  [
    "since it says that it is broken",
    {
      away: () => slack.api.fail("auth.test", "internal_error"),
      back: () => slack.api.fail("auth.test", null),
    },
  ],
])("a Slack that cannot be reached at the start %s", (_, { away, back }) => {
  const start = async () => {
    away();
    app = await startSlackApp("HTTP", yes, { slack, apiUrl: `http://127.0.0.1:${proxy.port}/api/` });
    slack.deliverTo(app.url);
    return app;
  };

  it("keeps nothing from starting, is told once, and is served as soon as it can be reached", async () => {
    const { adapter, asked } = await start();
    expect(await adapter.isReady()).toBe(false);
    await adapter.takeOver();
    await aWhile(1_500);
    expect(troubles()).toMatchObject([{ level: 40, msg: YET }]);
    back();
    await until(() => app?.logged.some(({ msg }) => msg === "Slack can be reached") ?? false);
    expect(await adapter.isReady()).toBe(true);
    const channel = slack.channel("im");
    await slack.say({ channel, text: "550" });
    await said(channel);
    expect(asked).toHaveLength(1);
    expect(troubles()).toHaveLength(1);
  });

  it("sends events again, and each is answered once; of a command it is told that nothing was checked", async () => {
    const { asked } = await start();
    const channel = slack.channel("im");
    const delivered = await slack.command({ command: "/smtp", text: "550", channel });
    expect(delivered).toMatchObject({ status: 200, attempts: 1 });
    expect(JSON.parse(delivered.body)).toEqual({ response_type: "ephemeral", text: AWAY });
    const { deliveries } = await slack.say({ channel, text: "550" });
    expect(deliveries).toMatchObject([{ status: 503, attempts: 4 }]);
    expect(asked).toEqual([]);
    back();
    await said(channel);
    await aWhile(300);
    expect(await said(channel)).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });
});

it("a token that Slack refuses only later is an error in the log, and does not end anything", async () => {
  slack.api.lose("auth.test", Infinity);
  app = await startSlackApp("HTTP", yes, { slack, botToken: "xoxb-wrong" });
  slack.api.lose("auth.test", 0);
  await until(() => troubles().length === 2);
  expect(troubles()[1]).toMatchObject({ level: 50, msg: "Slack can be reached, and Postie is not served" });
  expect(JSON.stringify(troubles()[1])).toContain("SLACK_BOT_TOKEN is refused by Slack (invalid_auth)");
  expect(await app.adapter.isReady()).toBe(false);
});

describe("Socket Mode that cannot be reached at the start", () => {
  it("keeps nothing from starting, is told once, and is connected as soon as it can be reached", async () => {
    slack.api.lose("apps.connections.open", Infinity);
    app = await startSlackApp("Socket Mode", yes, { slack });
    slack.deliverTo("sockets");
    expect(await app.adapter.isReady()).toBe(false);
    await aWhile(1_500);
    expect(troubles()).toMatchObject([{ level: 40, msg: YET }]);
    slack.api.lose("apps.connections.open", 0);
    await until(() => slack.sockets.count() === 2);
    const channel = slack.channel("im");
    await slack.say({ channel, text: "550" });
    await said(channel);
    expect(await app.adapter.isReady()).toBe(true);
  });

  it("is an error in the log when it refuses the token later", async () => {
    slack.api.lose("apps.connections.open", Infinity);
    app = await startSlackApp("Socket Mode", yes, { slack, appToken: "xapp-wrong" });
    slack.api.lose("apps.connections.open", 0);
    await until(() => troubles().some(({ level }) => level === 50));
    expect(troubles().at(-1)).toMatchObject({
      msg: "no connection to Slack",
      reason: "apps.connections.open: invalid_auth",
    });
    expect(await app.adapter.isReady()).toBe(false);
  });
});
