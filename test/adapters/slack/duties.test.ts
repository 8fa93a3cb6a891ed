import { afterEach, describe, expect, it } from "vitest";
import type { Step, Update } from "../../../src/bot/answer.ts";
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

let app: SlackApp;
afterEach(async () => {
  await app.close();
  expect(app.slack.state.complaints).toEqual([]);
});

const yes: Say = () => anAnswer("yes");

/** A check that reports its steps every 100 ms for as long as told. */
const slowly = (ms: number): Say =>
  async function* (): AsyncIterable<Update> {
    for (let time = 0; time < ms; time += 100) {
      const steps: Step[] = ["SPF", "DKIM", "DMARC"].map((label, index) => ({
        id: label,
        label,
        state: time > index * 700 ? "done" : "running",
      }));
      yield { progress: steps };
      await aWhile(100);
    }
    yield { answer: anAnswer("checked"), outcome: "answered", report: null };
  };

describe("the progress of a check", () => {
  it("is one message, edited at most once a second, then replaced by the answer", async () => {
    app = await startSlackApp("HTTP", slowly(3_000));
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "checkdomain example.org" });
    const [message] = await said(channel);
    await until(() => message?.text === "checked. In short.");
    expect(await said(channel)).toHaveLength(1);
    expect(message?.edits.length).toBeGreaterThanOrEqual(2);
    expect(message?.edits.length).toBeLessThanOrEqual(4);
    expect(JSON.stringify(message?.versions[0])).toContain("task_card");
    expect(JSON.stringify(message?.versions)).toContain('"complete"');
  });

  it("is not shown for what is done at once", async () => {
    app = await startSlackApp("HTTP", slowly(300));
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "checkdomain example.org" });
    const [message] = await said(channel);
    expect(message?.text).toBe("checked. In short.");
    expect(message?.edits).toEqual([]);
  });

  it("is one note where messages cannot be replaced, and the answer can be checked again in its place", async () => {
    app = await startSlackApp("HTTP", slowly(1_500));
    const channel = app.slack.channel("channel", false);
    await app.slack.command({ command: "/checkdomain", text: "example.org", channel });
    const [note, answer] = await said(channel, 2);
    expect(note?.text).toContain("Checking example.\u2060org");
    expect(answer?.text).toBe("checked. In short.");
    if (!answer) throw new Error("no answer");
    await app.slack.press(channel, answer, "Check again");
    await until(() => answer.edits.length > 0);
    expect(JSON.stringify(answer.blocks)).toContain("task_card");
    await until(() => answer.text === "checked. In short.");
    expect(await said(channel, 2)).toHaveLength(2);
    expect(app.asked.at(-1)).toMatchObject({ command: "checkdomain", text: "example.org" });
  });

  it("does not keep the answer back when it cannot be shown", async () => {
    app = await startSlackApp("HTTP", slowly(1_500));
    app.slack.api.refuseBlocks("plan");
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "checkdomain example.org" });
    const [message] = await said(channel);
    expect(message?.text).toBe("checked. In short.");
  });
});

describe("Slack's limits", () => {
  it("are waited for as long as Retry-After says", async () => {
    app = await startSlackApp("HTTP", yes);
    app.slack.api.limit("chat.postMessage", 1);
    const channel = app.slack.channel("im");
    const started = Date.now();
    await Promise.all([app.slack.say({ channel, text: "1" }), app.slack.say({ channel, text: "2" })]);
    await said(channel, 2);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_000);
  });

  it("are waited for at a response_url", async () => {
    app = await startSlackApp("HTTP", yes);
    app.slack.api.limit("response_url", 1);
    const channel = app.slack.channel();
    await app.slack.command({ command: "/smtp", text: "550", channel });
    expect(await said(channel)).toHaveLength(1);
  });

  it("of a response_url are kept: the longest answer takes at most five messages", async () => {
    const sections = Array.from({ length: 40 }, () => ({
      kind: "text" as const,
      text: [{ text: "word ".repeat(500) }],
    }));
    app = await startSlackApp("HTTP", () => anAnswer("long", { sections }));
    const channel = app.slack.channel();
    await app.slack.command({ command: "/mailguide", text: "all", channel });
    const messages = await said(channel, 3);
    expect(JSON.stringify(messages.at(-1)?.blocks)).toContain("was left out");
  });

  it("end a response_url: then the answer is lost, which is logged with an id", async () => {
    app = await startSlackApp("HTTP", async function* () {
      await aWhile(200);
      app.slack.api.expireResponseUrls();
      yield { answer: anAnswer("late"), outcome: "answered", report: null };
    });
    await app.slack.command({ command: "/smtp", text: "550", channel: app.slack.channel() });
    await until(() =>
      app.logged.some(({ errorId, msg }) => errorId && String(msg).includes("could not be told")),
    );
  });

  it("of blocks that it does not know are met with simpler ones", async () => {
    const details = {
      kind: "details" as const,
      title: "More",
      sections: [{ kind: "text" as const, text: [{ text: "inside" }] }],
    };
    app = await startSlackApp("HTTP", () => anAnswer("yes", { sections: [details] }));
    app.slack.api.refuseBlocks("container");
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550" });
    const [message] = await said(channel);
    expect(JSON.stringify(message?.blocks)).toContain("inside");
    await app.slack.say({ channel, text: "550" });
    await said(channel, 2);
    expect(app.slack.state.calls.filter(({ method }) => method === "chat.postMessage")).toHaveLength(3);
  });

  it("of blocks at their strictest are met with text", async () => {
    app = await startSlackApp("HTTP", yes);
    app.slack.api.refuseBlocks("header");
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550" });
    const [message] = await said(channel);
    expect(JSON.stringify(message?.blocks)).toContain("In short.");
  });
});

describe("a delivery that could not be handled", () => {
  it("is handled when Slack repeats it", async () => {
    app = await startSlackApp("HTTP", yes);
    app.slack.api.fail("chat.postMessage", "fatal_error");
    const channel = app.slack.channel("im");
    const event = {
      type: "message",
      channel: channel.id,
      channel_type: "im",
      user: "U0ANNA",
      text: "550",
      ts: "1.1",
    };
    await app.slack.event(event, "Ev1");
    await until(() => app.logged.some(({ msg }) => String(msg).includes("could not be told")));
    app.slack.api.fail("chat.postMessage", null);
    await aWhile(50);
    await app.slack.event(event, "Ev1");
    expect(await said(channel)).toHaveLength(1);
  });
});

describe("a button in a channel that the bot has left", () => {
  it("is answered to the person who pressed it", async () => {
    app = await startSlackApp("HTTP", () =>
      anAnswer("yes", { followUps: [{ label: "Explain", command: "smtp", text: "550" }] }),
    );
    const channel = app.slack.channel();
    await app.slack.say({ channel, text: `<@${app.slack.state.botUser}> 550` });
    const [message] = await said(channel);
    channel.botIsMember = false;
    if (!message) throw new Error("no answer");
    await app.slack.press(channel, message, "Explain");
    const [, answer] = await said(channel, 2);
    expect(answer?.onlyFor).toBe("U0ANNA");
  });
});

describe("a deleted message", () => {
  it("is not missed: the answer is posted anew", async () => {
    app = await startSlackApp("HTTP", slowly(1_500));
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "checkdomain example.org" });
    await said(channel);
    channel.messages.length = 0;
    const [message] = await said(channel);
    await until(() => message?.text === "checked. In short.");
  });
});

describe("Socket Mode", () => {
  it("keeps two connections, so that nothing is missed when Slack renews one", async () => {
    app = await startSlackApp("Socket Mode", yes);
    expect(app.slack.sockets.count()).toBe(2);
    const channel = app.slack.channel("im");
    app.slack.sockets.refreshOne();
    for (let index = 0; index < 20; index += 1) await app.slack.say({ channel, text: `${index}` });
    expect(await said(channel, 20)).toHaveLength(20);
    await until(() => app.slack.sockets.count() === 2);
    expect(app.slack.sockets.total()).toBe(3);
  });

  it("comes back when all connections drop", async () => {
    app = await startSlackApp("Socket Mode", yes);
    app.slack.sockets.dropAll();
    await until(() => app.slack.sockets.total() === 4);
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550" });
    await said(channel);
  });

  it("does not end the process when the token is revoked, and says so in the log", async () => {
    app = await startSlackApp("Socket Mode", yes);
    app.slack.api.fail("apps.connections.open", "token_revoked");
    app.slack.sockets.dropAll();
    await until(() =>
      app.logged.some(
        ({ reason, msg }) => msg === "no connection to Slack" && /token_revoked/.test(String(reason)),
      ),
    );
    app.slack.api.fail("apps.connections.open", null);
    await until(() => app.slack.sockets.count() === 2);
  });

  it("closes its connections when it is stopped", async () => {
    app = await startSlackApp("Socket Mode", yes);
    await app.adapter.stop();
    await until(() => app.slack.sockets.count() === 0);
    await aWhile(400);
    expect(app.slack.sockets.total()).toBe(2);
  });
});

describe.each<Mode>(["HTTP", "Socket Mode"])("the log by %s", (mode) => {
  it("holds no mail text and no tokens", async () => {
    app = await startSlackApp(mode, () => {
      throw new Error("nothing to say");
    });
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550 5.1.1 <secret@example.org>" });
    await app.slack.command({ command: "/bounce", text: "secret", channel });
    await said(channel, 2);
    const log = JSON.stringify(app.logged);
    expect(log).not.toMatch(/secret|xoxb|xapp/);
  });
});
