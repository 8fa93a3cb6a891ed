/**
 * One instance of the Slack adapter in a process of its own, with signs of life: `slack-instance.ts STORE API SECRET never|yes`.
 * It sends the address of `POST /slack/events`.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { pino } from "pino";
import { startSlack } from "../../adapters/slack/index.ts";
import type { Bot } from "../../src/bot/bot.ts";
import { startHeartbeat } from "../../src/heartbeat.ts";
import { openStore } from "../../src/store/index.ts";
import { createState } from "./fake-slack-state.ts";

const [path, apiUrl = "", answers] = process.argv.slice(2);
const { botToken, signingSecret } = createState();

const bot: Bot = {
  async *answer({ text }) {
    yield { progress: [{ id: "spf", label: "SPF", state: "running" }] };
    if (answers === "never") await new Promise(() => {});
    const answer = { title: `About ${text}`, status: "ok" as const, summary: [] };
    yield {
      answer: { ...answer, sections: [], followUps: [], sources: [] },
      outcome: "answered",
      report: null,
    };
  },
};

const log = pino({ level: "silent" });
const store = await openStore({ path });
const app = express();
const server = createServer(app);
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const slack = await startSlack({ bot, log, store, app, apiUrl, botToken, signingSecret });
await startHeartbeat({ store, log, takeOver: slack.takeOver });
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events` });
