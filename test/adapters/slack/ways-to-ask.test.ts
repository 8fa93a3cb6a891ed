import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../../src/store/index.ts";
import {
  anAnswer,
  aWhile,
  type Mode,
  type Say,
  type SlackApp,
  said,
  startSlackApp,
  until,
} from "../../support/slack-app.ts";

const BOUNCE = "550 5.1.1 <anna@example.org>: user unknown";

const echo: Say = (request) => {
  const text = request.text + request.files.map(({ bytes }) => Buffer.from(bytes).toString()).join();
  if (request.overheard && !text.includes("550 5.1.1")) return null;
  return anAnswer(`About ${request.command}`);
};

let app: SlackApp;

describe.each<Mode>(["HTTP", "Socket Mode"])("asking in Slack by %s", (mode) => {
  beforeEach(async () => {
    app = await startSlackApp(mode, echo);
  });
  afterEach(async () => {
    await app.close();
    expect(app.slack.state.complaints).toEqual([]);
  });

  it("with a file: its bytes arrive, fetched with the bot's token", async () => {
    const channel = app.slack.channel("im");
    const bytes = Buffer.from(`From: x\r\n\r\n${BOUNCE} \u00e9`, "latin1");
    const file = app.slack.file({ name: "returned mail.eml", filetype: "eml", bytes });
    await app.slack.say({ channel, text: "", files: [file] });
    await said(channel);
    expect(app.asked[0]?.files).toHaveLength(1);
    expect(app.asked[0]?.files[0]?.name).toBe("returned mail.eml");
    expect(Buffer.from(app.asked[0]?.files[0]?.bytes ?? []).equals(bytes)).toBe(true);
  });

  it("with a snippet that Slack made of a long paste into a channel", async () => {
    const channel = app.slack.channel();
    const file = app.slack.file({
      name: "Untitled",
      filetype: "text",
      mode: "snippet",
      bytes: Buffer.from(BOUNCE),
    });
    const { message } = await app.slack.say({ channel, text: "", files: [file] });
    const [answer] = await said(channel);
    expect(answer?.threadTs).toBe(message.ts);
    expect(app.asked[0]?.overheard).toBe(true);
  });

  it("by sending mail to a channel: Slack's own post of it is read", async () => {
    const channel = app.slack.channel();
    const file = app.slack.file({
      name: "Undelivered",
      filetype: "email",
      mode: "email",
      plain_text: BOUNCE,
      bytes: Buffer.from("<html>"),
    });
    await app.slack.say({ channel, text: "", files: [file], user: "USLACKBOT", more: { bot_id: "B0MAIL" } });
    await said(channel);
    expect(Buffer.from(app.asked[0]?.files[0]?.bytes ?? []).toString()).toBe(BOUNCE);
  });

  it("by forwarding a message", async () => {
    const channel = app.slack.channel("im");
    const attachments = [
      { is_share: true, is_msg_unfurl: true, text: BOUNCE.replace("<", "&lt;").replace(">", "&gt;") },
    ];
    await app.slack.say({ channel, text: "what now?", more: { attachments } });
    await said(channel);
    expect(app.asked[0]?.text).toBe(`what now?\n\n${BOUNCE}`);
  });

  it("by the shortcut on a message of anybody, where the bot is no member", async () => {
    const channel = app.slack.channel("channel", false);
    const { message } = await app.slack.say({ channel, text: BOUNCE, more: { bot_id: "B0OTHER" } });
    expect((await app.slack.shortcut("explain_bounce", { channel, message })).status).toBe(200);
    const [answer] = await said(channel);
    expect(answer?.onlyFor).toBe("U0ANNA");
    expect(app.asked).toMatchObject([{ command: "bounce", text: BOUNCE, place: { private: true } }]);
  });

  it("by a reaction: in the message's thread, once however many react", async () => {
    const channel = app.slack.channel();
    const { message } = await app.slack.say({ channel, text: "see 5.7.1", more: { bot_id: "B0OTHER" } });
    await Promise.all([
      app.slack.react(channel, message, "incoming_envelope"),
      app.slack.react(channel, message, "incoming_envelope", "U0BOB"),
      app.slack.react(channel, message, "tada"),
    ]);
    const [answer] = await said(channel);
    await aWhile();
    expect(answer?.threadTs).toBe(message.ts);
    expect(app.asked).toMatchObject([{ command: "bounce", text: "see 5.7.1" }]);
  });

  it("by a reaction on a reply in a thread", async () => {
    const channel = app.slack.channel();
    const { message } = await app.slack.say({ channel, text: "look" });
    const { message: inThread } = await app.slack.say({ channel, text: "5.7.1", threadTs: message.ts });
    await app.slack.react(channel, inThread, "incoming_envelope");
    const [answer] = await said(channel);
    expect(answer?.threadTs).toBe(message.ts);
    expect(app.asked.at(-1)?.text).toBe("5.7.1");
  });

  it("by a bare mention in a thread: the message above is explained", async () => {
    const channel = app.slack.channel();
    const { message } = await app.slack.say({ channel, text: "see 5.7.1", more: { bot_id: "B0OTHER" } });
    await app.slack.say({ channel, text: `<@${app.slack.state.botUser}>`, threadTs: message.ts });
    const [answer] = await said(channel);
    expect(answer?.threadTs).toBe(message.ts);
    expect(app.asked).toMatchObject([{ command: "bounce", text: "see 5.7.1" }]);
  });

  it("in a window: the answer comes as a direct message", async () => {
    await app.slack.shortcut("ask_postie");
    await until(() => app.slack.state.views.opened.length === 1);
    expect((await app.slack.submit(BOUNCE)).status).toBe(200);
    await until(() => app.slack.state.channels.has("U0ANNA"));
    expect(app.asked).toMatchObject([{ command: "interpret", text: BOUNCE, place: { private: true } }]);
  });

  it("in a window that /bounce opens when nothing was given: the answer comes where it was asked", async () => {
    const channel = app.slack.channel("channel", false);
    await app.slack.command({ command: "/bounce", channel });
    await until(() => app.slack.state.views.opened.length === 1);
    await app.slack.submit(BOUNCE);
    const [answer] = await said(channel);
    expect(answer?.onlyFor).toBe("U0ANNA");
  });

  it("anew by editing the question, but not by Slack's adding a preview to it", async () => {
    const channel = app.slack.channel("im");
    const { message } = await app.slack.say({ channel, text: "smpt 550" });
    await said(channel);
    await app.slack.edit(channel, message, "smtp 550");
    await said(channel, 2);
    await app.slack.edit(channel, message, "smtp 550");
    await aWhile();
    expect(app.asked.map(({ text }) => text)).toEqual(["smpt 550", "smtp 550"]);
  });

  it("by a command that the workspace had to rename", async () => {
    const channel = app.slack.channel();
    await app.slack.command({ command: "/postie-smtp", text: "550", channel });
    await said(channel);
    expect(app.asked[0]?.command).toBe("smtp");
  });

  it("passes the asker's language on", async () => {
    app.slack.state.locales.set("U0DE", "de-DE");
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550", user: "U0DE" });
    await said(channel);
    expect(app.asked[0]?.asker).toEqual({ id: "U0DE", locale: "de-DE" });
  });
});

describe("a file that is not read", () => {
  beforeEach(async () => {
    app = await startSlackApp("HTTP", echo);
  });
  afterEach(() => app.close());

  it("is said to be too large", async () => {
    const channel = app.slack.channel("im");
    const file = app.slack.file({
      name: "big.eml",
      filetype: "eml",
      bytes: Buffer.alloc(10 * 1024 * 1024 + 1),
    });
    await app.slack.say({ channel, text: "", files: [file] });
    const [answer] = await said(channel);
    expect(JSON.stringify(answer?.blocks)).toContain(
      "The file big.eml was not read: it is larger than 10 MB.",
    );
    expect(app.asked).toEqual([]);
  });

  it("is said beside the answer when there is more to the question", async () => {
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550", more: { files: [{ id: "F0GONE", name: "gone.eml" }] } });
    const [answer] = await said(channel);
    expect(JSON.stringify(answer?.blocks)).toContain(
      "The file gone.eml was not read: Slack did not hand it out",
    );
    expect(app.asked[0]?.text).toBe("550");
  });

  it("is said when all files together are too large", async () => {
    const channel = app.slack.channel("im");
    const bytes = Buffer.alloc(9 * 1024 * 1024);
    const files = [1, 2, 3].map((index) => app.slack.file({ name: `${index}.eml`, filetype: "eml", bytes }));
    await app.slack.say({ channel, text: "", files });
    const [answer] = await said(channel);
    expect(app.asked[0]?.files.map(({ name }) => name)).toEqual(["1.eml", "2.eml"]);
    expect(JSON.stringify(answer?.blocks)).toContain(
      "The file 3.eml was not read: the files together are too large",
    );
  });

  it("makes nobody wait for ever: many messages with files are answered in turn", async () => {
    const channel = app.slack.channel("im");
    const file = app.slack.file({ name: "a.eml", filetype: "eml", bytes: Buffer.from("x") });
    await Promise.all(Array.from({ length: 12 }, () => app.slack.say({ channel, text: "", files: [file] })));
    expect(await said(channel, 12)).toHaveLength(12);
  });

  it("is no picture: those are not even fetched", async () => {
    const channel = app.slack.channel("im");
    const file = app.slack.file({ name: "cat.png", filetype: "png", bytes: Buffer.from("png") });
    await app.slack.say({ channel, text: "550", files: [file] });
    await said(channel);
    expect(app.asked[0]?.files).toEqual([]);
  });

  it("is never fetched from elsewhere than Slack, so that the token stays there", async () => {
    const channel = app.slack.channel("im");
    await app.slack.say({
      channel,
      text: "550",
      more: {
        files: [{ id: "F1", name: "x.eml", size: 1, url_private_download: "http://127.0.0.1:9/x.eml" }],
      },
    });
    const [answer] = await said(channel);
    expect(JSON.stringify(answer?.blocks)).toContain("no address to fetch it from");
  });
});

describe("the settings of a channel", () => {
  beforeEach(async () => {
    app = await startSlackApp("HTTP", echo);
  });
  afterEach(async () => {
    await app.close();
    expect(app.slack.state.complaints).toEqual([]);
  });

  async function choose(label: string) {
    const channel = app.slack.channel();
    await app.slack.command({ command: "/mailhelp", text: "settings", channel });
    const [settings] = await said(channel);
    if (!settings) throw new Error("no settings");
    await app.slack.press(channel, settings, label);
    await until(() => settings.edits.length === 1);
    return { channel, settings };
  }

  it("say what is set and are for the person who asked", async () => {
    const { settings } = await choose("Off");
    expect(settings.onlyFor).toBe("U0ANNA");
    expect(settings.text).toContain("says nothing here");
  });

  it("can stop the answers to pasted bounces", async () => {
    const { channel } = await choose("Only when mentioned");
    await app.slack.say({ channel, text: BOUNCE });
    await app.slack.say({ channel, text: `<@${app.slack.state.botUser}> 550` });
    await said(channel, 2);
    expect(app.asked.map(({ text }) => text)).toEqual(["550"]);
  });

  it("outlive a restart in a store that lasts", async () => {
    await app.close();
    const store = await openStore();
    app = await startSlackApp("HTTP", echo, { store });
    const { channel } = await choose("Off");
    await app.close();
    app = await startSlackApp("HTTP", echo, { store });
    app.slack.state.channels.set(channel.id, channel);
    await app.slack.say({ channel, text: BOUNCE });
    await aWhile();
    expect(app.asked).toEqual([]);
  });

  it("can switch the bot off: who mentions it is told, and nobody else", async () => {
    const { channel } = await choose("Off");
    await app.slack.say({ channel, text: BOUNCE });
    await app.slack.say({ channel, text: `<@${app.slack.state.botUser}> 550` });
    const [, note] = await said(channel, 2);
    expect(note).toMatchObject({ onlyFor: "U0ANNA", text: expect.stringContaining("switched off") });
    expect(app.asked).toEqual([]);
    const other = app.slack.channel();
    await app.slack.say({ channel: other, text: BOUNCE });
    await said(other);
  });
});

describe("the Home tab", () => {
  beforeEach(async () => {
    app = await startSlackApp("HTTP", echo);
  });
  afterEach(async () => {
    await app.close();
    expect(app.slack.state.complaints).toEqual([]);
  });

  async function home(): Promise<string> {
    app.slack.state.views.published.clear();
    await app.slack.event({ type: "app_home_opened", user: "U0ANNA", channel: "D1", tab: "home" });
    await until(() => app.slack.state.views.published.has("U0ANNA"));
    return JSON.stringify(app.slack.state.views.published.get("U0ANNA"));
  }

  it("shows the commands, and what this person asked last without mail text", async () => {
    expect(await home()).not.toContain("Your last questions");
    const channel = app.slack.channel("im");
    await app.slack.command({ command: "/smtp", text: "5.7.26", channel });
    await app.slack.command({ command: "/bounce", text: BOUNCE.replace("anna", "secret"), channel });
    await said(channel, 2);
    const view = await home();
    expect(view).toContain("/checkdomain");
    expect(view).toContain("smtp 5.7.26");
    expect(view).toContain("A bounce or message");
    expect(view).not.toContain("secret");
  });

  it("asks by its buttons, with the answer as a direct message", async () => {
    await home();
    const view = app.slack.state.views.published.get("U0ANNA") as {
      blocks: { type: string; elements?: { text: { text: string } }[] }[];
    };
    const button = view.blocks
      .flatMap(({ type, elements }) => (type === "actions" ? (elements ?? []) : []))
      .find(({ text }) => text.text.startsWith("smtp"));
    await app.slack.interact({
      type: "block_actions",
      user: { id: "U0ANNA", team_id: "T0TEAM" },
      container: { type: "view", view_id: "V1" },
      view: { id: "V1", type: "home" },
      actions: [{ ...button, block_id: "b", action_ts: "5.5" }],
    });
    await until(() => (app.slack.state.channels.get("U0ANNA")?.messages.length ?? 0) > 0);
    expect(app.asked[0]).toMatchObject({ command: "smtp", place: { private: true } });
  });
});
