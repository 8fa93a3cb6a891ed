/** Slack did what it was asked to, and its answer got lost: nobody is told anything twice for that. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Update } from "../../../src/bot/answer.ts";
import type { Poster, Watching } from "../../../src/bot/watching.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import type { FakeChannel } from "../../support/fake-slack-state.ts";
import { anAnswer, aWhile, type SlackApp, said, startSlackApp } from "../../support/slack-app.ts";

let slack: FakeSlack;
let app: SlackApp;
let channel: FakeChannel;
let posters: Poster[];

beforeEach(async () => {
  slack = await startFakeSlack();
  posters = [];
  const watching = { addPoster: (given) => void posters.push(given) } as Partial<Watching> as Watching;
  app = await startSlackApp("HTTP", () => anAnswer("yes"), { slack, watching });
  slack.deliverTo(app.url);
  channel = slack.channel("im");
});
afterEach(async () => {
  await app.close();
  await slack.close();
  expect(slack.state.complaints).toEqual([]);
});

/** All that is in the channel once nothing more comes. */
async function texts(): Promise<string[]> {
  await said(channel);
  await aWhile(1_400);
  return (await said(channel)).map(({ text }) => text);
}
/** Nobody can look what is in the channel. */
const blindfold = () => {
  for (const method of ["conversations.history", "conversations.replies"])
    slack.api.fail(method, "missing_scope");
};

describe("the answer to a question", () => {
  it("is there once", async () => {
    slack.api.lose("chat.postMessage", 3);
    await slack.say({ channel, text: "550" });
    expect(await texts()).toEqual(["yes. In short."]);
  });

  it("is not posted again where nobody can look, and the asker is told how that is", async () => {
    slack.api.lose("chat.postMessage");
    blindfold();
    await slack.say({ channel, text: "550" });
    expect(await texts()).toEqual([
      "yes. In short.",
      "Postie was interrupted while it answered. If you see no answer above, ask again.",
    ]);
  });

  it("takes the place of what was shown before, however often that has to be tried", async () => {
    await app.close();
    const slowly = async function* (): AsyncIterable<Update> {
      yield { progress: [{ id: "SPF", label: "SPF", state: "running" }] };
      await aWhile(1_200);
      slack.api.lose("chat.update");
      yield { answer: anAnswer("checked"), outcome: "answered", report: null };
    };
    app = await startSlackApp("HTTP", slowly, { slack });
    slack.deliverTo(app.url);
    await slack.say({ channel, text: "checkdomain example.org" });
    expect(await texts()).toEqual(["checked. In short."]);
  });

  describe("after a progress message of which nobody knows whether it is there", () => {
    /** @param before what happens to the progress message, and after it */
    const ask = async (before: () => void) => {
      await app.close();
      const slowly = async function* (): AsyncIterable<Update> {
        slack.api.lose("chat.postMessage");
        yield { progress: [{ id: "SPF", label: "SPF", state: "running" }] };
        await aWhile(1_200);
        before();
        yield { answer: anAnswer("checked"), outcome: "answered", report: null };
      };
      app = await startSlackApp("HTTP", slowly, { slack });
      slack.deliverTo(app.url);
      await slack.say({ channel, text: "checkdomain example.org" });
      await said(channel);
      await aWhile(1_000);
    };

    it("takes its place", async () => {
      await ask(() => {});
      expect(await texts()).toEqual(["checked. In short."]);
    });

    it("comes below where it is not there", async () => {
      await ask(() => void channel.messages.splice(1));
      expect(await texts()).toEqual(["checked. In short."]);
    });

    it("does not wait to look for it where Slack wants that later", async () => {
      await ask(() => slack.api.limit("conversations.history", 60));
      await aWhile(500);
      expect((await texts()).at(-1)).toBe("checked. In short.");
    });
  });

  it("comes although Slack did not take it the first time", async () => {
    slack.api.limit("chat.postMessage", 1);
    await slack.say({ channel, text: "550" });
    expect(await texts()).toEqual(["yes. In short."]);
  });
});

describe("a notice", () => {
  const post = (maybePosted: boolean) =>
    posters[0]?.post(
      { platform: "slack", tenant: channel.team, conversation: channel.id },
      { channel: channel.id },
      anAnswer("SPF changed"),
      { id: "n1", maybePosted, createdAt: Date.now() },
    );

  it("is there once", async () => {
    slack.api.lose("chat.postMessage", 3);
    expect(await post(false)).toBe("posted");
    expect(await texts()).toEqual(["SPF changed. In short."]);
  });

  it("is looked for the next time, where nobody can look now", async () => {
    slack.api.lose("chat.postMessage");
    blindfold();
    await expect(post(false)).rejects.toThrow();
    for (const method of ["conversations.history", "conversations.replies"]) slack.api.fail(method, null);
    expect(await post(true)).toBe("posted");
    expect(await texts()).toEqual(["SPF changed. In short."]);
  });
});
