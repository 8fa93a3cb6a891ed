import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../../src/store/index.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import { findButton } from "../../support/fake-slack-delivery.ts";
import { anAnswer, type Say, type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
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

beforeEach(async () => {
  slack = await startFakeSlack();
  store = await openStore();
  app = await startSlackApp("HTTP", echo, { slack, store, oauth: oauthOf(slack) });
  slack.deliverTo(app.url);
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

describe("what one workspace has is out of another's reach:", () => {
  it("each is spoken to with its own token, and its files are fetched with that", async () => {
    for (const team of ["T1", "T2"]) {
      const channel = slack.channel("channel", true, team);
      const file = slack.file({ team, name: "a.eml", filetype: "eml", bytes: Buffer.from(BOUNCE) });
      await slack.say({ channel, text: BOUNCE, files: [file] });
      const answer = await answerIn(channel);
      expect(answer.user).toBe(slack.state.workspaces.get(team)?.botUser);
      expect(answer.text).toContain(`In ${team}`);
    }
    expect(app.asked.map(({ files }) => files.length)).toEqual([1, 1]);
  });

  it("a channel's settings, also when a channel of that id is claimed in another workspace", async () => {
    const channel = slack.channel("channel", true, "T1");
    await forgedPress(slack, "off", "postie_settings_off", { ...channel, team: "T2" });
    await until(() => slack.state.calls.some(({ method }) => method === "response_url"));
    await slack.say({ channel, text: BOUNCE });
    await answerIn(channel, 1);
    expect(app.asked).toMatchObject([{ place: { tenant: "T1" } }]);
    const settings = await store.database.query("SELECT tenant, name, value FROM setting");
    expect(settings).toEqual([{ tenant: "T2", name: `channel ${channel.id}`, value: "off" }]);
  });

  it.each(["550", BOUNCE])("an answer that is kept for sharing (%s)", async (text) => {
    const channel = slack.channel("channel", false, "T1");
    await slack.command({ command: "/smtp", text, channel });
    const answer = await answerIn(channel);
    const { k } = JSON.parse(String(findButton(answer.blocks, "Share in channel")?.value)) as { k: string };
    const other = slack.channel("channel", false, "T2");
    await forgedPress(slack, { k }, "postie_share", other, "U0ANNA");
    const told = await answerIn(other);
    expect(told.text).toContain("no longer kept");
    // Nor does somebody else of the same workspace get it.
    await forgedPress(slack, { k }, "postie_share", channel, "U0EVE");
    expect((await answerIn(channel, 2)).text).toContain("no longer kept");
  });

  it("what was asked last, though people have the same id", async () => {
    const channel = slack.channel("im", true, "T1");
    await slack.command({ command: "/smtp", text: "5.7.26", channel, user: "U0SAME" });
    await answerIn(channel);
    const home = async (team: string) => {
      slack.state.views.published.clear();
      await slack.event({ type: "app_home_opened", user: "U0SAME", tab: "home" }, undefined, team);
      await until(() => slack.state.views.published.has("U0SAME"));
      return JSON.stringify(slack.state.views.published.get("U0SAME"));
    };
    expect(await home("T2")).not.toContain("5.7.26");
    expect(await home("T1")).toContain("5.7.26");
  });

  it("a delivery: one of the same name is no repeat of another workspace's", async () => {
    for (const team of ["T1", "T2"]) {
      const channel = slack.channel("im", true, team);
      const event = { type: "message", channel_type: "im", user: "U0ANNA", text: "550", ts: "1.1" };
      await slack.event({ ...event, channel: channel.id }, "Ev1", team);
      await slack.interact(
        {
          type: "block_actions",
          user: { id: "U0ANNA" },
          channel: { id: channel.id },
          actions: [{ action_id: "postie_ask_0", value: '{"c":"smtp","t":"5.5.5"}', action_ts: "9.9" }],
        },
        team,
      );
    }
    await until(() => app.asked.length === 4);
  });

  it("a language", async () => {
    slack.state.locales.set("U0SAME", "da-DK");
    for (const team of ["T1", "T2"]) {
      const channel = slack.channel("im", true, team);
      await slack.say({ channel, text: "550", user: "U0SAME" });
      await answerIn(channel);
      slack.state.locales.set("U0SAME", "fr-FR");
    }
    expect(app.asked.map(({ asker }) => asker.locale)).toEqual(["da-DK", "fr-FR"]);
  });
});
