import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { createWatching } from "../../../src/bot/watching.ts";
import { openJobs } from "../../../src/jobs/index.ts";
import { createServices } from "../../../src/services.ts";
import { openStore } from "../../../src/store/index.ts";
import type { FakeChannel } from "../../support/fake-slack-state.ts";
import { aWhile, type Mode, type SlackApp, said, startSlackApp, until } from "../../support/slack-app.ts";

const GMAIL = `Address not found
Your message wasn't delivered to anna@partner.example because the address couldn't be found, or is unable to receive mail.
The response from the remote server was:
550 5.1.1 <anna@partner.example>: Recipient address rejected: User unknown in virtual mailbox table`;

const REPORT = [
  "From: MAILER-DAEMON@mx.example.org",
  "Subject: Undelivered Mail Returned to Sender",
  'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
  "MIME-Version: 1.0",
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "Your mail could not be delivered.",
  "--b",
  "Content-Type: message/delivery-status",
  "",
  "Reporting-MTA: dns; mx.example.org",
  "",
  "Final-Recipient: rfc822; bob@partner.example",
  "Action: failed",
  "Status: 5.2.2",
  "Diagnostic-Code: smtp; 552 5.2.2 Mailbox full",
  "",
  "--b--",
].join("\r\n");

describe.each<Mode>(["HTTP", "Socket Mode"])("Postie itself in Slack by %s", (mode) => {
  let app: SlackApp;
  beforeEach(async () => {
    app = await startSlackApp(
      mode,
      createBot({ commands, services: createServices({ dns: undefined, knowledge: undefined }) }),
    );
  });
  afterEach(async () => {
    await app.close();
    expect(app.slack.state.complaints).toEqual([]);
  });

  it("explains a code", async () => {
    const channel = app.slack.channel();
    await app.slack.command({ command: "/smtp", text: "550 5.7.26 @gmail", channel });
    const [answer] = await said(channel);
    expect(answer?.text).toContain("Gmail could not verify");
  });

  it("reads a bounce that is pasted into a channel, and stays silent on other talk about mail", async () => {
    const channel = app.slack.channel();
    await app.slack.say({
      channel,
      text: "did 550 people come to the 5.7.1 party? mail anna@partner.example",
    });
    const { message } = await app.slack.say({ channel, text: GMAIL });
    const [answer] = await said(channel);
    await aWhile();
    expect(await said(channel)).toHaveLength(1);
    expect(answer?.threadTs).toBe(message.ts);
    expect(JSON.stringify(answer?.blocks)).toContain("anna@partner.example");
  });

  it("reads a bounce that comes as a file, and stays silent on a file that is none", async () => {
    const channel = app.slack.channel();
    const log = app.slack.file({
      name: "notes.txt",
      filetype: "text",
      bytes: Buffer.from("nothing about mail here"),
    });
    await app.slack.say({ channel, text: "", files: [log] });
    const file = app.slack.file({ name: "bounce.eml", filetype: "eml", bytes: Buffer.from(REPORT) });
    const { message } = await app.slack.say({ channel, text: "", files: [file] });
    const [answer] = await said(channel);
    await aWhile();
    expect(await said(channel)).toHaveLength(1);
    expect(answer?.threadTs).toBe(message.ts);
    expect(JSON.stringify(answer?.blocks)).toContain("bob@partner.example");
  });
});

describe("watching from Slack", () => {
  it("is begun by a command or a button where Postie may post, listed, and ended with the channel", async () => {
    const store = await openStore();
    const services = createServices({ dns: undefined, knowledge: undefined });
    const log = pino({ level: "silent" });
    const jobs = await openJobs(store.database, { log });
    const watching = createWatching({ store, services, jobs, log });
    const bot = createBot({ commands, services: { ...services, watching: () => watching } });
    const app = await startSlackApp("HTTP", bot, { store, watching });
    const ask = async (text: string, channel: FakeChannel) => {
      const before = channel.messages.length;
      await app.slack.command({ command: "/watch", text, channel });
      await until(() => channel.messages.length > before);
      return JSON.stringify(channel.messages.at(-1)?.blocks);
    };

    const outside = app.slack.channel("channel", false);
    expect(await ask("partner.example", outside)).toContain("/invite @Postie");
    const channel = app.slack.channel();
    expect(await ask("partner.example", channel)).toContain("Stop");
    expect(await ask("list", channel)).toContain("partner.example");
    expect(await ask("list", outside)).not.toContain("partner.example");
    const added = channel.messages[0];
    if (!added) throw new Error("no answer");
    await app.slack.press(channel, added, "Stop");
    await until(() => channel.messages.length === 3);
    expect(await ask("list", channel)).not.toContain("partner.example");

    await ask("other.example", channel);
    await app.slack.event({ type: "channel_archive", channel: channel.id });
    for (;;) {
      const { watches } = await store.watches.count();
      if (watches === 0) break;
      await aWhile(20);
    }
    expect(app.slack.state.complaints).toEqual([]);
    await app.close();
    await jobs.stop(100);
    await store.close();
  });
});
