import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Poster, Watching } from "../../../src/bot/watching.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import type { FakeChannel } from "../../support/fake-slack-state.ts";
import { anAnswer, type SlackApp, said, startSlackApp, until } from "../../support/slack-app.ts";

const notice = { id: "n1", maybePosted: false, createdAt: Date.now() };
const changed = anAnswer("SPF of partner.example changed", {
  status: "warning",
  sections: [{ kind: "details", title: "Before", sections: [{ kind: "code", text: "v=spf1 -all" }] }],
  followUps: [{ label: "Stop watching", command: "watch", text: "stop partner.example" }],
});

let slack: FakeSlack;
let app: SlackApp;
let poster: Poster;

beforeEach(async () => {
  slack = await startFakeSlack();
  const posters: Poster[] = [];
  const watching = {
    addPoster: (given: Poster) => void posters.push(given),
  } as Partial<Watching> as Watching;
  app = await startSlackApp("HTTP", () => anAnswer("yes"), { slack, watching });
  slack.deliverTo(app.url);
  const [given] = posters;
  if (!given) throw new Error("no poster");
  poster = given;
});
afterEach(async () => {
  await app.close();
  await slack.close();
  expect(slack.state.complaints).toEqual([]);
});

const placeOf = ({ id, team }: Pick<FakeChannel, "id" | "team">) =>
  ({ platform: "slack", tenant: team, conversation: id }) as const;
const reach = (channel: Pick<FakeChannel, "id" | "team">) =>
  poster.reach(placeOf(channel), { channel: channel.id });
const post = (channel: FakeChannel, more: Partial<typeof notice> = {}) =>
  poster.post(placeOf(channel), { channel: channel.id }, changed, { ...notice, ...more });

describe("whether Postie may post", () => {
  it.each<[FakeChannel["kind"], boolean]>([
    ["channel", true],
    ["group", true],
    ["mpim", true],
    ["im", true],
  ])("is so in a %s that it is in", async (kind, member) => {
    expect(await reach(slack.channel(kind, member))).toEqual({ ok: true });
  });

  it("is so in direct messages with a person who asked on the Home tab", async () => {
    expect(await reach({ id: "U0ANNA", team: slack.state.team })).toEqual({ ok: true });
  });

  it.each<FakeChannel["kind"]>(["channel", "group"])(
    "is not so in a %s that it is not in, and it says how",
    async (kind) => {
      const told = await reach(slack.channel(kind, false));
      expect(told).toMatchObject({ ok: false, how: expect.stringContaining("/invite @Postie") });
    },
  );

  it("is not so in a conversation between others, nor in an archived channel", async () => {
    const others = await reach({ id: "D0OTHERS", team: slack.state.team });
    expect(others).toMatchObject({ ok: false, how: expect.stringContaining("direct message") });
    const channel = slack.channel();
    channel.isArchived = true;
    expect(await reach(channel)).toMatchObject({ ok: false, how: expect.stringContaining("archived") });
  });

  it("can be seen without the scopes for it, where it may read", async () => {
    slack.api.fail("conversations.info", "missing_scope");
    expect(await reach(slack.channel())).toEqual({ ok: true });
    expect(await reach(slack.channel("channel", false))).toMatchObject({ ok: false });
  });
});

describe("a notice", () => {
  it("is posted with its buttons, which work", async () => {
    const channel = slack.channel();
    expect(await post(channel)).toBe("posted");
    const [message] = await said(channel);
    expect(message?.text).toContain("changed");
    expect(message?.metadata).toEqual({ event_type: "postie_notice", event_payload: { notice: "n1" } });
    if (!message) throw new Error("no notice");
    await slack.press(channel, message, "Stop watching");
    await until(() => app.asked.length === 1);
    expect(app.asked[0]).toMatchObject({
      command: "watch",
      text: "stop partner.example",
      wayBack: { channel: channel.id },
    });
    const [, answer] = await said(channel, 2);
    expect(answer?.threadTs).toBe(message.ts);
  });

  it("that may be there already is looked for, and posted if it is not", async () => {
    const channel = slack.channel();
    await post(channel);
    expect(await post(channel, { maybePosted: true })).toBe("posted");
    expect(await said(channel)).toHaveLength(1);
    expect(await post(channel, { id: "n2", maybePosted: true })).toBe("posted");
    expect(await said(channel)).toHaveLength(2);
  });

  it("that may be there is rather posted twice than never, where nobody can look", async () => {
    const channel = slack.channel();
    await post(channel);
    slack.api.fail("conversations.history", "missing_scope");
    await post(channel, { maybePosted: true });
    expect(await said(channel)).toHaveLength(2);
  });

  it("is shown in plainer blocks where Slack does not take others", async () => {
    slack.api.refuseBlocks("container");
    const channel = slack.channel();
    expect(await post(channel)).toBe("posted");
    expect(JSON.stringify((await said(channel))[0]?.blocks)).toContain("v=spf1");
  });

  it.each(["channel_not_found", "is_archived", "not_in_channel", "account_inactive", "token_revoked"])(
    "has no place any more when Slack says %s",
    async (error) => {
      slack.api.fail("chat.postMessage", error);
      expect(await post(slack.channel())).toBe("gone");
    },
  );

  it.each(["fatal_error", "internal_error", "restricted_action", "invalid_auth", "org_login_required"])(
    "is posted later when Slack says %s",
    async (error) => {
      slack.api.fail("chat.postMessage", error);
      const channel = slack.channel();
      expect(await post(channel)).toBe("later");
      slack.api.fail("chat.postMessage", null);
      expect(await post(channel)).toBe("posted");
    },
  );

  it("waits as long as Slack asks to", async () => {
    slack.api.limit("chat.postMessage", 1);
    expect(await post(slack.channel())).toBe("posted");
  });

  it("is posted later when Slack cannot be reached", async () => {
    const channel = slack.channel();
    await slack.close();
    expect(await post(channel)).toBe("later");
  }, 60_000);
});

describe("the way back to where a question was asked", () => {
  it("goes with every question, with an id that the log tells", async () => {
    const channel = slack.channel("im");
    await slack.say({ channel, text: "550" });
    await slack.command({ command: "/watch", text: "partner.example", channel });
    await slack.shortcut("ask_postie");
    await until(() => slack.state.views.opened.length === 1);
    await slack.submit("550");
    await until(() => app.asked.length === 3);
    const ways = app.asked.map(({ wayBack }) => wayBack);
    expect(ways).toEqual([{ channel: channel.id }, { channel: channel.id }, { channel: "U0ANNA" }]);
    const ids = app.asked.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}$/);
  });
});

describe("whether Slack is ready", () => {
  it("is told by its Web API for HTTP, which is not asked each time", async () => {
    expect(await app.adapter.isReady()).toBe(true);
    expect(await app.adapter.isReady()).toBe(true);
    expect(slack.state.calls.filter(({ method }) => method === "api.test")).toHaveLength(1);
  });

  it("is told by an open connection for Socket Mode", async () => {
    const socket = await startSlackApp("Socket Mode", () => null, { slack });
    expect(await socket.adapter.isReady()).toBe(true);
    slack.api.fail("apps.connections.open", "internal_error");
    slack.sockets.dropAll();
    await until(() => slack.sockets.count() === 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await socket.adapter.isReady()).toBe(false);
    slack.api.fail("apps.connections.open", null);
    await until(() => slack.sockets.count() === 2);
    await socket.close();
  });
});
