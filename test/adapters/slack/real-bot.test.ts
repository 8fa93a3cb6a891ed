import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { createServices } from "../../../src/services.ts";
import { aWhile, type Mode, type SlackApp, said, startSlackApp } from "../../support/slack-app.ts";

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
