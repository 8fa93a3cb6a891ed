/** What every adapter owes: the same question gives the same content, whatever the platform makes of it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../../adapters/terminal/ask.ts";
import { renderAnswer } from "../../adapters/terminal/render.ts";
import { type Answer, plainText, type Section } from "../../src/bot/answer.ts";
import { type Bot, createBot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { createServices } from "../../src/services.ts";
import { type SentActivity, startFakeConnector } from "../support/fake-connector.ts";
import { said, startSlackApp } from "../support/slack-app.ts";
import { teamsMessage } from "../support/teams-activity.ts";
import { startTeamsApp } from "../support/teams-app.ts";

/** A platform on which one can ask the bot and see all that it shows, folded parts too. */
interface Platform {
  ask(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** The bot, and the last answer it gave. */
interface WatchedBot extends Bot {
  last: Answer | null;
}

function watchedBot(): WatchedBot {
  const services = createServices({ dns: [{ address: "127.0.0.1", port: 9 }], knowledge: undefined });
  const bot = createBot({ commands, services });
  return {
    last: null,
    async *answer(request, options) {
      for await (const update of bot.answer(request, options)) {
        if ("answer" in update) this.last = update.answer;
        yield update;
      }
    },
  };
}

const platforms: Record<string, (bot: Bot) => Promise<Platform>> = {
  async terminal(bot) {
    const silent = { show: () => {}, clear: () => {} };
    return {
      async ask(text) {
        const { answer } = await ask(bot, { command: "interpret", text }, silent);
        return renderAnswer(answer, { width: 100, color: false, details: true, numbered: false });
      },
      async stop() {},
    };
  },
  async Slack(bot) {
    const app = await startSlackApp("HTTP", bot);
    return {
      async ask(text) {
        const channel = app.slack.channel("im");
        await app.slack.say({ channel, text });
        await said(channel);
        await settled(() => channel.messages.length);
        const own = channel.messages.filter(({ user }) => user === "U0POSTIE");
        return own.map(({ blocks }) => strings(blocks)).join("\n");
      },
      stop: () => app.close(),
    };
  },
  async Teams(bot) {
    const connector = await startFakeConnector();
    const app = await startTeamsApp(connector, bot);
    return {
      async ask(text) {
        const { body } = await app.post(teamsMessage(app.world, text, { deliveryMode: "expectReplies" }));
        return strings((body.activities as SentActivity[]).map(({ attachments }) => attachments));
      },
      async stop() {
        await app.stop();
        await connector.stop();
      },
    };
  },
};

/** Waits until a count has not changed for a while: a long answer goes on in further messages. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** All text that a payload shows, runs joined as they stand. */
function strings(payload: unknown): string {
  if (Array.isArray(payload)) return payload.map(strings).join("");
  if (typeof payload !== "object" || payload === null) return "";
  return Object.entries(payload)
    .map(([key, value]) => (typeof value === "string" && /^(text|title)$/.test(key) ? value : strings(value)))
    .join("");
}

/** What must be seen of an answer, piece by piece. */
function pieces({ title, summary, sections }: Answer): string[] {
  return [title, plainText(summary), ...sections.flatMap(sectionPieces)].filter((text) => text.trim() !== "");
}

function sectionPieces(section: Section): string[] {
  switch (section.kind) {
    case "text":
      return [plainText(section.text)];
    case "heading":
      return [section.text];
    case "checks":
      return section.rows.flatMap(({ label, detail }) => [label, plainText(detail)]);
    case "facts":
      return section.rows.flatMap(({ label, value }) => [label, plainText(value)]);
    case "list":
      return section.items.map(plainText);
    case "table":
      return [...section.header, ...section.rows.flat().map(plainText)];
    case "code":
      return [section.text, section.caption ?? ""];
    case "details":
      return [section.title, ...section.sections.flatMap(sectionPieces)];
  }
}

/** Platforms break and indent lines as they like, and print a link's address beside it. */
const fold = (text: string) =>
  text
    .replace(/\(https:\S+\)/g, "")
    .replace(/\s+/g, "")
    .toLowerCase();

const PASTED = `This is the mail system at host mail.example.net.

<anna@example.org>: host mx.example.org[192.0.2.25] said: 550 5.1.1
    <anna@example.org>: user unknown & "gone" (in reply to RCPT TO command)`;

describe.each(Object.keys(platforms))("%s", (name) => {
  const bot = watchedBot();
  let platform: Platform;
  beforeAll(async () => {
    platform = await (platforms[name] as (bot: Bot) => Promise<Platform>)(bot);
  });
  afterAll(() => platform.stop());

  test.each([
    "smtp 550",
    "550 5.7.26 @gmail",
    "/smtp 4.7.99",
    "smtp weather tomorrow",
    "smtp 550 @nosuchprovider",
    "mailguide dmarc",
    "mailhelp",
    "checkdomain not a domain",
    'smtp *x* _y_ `z` [t](https://evil.example) <b> & "q"',
    PASTED,
  ])("shows all of the answer to: %s", async (question) => {
    const shown = fold(await platform.ask(question));
    const missing = pieces(bot.last as Answer).filter((piece) => !shown.includes(fold(piece)));
    expect(missing).toEqual([]);
  });
});
