import { request } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { pino } from "pino";
import { startTeams, type TeamsAdapter, type TeamsOptions } from "../../adapters/teams/index.ts";
import type { Answer, Update } from "../../src/bot/answer.ts";
import type { Bot } from "../../src/bot/bot.ts";
import type { Request } from "../../src/bot/request.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import type { FakeConnector } from "./fake-connector.ts";
import { TENANT, type TeamsWorld } from "./teams-activity.ts";

export interface TeamsApp {
  readonly url: string;
  readonly adapter: TeamsAdapter;
  readonly world: TeamsWorld;
  readonly store: Store;
  /** Everything logged, a JSON object a line. */
  readonly logged: string[];
  /** Posts an activity as Teams does, with a good token unless told otherwise; `null` sends none. */
  post(activity: object, options?: { token?: string | null; headers?: object }): Promise<PostResult>;
  stop(): Promise<void>;
  /** Ends as `kill -9` does, as far as others can see: no sign of life any more, and nothing is left in order. */
  vanish(): Promise<void>;
}

export interface PostResult {
  status: number;
  body: Record<string, unknown>;
}

/**
 * Postie's Teams adapter on a real HTTP server, before a fake Bot Connector.
 * @param given a store is left open by {@link TeamsApp.stop}; otherwise there is one of its own in memory
 */
export async function startTeamsApp(
  connector: FakeConnector,
  bot: Bot,
  given: Partial<TeamsOptions> = {},
): Promise<TeamsApp> {
  const { appId } = connector;
  const logged: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void logged.push(line) });
  const app = express();
  const store = given.store ?? (await openStore());
  await store.instances.beat();
  const teams = await startTeams({
    bot,
    log,
    app,
    store,
    tenants: "all",
    credentials: { appId, type: "UserAssignedMsi", tenantId: TENANT },
    endpoints: { openIdMetadata: connector.openIdMetadata },
    ...given,
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`;

  return {
    url,
    adapter: teams,
    world: { serviceUrl: connector.serviceUrl, appId },
    store,
    logged,
    async post(activity, { token, headers = {} } = {}) {
      const authorization =
        token === null ? {} : { Authorization: `Bearer ${token ?? (await connector.token())}` };
      return postJson(url, activity, { ...authorization, ...headers });
    },
    async stop() {
      await teams.stop();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      if (!given.store) await store.close();
    },
    async vanish() {
      await store.instances.leave();
    },
  };
}

/** `fetch` would not let a test choose the Host header. */
function postJson(url: string, body: object, headers: object): Promise<PostResult> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: { "Content-Type": "application/json", ...headers } };
    const sent = request(url, options, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
    });
    sent.on("error", reject).end(JSON.stringify(body));
  });
}

/** An answer with this title and nothing that is not given. */
export function answerWith(title: string, more: Partial<Answer> = {}): Answer {
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

/** A bot that records what it is asked and answers with what `reply` yields. */
export function recordingBot(
  reply: (request: Request) => AsyncIterable<Update> | Answer = ({ command, text }) =>
    answerWith(`${command}: ${text}`),
): Bot & { asked: Request[] } {
  const asked: Request[] = [];
  return {
    asked,
    async *answer(request) {
      asked.push(request);
      const result = reply(request);
      if ("title" in result) yield { answer: result, outcome: "answered", report: null };
      else yield* result;
    },
  };
}

/** All text of a card or of any part of it, a run a line. */
export function cardText(part: unknown): string {
  if (Array.isArray(part)) return part.map(cardText).filter(Boolean).join("\n");
  if (typeof part !== "object" || part === null) return "";
  const { type, text, inlines, body, items, columns, rows, cells } = part as Record<string, unknown>;
  if (type === "RichTextBlock" && Array.isArray(inlines)) return inlines.map(cardText).join("");
  if (type === "TextRun") return String(text);
  return [body, items, columns, rows, cells].map(cardText).filter(Boolean).join("\n");
}
