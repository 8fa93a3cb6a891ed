import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commands } from "../../../src/bot/commands/index.ts";
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

const BOUNCE = `<anna@example.org>: host mx.example.org[192.0.2.1] said:
    550 5.1.1 <anna@example.org>: user unknown & gone (in reply to RCPT TO command)`;

/** A bot that names what it was asked, and knows a bounce by its "550 5.1.1". */
const echo: Say = (request) => {
  if (request.overheard && !request.text.includes("550 5.1.1")) return null;
  return anAnswer(`You asked ${request.command}`, {
    followUps: [{ label: "Explain 5.1.1", command: "smtp", text: "5.1.1" }],
  });
};

describe.each<Mode>(["HTTP", "Socket Mode"])("Slack by %s", (mode) => {
  let app: SlackApp;
  beforeEach(async () => {
    app = await startSlackApp(mode, echo);
  });
  afterEach(async () => {
    await app.close();
    expect(app.slack.state.complaints).toEqual([]);
  });

  it.each(commands.map(({ name }) => name))("answers /%s to the person who asked only", async (name) => {
    const channel = app.slack.channel("channel", false);
    const delivered = await app.slack.command({ command: `/${name}`, text: "example.org & more", channel });
    expect(delivered).toMatchObject({ status: 200, attempts: 1 });
    const [answer] = await said(channel);
    expect(answer).toMatchObject({ onlyFor: "U0ANNA", text: `You asked ${name}. In short.` });
    expect(app.asked).toMatchObject([
      {
        command: name,
        text: "example.org & more",
        place: { platform: "slack", tenant: "T0TEAM", conversation: channel.id, private: true },
        asker: { id: "U0ANNA" },
      },
    ]);
  });

  it("answers a mention once, in a thread below it, though Slack tells of it twice", async () => {
    const channel = app.slack.channel();
    const { message } = await app.slack.say({ channel, text: `<@${app.slack.state.botUser}> smtp 550` });
    const [answer] = await said(channel);
    expect(answer).toMatchObject({ threadTs: message.ts });
    expect(answer?.onlyFor).toBeUndefined();
    await aWhile();
    expect(app.asked).toMatchObject([
      { command: "interpret", text: "smtp 550", place: { thread: message.ts, private: false } },
    ]);
    expect(app.asked[0]?.overheard).toBeUndefined();
  });

  it("answers a direct message in place", async () => {
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "what is 5.7.26?" });
    const [answer] = await said(channel);
    expect(answer?.threadTs).toBeUndefined();
    expect(app.asked).toMatchObject([
      { command: "interpret", text: "what is 5.7.26?", place: { private: true } },
    ]);
  });

  it("answers in the thread in which it was asked", async () => {
    const channel = app.slack.channel("im");
    const { message } = await app.slack.say({ channel, text: "first" });
    await app.slack.say({ channel, text: "second", threadTs: message.ts });
    const answers = await said(channel, 2);
    expect(answers.map(({ threadTs }) => threadTs)).toEqual(expect.arrayContaining([undefined, message.ts]));
  });

  it.each([false, true])(
    "recognises a bounce pasted into a channel and answers it in its thread (plain: %s)",
    async (plain) => {
      const channel = app.slack.channel();
      const { message } = await app.slack.say({ channel, text: BOUNCE, plain });
      const [answer] = await said(channel);
      expect(answer?.threadTs).toBe(message.ts);
      expect(app.asked).toMatchObject([{ overheard: true, text: BOUNCE }]);
    },
  );

  it("is silent on everything else that is said in a channel", async () => {
    const channel = app.slack.channel();
    await app.slack.say({ channel, text: "lunch?" });
    await aWhile();
    expect(app.slack.state.calls.map(({ method }) => method)).not.toContain("chat.postMessage");
  });

  it("never answers bots, itself, or what was not written by a person", async () => {
    const channel = app.slack.channel();
    for (const more of [
      { bot_id: "B0OTHER" },
      { subtype: "bot_message", bot_id: "B0OTHER" },
      { subtype: "channel_join" },
      { user: app.slack.state.botUser },
      { user: undefined },
    ]) {
      await app.slack.say({ channel, text: BOUNCE, more });
    }
    await aWhile();
    expect(app.asked).toEqual([]);
  });

  it("answers a follow-up button where the button is", async () => {
    const channel = app.slack.channel();
    const { message } = await app.slack.say({ channel, text: BOUNCE });
    const [answer] = await said(channel);
    if (!answer) throw new Error("no answer");
    const pressed = await app.slack.press(channel, answer, "Explain 5.1.1");
    expect(pressed.status).toBe(200);
    const [, followUp] = await said(channel, 2);
    expect(followUp?.threadTs).toBe(message.ts);
    expect(app.asked.at(-1)).toMatchObject({ command: "smtp", text: "5.1.1", place: { private: false } });
  });

  it("answers a follow-up of a private answer privately, where the bot is no member", async () => {
    const channel = app.slack.channel("channel", false);
    await app.slack.command({ command: "/smtp", text: "550", channel });
    const [answer] = await said(channel);
    if (!answer) throw new Error("no answer");
    await app.slack.press(channel, answer, "Explain 5.1.1");
    const [, followUp] = await said(channel, 2);
    expect(followUp?.onlyFor).toBe("U0ANNA");
  });

  it("shares a private answer with the channel on request, unchanged", async () => {
    const channel = app.slack.channel("channel", false);
    await app.slack.command({ command: "/smtp", text: "550", channel });
    const [answer] = await said(channel);
    if (!answer) throw new Error("no answer");
    await app.slack.press(channel, answer, "Share in channel");
    const [, shared] = await said(channel, 2);
    expect(shared?.onlyFor).toBeUndefined();
    expect(shared?.text).toBe(answer.text);
    expect(app.asked).toHaveLength(1);
  });

  it.each([
    ["550", "You asked smtp"],
    ["x".repeat(1_950), "This answer is no longer kept"],
  ])(
    "shares an answer that is not kept any more by asking again, if the button knows the question",
    async (text, shown) => {
      const channel = app.slack.channel("channel", false);
      await app.slack.command({ command: "/smtp", text, channel });
      const [answer] = await said(channel);
      if (!answer) throw new Error("no answer");
      answer.blocks = JSON.parse(JSON.stringify(answer.blocks).replace(/(\\"k\\":\\")[^\\]*/, "$1forgotten"));
      await app.slack.press(channel, answer, "Share in channel");
      const [, shared] = await said(channel, 2);
      expect(shared?.text).toContain(shown);
      expect(shared?.onlyFor).toBe(shown.startsWith("You") ? undefined : "U0ANNA");
    },
  );

  it("does not offer to share what is no answer", async () => {
    await app.close();
    app = await startSlackApp(mode, async function* () {
      yield { answer: anAnswer("nothing known"), outcome: "nothing", report: null };
    });
    const channel = app.slack.channel();
    await app.slack.command({ command: "/smtp", text: "weather", channel });
    const [answer] = await said(channel);
    expect(JSON.stringify(answer?.blocks)).not.toContain("Share in channel");
  });

  it("takes a follow-up that checks again as its own button for that", async () => {
    await app.close();
    const followUps = [{ label: "Check again", command: "checkdomain" as const, text: "example.org" }];
    app = await startSlackApp(mode, async function* () {
      yield { progress: [{ id: "spf", label: "SPF", state: "done" }] };
      yield { answer: anAnswer("checked", { followUps }), outcome: "answered", report: null };
    });
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "is example.org all right?" });
    const [answer] = await said(channel);
    if (!answer) throw new Error("no answer");
    expect(JSON.stringify(answer.blocks).match(/Check again/g)).toHaveLength(1);
    await app.slack.press(channel, answer, "Check again");
    await until(() => answer.edits.length > 0);
    expect(app.asked.at(-1)).toMatchObject({ command: "checkdomain", text: "example.org" });
  });

  it("handles each delivery once, however often Slack repeats it", async () => {
    const channel = app.slack.channel("im");
    const event = {
      type: "message",
      channel: channel.id,
      channel_type: "im",
      user: "U0ANNA",
      text: "550",
      ts: "1.1",
    };
    await Promise.all([app.slack.event(event, "Ev1"), app.slack.event(event, "Ev1")]);
    await app.slack.event(event, "Ev1");
    await said(channel);
    await aWhile();
    expect(app.asked).toHaveLength(1);
  });

  it("acknowledges at once, however long the answer takes", async () => {
    await app.close();
    app = await startSlackApp(mode, async function* () {
      await aWhile(1_200);
      yield { answer: anAnswer("at last"), outcome: "answered", report: null };
    });
    const channel = app.slack.channel();
    const delivered = await app.slack.command({ command: "/checkdomain", text: "example.org", channel });
    expect(delivered.status).toBe(200);
    expect(delivered.ms).toBeLessThan(1_000);
    const [answer] = await said(channel);
    expect(answer?.text).toContain("at last");
  });

  it("tells a fault kindly, with an id that is in the log", async () => {
    await app.close();
    app = await startSlackApp(mode, () => {
      throw new TypeError("boom");
    });
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550" });
    const [answer] = await said(channel);
    const id = /error id ([0-9a-f]{8})/.exec(answer?.text ?? "")?.[1];
    expect(id).toBeDefined();
    expect(app.logged.find(({ errorId }) => errorId === id)).toBeDefined();
  });

  it("finishes what is under way when it is stopped", async () => {
    await app.close();
    app = await startSlackApp(mode, async function* () {
      await aWhile(400);
      yield { answer: anAnswer("done before the end"), outcome: "answered", report: null };
    });
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550" });
    await until(() => app.asked.length === 1);
    await app.adapter.stop();
    const [answer] = await said(channel);
    expect(answer?.text).toContain("done before the end");
  });
});
