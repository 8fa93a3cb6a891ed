/** Postie's Slack adapter running against the fake Slack, by HTTP or by Socket Mode. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { type Logger, pino } from "pino";
import { type SlackAdapter, type SlackOptions, startSlack } from "../../adapters/slack/index.ts";
import type { Answer, Update } from "../../src/bot/answer.ts";
import type { Bot } from "../../src/bot/bot.ts";
import type { Request } from "../../src/bot/request.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { type FakeSlack, startFakeSlack } from "./fake-slack.ts";
import type { FakeChannel, FakeMessage } from "./fake-slack-state.ts";

export type Mode = "HTTP" | "Socket Mode";

export interface SlackApp {
  readonly slack: FakeSlack;
  readonly adapter: SlackAdapter;
  readonly store: Store;
  /** Every question the bot was asked. */
  readonly asked: Request[];
  /** Every line of the log. */
  readonly logged: Record<string, unknown>[];
  /** The address of `POST /slack/events`, in HTTP mode. */
  readonly url: string;
  close(): Promise<void>;
}

/** What a bot of the test says to a question; `null` is silence. */
export type Say = (
  request: Request,
  signal: AbortSignal | undefined,
) => AsyncIterable<Update> | Answer | null;

export interface AppOptions extends Partial<SlackOptions> {
  /** Several instances stand behind one Slack; who gives it closes it. */
  readonly slack?: FakeSlack;
}

export async function startSlackApp(
  mode: Mode,
  say: Say | Bot,
  { slack: given, ...options }: AppOptions = {},
): Promise<SlackApp> {
  const slack = given ?? (await startFakeSlack());
  const store = options.store ?? (await openStore());
  const asked: Request[] = [];
  const logged: Record<string, unknown>[] = [];
  const log: Logger = pino(
    { level: "debug" },
    { write: (line: string) => void logged.push(JSON.parse(line)) },
  );
  const bot: Bot = {
    answer(request, { signal } = {}) {
      asked.push(request);
      return typeof say === "function"
        ? updates(say(request, signal))
        : say.answer(request, signal ? { signal } : {});
    },
  };
  const app = express();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  const { botToken, signingSecret, appToken } = slack.state;
  const adapter = await startSlack({
    bot,
    log,
    ...(options.oauth ? {} : { botToken }),
    apiUrl: slack.apiUrl,
    ...(mode === "HTTP" ? { signingSecret, app } : { appToken }),
    ...options,
    store,
  });
  if (!given) slack.deliverTo(mode === "HTTP" ? url : "sockets");
  return {
    slack,
    adapter,
    store,
    asked,
    logged,
    url,
    async close() {
      await adapter.stop();
      if (!given) await slack.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (!options.store) await store.close();
    },
  };
}

async function* updates(said: ReturnType<Say>): AsyncIterable<Update> {
  if (said === null) return;
  if (Symbol.asyncIterator in said) yield* said;
  else yield { answer: said, outcome: "answered", report: null };
}

export function anAnswer(title: string, more: Partial<Answer> = {}): Answer {
  return {
    title,
    status: "info",
    summary: [{ text: "In short." }],
    sections: [],
    followUps: [],
    sources: [],
    ...more,
  };
}

/** What the app said in a channel, once it said `count` things. */
export async function said(channel: FakeChannel, count = 1): Promise<FakeMessage[]> {
  const own = () => channel.messages.filter(({ user }) => user.startsWith("U0POSTIE"));
  await until(() => own().length >= count);
  return own();
}

export async function until(condition: () => boolean, ms = 8_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Long enough for something that must not happen to have happened. */
export const aWhile = (ms = 150) => new Promise((resolve) => setTimeout(resolve, ms));
