import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FakeSlack } from "../../support/fake-slack.ts";
import { anAnswer, aWhile, type SlackApp, said, until } from "../../support/slack-app.ts";
import { asked, type Instances, openInstances, yes } from "../../support/slack-instances.ts";

const BOUNCE = "550 5.1.1 <secret@example.org>: user unknown";

let instances: Instances;
let slack: FakeSlack;
beforeEach(async () => {
  instances = await openInstances();
  slack = instances.slack;
});
afterEach(async () => {
  await instances.close();
  expect(slack.state.complaints).toEqual([]);
});

describe("two instances behind one address", () => {
  let first: SlackApp;
  let second: SlackApp;
  beforeEach(async () => {
    first = await instances.start("HTTP", yes);
    second = await instances.start("HTTP", yes);
    slack.deliverTo([first.url, second.url]);
  });

  it("answer once what both are given at the same time", async () => {
    const channel = slack.channel("im");
    const event = {
      type: "message",
      channel: channel.id,
      channel_type: "im",
      user: "U0ANNA",
      text: "550",
      ts: slack.state.nextTs(),
    };
    const delivered = await Promise.all(Array.from({ length: 6 }, () => slack.event(event, "Ev1")));
    expect(delivered.every(({ status }) => status === 200)).toBe(true);
    await said(channel);
    await aWhile();
    expect(asked(first, second)).toBe(1);
    expect(await said(channel)).toHaveLength(1);
  });

  it("answer a mention once, of which Slack tells one as a mention and the other as a message", async () => {
    const channel = slack.channel();
    await slack.say({ channel, text: `<@${slack.state.botUser}> 550` });
    await said(channel);
    await aWhile();
    expect(asked(first, second)).toBe(1);
  });

  it("each know the channel's settings that were changed at the other, and share an answer that the other gave", async () => {
    const channel = slack.channel();
    await slack.command({ command: "/smtp", text: "550", channel });
    const [answer] = await said(channel);
    if (!answer) throw new Error("no answer");
    slack.deliverTo(second.asked.length > 0 ? first.url : second.url);
    await slack.press(channel, answer, "Share in channel");
    const [, shared] = await said(channel, 2);
    expect(shared?.onlyFor).toBeUndefined();
    expect(asked(first, second)).toBe(1);

    slack.deliverTo(first.url);
    await slack.command({ command: "/mailhelp", text: "settings", channel });
    const [, , settings] = await said(channel, 3);
    if (!settings) throw new Error("no settings");
    await slack.press(channel, settings, "Off");
    await until(() => settings.edits.length === 1);
    slack.deliverTo(second.url);
    await slack.say({ channel, text: BOUNCE });
    await aWhile();
    expect(asked(first, second)).toBe(1);
  });

  it("take over nothing of each other while both are alive", async () => {
    const slow = await instances.start("HTTP", async function* () {
      await aWhile(600);
      yield { answer: anAnswer("slow"), outcome: "answered", report: null };
    });
    slack.deliverTo(slow.url);
    const channel = slack.channel("im");
    await slack.say({ channel, text: "550" });
    await second.adapter.takeOver();
    await said(channel);
    await aWhile();
    expect(asked(first, second)).toBe(0);
  });
});

it("instances that Slack reaches by sockets share what comes on any of them", async () => {
  const apps = [await instances.start("Socket Mode", yes), await instances.start("Socket Mode", yes)];
  slack.deliverTo("sockets");
  expect(slack.sockets.count()).toBe(4);
  const channel = slack.channel();
  await Promise.all(
    Array.from({ length: 4 }, () => slack.say({ channel, text: `<@${slack.state.botUser}> 550` })),
  );
  await said(channel, 4);
  await aWhile();
  expect(asked(...apps)).toBe(4);
});
