import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { slackOwner } from "../../../adapters/slack/installations.ts";
import type { Watching } from "../../../src/bot/watching.ts";
import { type Owner, openStore, type Store, type WatchPlace } from "../../../src/store/index.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import type { FakeChannel } from "../../support/fake-slack-state.ts";
import {
  anAnswer,
  aWhile,
  type Say,
  type SlackApp,
  said,
  startSlackApp,
  until,
} from "../../support/slack-app.ts";
import { install, oauthOf } from "../../support/slack-install.ts";
import { answerIn, forgedPress } from "../../support/slack-presses.ts";

const BOUNCE = "550 5.1.1 <anna@example.org>: user unknown";

const echo: Say = (request) =>
  request.overheard && !request.text.includes("5.1.1")
    ? null
    : anAnswer(`About ${request.text.slice(0, 40)}`, { summary: [{ text: `In ${request.place.tenant}.` }] });

let slack: FakeSlack;
let store: Store;
let app: SlackApp;
let ended: (WatchPlace | Owner)[];

beforeEach(async () => {
  slack = await startFakeSlack();
  store = await openStore({ secrets: ["a secret of thirty-two characters"] });
  ended = [];
  app = await start();
  for (const team of ["T1", "T2"]) {
    slack.workspace(team);
    await install(app, { team });
  }
});
afterEach(async () => {
  await app.close();
  await store.close();
  await slack.close();
  expect(slack.state.complaints).toEqual([]);
});

async function start(say: Say = echo): Promise<SlackApp> {
  const watching = {
    addPoster() {},
    ended: async (gone: WatchPlace | Owner) => void ended.push(gone),
  } satisfies Partial<Watching> as unknown as Watching;
  const started = await startSlackApp("HTTP", say, { slack, store, oauth: oauthOf(slack), watching });
  slack.deliverTo(started.url);
  return started;
}

describe("when Postie is removed from a workspace", () => {
  const rowsOf = async (tenant: string) => {
    const tables = ["setting", "installation", "delivery", "kept_answer"];
    const counts = await Promise.all(
      tables.map((table) => store.database.query(`SELECT 1 FROM ${table} WHERE tenant = $1`, [tenant])),
    );
    return counts.flat().length;
  };

  async function use(team: string) {
    const channel = slack.channel("channel", true, team);
    await slack.command({ command: "/smtp", text: "550", channel });
    await slack.command({ command: "/bounce", text: BOUNCE, channel });
    await forgedPress(slack, "mention", "postie_settings_mention", channel);
    await said(channel, 3);
    return channel;
  }

  it("everything of it is deleted, and nothing of another", async () => {
    const channels = [await use("T1"), await use("T2")];
    const before = await rowsOf("T2");
    expect(await rowsOf("T1")).toBe(before);
    const delivered = await slack.uninstall("T1");
    expect(delivered).toMatchObject([
      { status: 200, attempts: 1 },
      { status: 200, attempts: 1 },
    ]);
    await until(() => ended.length > 0);
    expect(ended).toContainEqual({ platform: "slack", tenant: "T1" });
    expect(ended).not.toContainEqual({ platform: "slack", tenant: "T2" });
    await aWhile();
    // But for the note that the last of Slack's events was worked on, which goes by itself.
    await store.database.query("DELETE FROM delivery WHERE tenant = 'T1' AND name LIKE 'removal:%'");
    expect(await rowsOf("T1")).toBe(0);
    expect(await rowsOf("T2")).toBe(before);

    const asked = app.asked.length;
    const refused = await slack.command({
      command: "/smtp",
      text: "550",
      channel: channels[0] as FakeChannel,
    });
    expect(refused.body).toContain("not installed");
    await slack.command({ command: "/smtp", text: "550", channel: channels[1] as FakeChannel });
    await until(() => app.asked.length === asked + 1);
  });

  it("what this process kept of it is gone, also after it is installed again", async () => {
    const channel = slack.channel("channel", false, "T1");
    await slack.command({ command: "/smtp", text: BOUNCE, channel });
    const answer = await answerIn(channel);
    await slack.uninstall("T1");
    await until(() => ended.length > 0);
    await install(app, { team: "T1" });
    await slack.press(channel, answer, "Share in channel");
    // Nothing is kept, and so the question is asked again.
    await until(() => app.asked.length === 2);
    slack.state.views.published.clear();
    await slack.event({ type: "app_home_opened", user: "U0ANNA", tab: "home" }, undefined, "T1");
    await until(() => slack.state.views.published.has("U0ANNA"));
    const home = JSON.stringify(slack.state.views.published.get("U0ANNA"));
    expect(home.match(/A bounce or message/g)).toHaveLength(1);
  });

  it("another instance, which was not told of it, lets go of what it kept as well", async () => {
    const other = await start();
    const channel = slack.channel("channel", false, "T1");
    await slack.command({ command: "/smtp", text: BOUNCE, channel });
    const answer = await answerIn(channel);
    expect(other.asked).toHaveLength(1);
    slack.deliverTo(app.url);
    await slack.uninstall("T1");
    await until(() => ended.length > 0);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6 * 60_000 });
    await other.adapter.takeOver();
    vi.useRealTimers();
    await install(app, { team: "T1" });
    slack.deliverTo(other.url);
    await slack.press(channel, answer, "Share in channel");
    await until(() => other.asked.length === 2);
    await other.close();
  });

  it("a late word of an earlier removal does not take the new installation with it", async () => {
    const event = (type: string, more = {}) => ({
      type: "event_callback",
      team_id: "T1",
      event: { type, ...more },
      event_time: Math.floor(Date.now() / 1_000) - 60,
    });
    for (const body of [event("app_uninstalled"), event("tokens_revoked", { tokens: { bot: ["U1"] } })])
      await slack.raw(body);
    await aWhile();
    expect(ended).toEqual([]);
    expect(await store.installations.get({ platform: "slack", tenant: "T1" })).not.toBeNull();
  });

  it("not when a token was revoked that is no longer used, nor a person's", async () => {
    await slack.event({ type: "tokens_revoked", tokens: { oauth: ["U0ANNA"] } }, undefined, "T1");
    await slack.event({ type: "tokens_revoked", tokens: { bot: ["U0POSTIET1"] } }, undefined, "T1");
    await aWhile();
    expect(ended).toEqual([]);
  });

  it("not before Slack has told that its token is no good any more, and then it is", async () => {
    slack.oauth.revoke("T1");
    slack.api.fail("auth.test", "internal_error");
    await slack.event({ type: "tokens_revoked", tokens: { bot: ["U0POSTIET1"] } }, undefined, "T1");
    await aWhile(400);
    expect(ended).toEqual([]);
    slack.api.fail("auth.test", null);
    await until(() => ended.length === 1);
    expect(ended).toEqual([slackOwner("T1")]);
  });

  it("also by the revocation of its token alone, and where its installation cannot be opened", async () => {
    slack.oauth.revoke("T1");
    await slack.event({ type: "tokens_revoked", tokens: { bot: ["U0POSTIET1"] } }, undefined, "T1");
    await until(() => ended.length === 1);
    await store.database.query(
      "UPDATE installation SET installation_sealed = 'v1.broken' WHERE tenant = 'T2'",
    );
    await slack.uninstall("T2");
    await until(() => ended.length >= 2);
    expect(await store.installations.all("slack")).toEqual([]);
  });

  it("of an organisation: with all workspaces that it served, and no others", async () => {
    for (const team of ["T10", "T11"]) slack.workspace(team, "E1");
    await install(app, { enterprise: "E1" });
    await use("T10");
    await use("T11");
    await use("T2");
    await slack.uninstall("E1");
    const tenants = () => [...new Set(ended.map(({ tenant }) => tenant))].sort();
    await until(() => tenants().length === 3);
    await aWhile();
    expect(tenants()).toEqual(["E1", "T10", "T11"]);
    for (const tenant of ["E1", "T10", "T11"]) {
      expect(await store.installations.get({ platform: "slack", tenant })).toBeNull();
      expect(await store.settings.get({ platform: "slack", tenant }, "channel")).toBeNull();
    }
    const settings = await store.database.query("SELECT tenant FROM setting");
    expect(settings).toEqual([{ tenant: "T2" }]);
  });

  it("of one workspace of an organisation: of that alone, unless it has an installation of its own", async () => {
    for (const team of ["T10", "T11"]) slack.workspace(team, "E1");
    await install(app, { enterprise: "E1" });
    await use("T10");
    await use("T11");
    const event = { type: "team_access_revoked", team_ids: ["T10", "T2"] };
    await slack.raw({ type: "event_callback", team_id: null, enterprise_id: "E1", event, event_id: "Ev9" });
    await until(() => ended.length > 0);
    await aWhile();
    expect(ended).toEqual([{ platform: "slack", tenant: "T10" }]);
    const settings = await store.database.query("SELECT tenant FROM setting");
    expect(settings).toEqual([{ tenant: "T11" }]);
  });

  it("of one workspace that comes back: its organisation's removal takes it along, whichever instance served it", async () => {
    const other = await start();
    slack.workspace("T10", "E1");
    await install(other, { enterprise: "E1" });
    await use("T10");
    slack.deliverTo(app.url);
    const event = { type: "team_access_revoked", team_ids: ["T10"] };
    await slack.raw({ type: "event_callback", team_id: null, enterprise_id: "E1", event, event_id: "Ev9" });
    await until(() => ended.length > 0);
    // Added again a while later; the other instance was told of none of this.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6 * 60_000 });
    await other.adapter.takeOver();
    slack.deliverTo(other.url);
    await use("T10");
    vi.useRealTimers();
    await slack.uninstall("E1");
    await until(() => ended.some(({ tenant }) => tenant === "E1"));
    await aWhile();
    expect(await store.database.query("SELECT tenant FROM setting")).toEqual([]);
    expect(await store.installations.all("slack")).toEqual([slackOwner("T1"), slackOwner("T2")]);
    await other.close();
  });
});

describe("when a channel ends", () => {
  const ends = [
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "group_archive",
    "group_deleted",
    "group_left",
  ];
  it.each(ends)("by %s, nothing is watched in it any more", async (type) => {
    await slack.event({ type, channel: "C1", user: "U0ANNA" }, undefined, "T1");
    await until(() => ended.length === 1);
    expect(ended).toEqual([{ platform: "slack", tenant: "T1", conversation: "C1" }]);
  });

  it("by the bot's being removed, but not by another's leaving", async () => {
    const left = (user: string) => ({ type: "member_left_channel", channel: "C1", user });
    await slack.event(left("U0ANNA"), undefined, "T1");
    await slack.event(left("U0POSTIET1"), undefined, "T1");
    await until(() => ended.length === 1);
    await aWhile();
    expect(ended).toHaveLength(1);
  });

  it("for good, its settings are deleted", async () => {
    const channel = slack.channel("channel", true, "T1");
    await forgedPress(slack, "off", "postie_settings_off", channel);
    await until(() => slack.state.calls.some(({ method }) => method === "response_url"));
    await slack.event({ type: "channel_archive", channel: channel.id }, undefined, "T1");
    await until(() => ended.length === 1);
    expect(await store.database.query("SELECT value FROM setting")).toHaveLength(1);
    await slack.event({ type: "channel_deleted", channel: channel.id }, undefined, "T1");
    await until(() => ended.length === 2);
    await aWhile();
    expect(await store.database.query("SELECT value FROM setting")).toEqual([]);
  });
});

it("one workspace with a configured token is forgotten as well when Postie is removed from it", async () => {
  const memory = await openStore();
  const one = await startSlackApp("HTTP", echo, { slack, store: memory });
  slack.deliverTo(one.url);
  const channel = slack.channel();
  await forgedPress(slack, "off", "postie_settings_off", channel);
  await until(() => slack.state.calls.some(({ method }) => method === "response_url"));
  await slack.uninstall(slack.state.team);
  await aWhile();
  expect(await memory.database.query("SELECT value FROM setting")).toEqual([]);
  await one.close();
  await memory.close();
});
