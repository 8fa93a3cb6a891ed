/**
 * A Slack for tests, over real HTTP and real WebSockets. It refuses what Slack refuses: wrong tokens, invalid blocks,
 * a response_url's sixth use, calls before Retry-After is over. It delivers as Slack does: signed, again with the same
 * event id when nothing acknowledged within 3 s, and the bot's own messages come back to it as events.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createFakeApi, type FakeApi } from "./fake-slack-api.ts";
import { type Delivered, type DeliveryKind, postSigned } from "./fake-slack-delivery.ts";
import { createFakeOAuth, type FakeOAuth } from "./fake-slack-oauth.ts";
import { changeOf, createPeople, type FakePeople, messageEvent } from "./fake-slack-people.ts";
import { createFakeSockets, type FakeSockets } from "./fake-slack-socket.ts";
import {
  createState,
  type FakeChannel,
  type FakeFile,
  type FakeState,
  type FakeWorkspace,
  reaches,
} from "./fake-slack-state.ts";

export interface FakeSlack extends FakePeople {
  readonly state: FakeState;
  readonly api: FakeApi;
  readonly oauth: FakeOAuth;
  readonly sockets: FakeSockets;
  readonly apiUrl: string;
  /** Where deliveries go: an address for HTTP, several in turn, or the open sockets. */
  deliverTo(target: string | readonly string[] | "sockets"): void;
  /** How long Slack waits before it sends an event again, in milliseconds; at first it does so at once. */
  repeatAfter(ms: number): void;
  /** Another workspace, where the app is not installed yet. */
  workspace(team: string, enterprise?: string): FakeWorkspace;
  channel(kind?: FakeChannel["kind"], botIsMember?: boolean, team?: string): FakeChannel;
  file(file: Omit<FakeFile, "id">): FakeFile;
  event(event: Record<string, unknown>, eventId?: string, team?: string): Promise<Delivered>;
  /** An event with whatever stands around it. */
  raw(body: Record<string, unknown>): Promise<Delivered>;
  /** The app is removed from a workspace or an organisation: its tokens are revoked and the app is told. */
  uninstall(tenant: string): Promise<Delivered[]>;
  close(): Promise<void>;
}

export async function startFakeSlack(): Promise<FakeSlack> {
  const state = createState();
  let origin = "";
  let targets: readonly string[] = [];
  let turn = 0;
  let pauseMs = 0;
  const oauth = createFakeOAuth(state);
  const botIn = (team: string) => state.workspaces.get(team) ?? { botUser: "", botId: "" };
  const api = createFakeApi(
    state,
    oauth,
    () => origin,
    (channel, message, before) => {
      // The bot hears itself, and its own edits.
      const { botId, botUser } = botIn(channel.team);
      const own = {
        bot_id: botId,
        app_id: "A0POSTIE",
        user: botUser,
        text: message.text,
        blocks: message.blocks,
      };
      const now = { ...messageEvent(channel, message), ...own };
      if (targets.length === 0) return;
      const edited = { user: botUser, ts: state.nextTs() };
      const told = before === undefined ? now : changeOf(channel, { ...now, edited }, { text: before });
      void event(told, undefined, channel.team);
    },
  );
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      state.complaints.push(`the fake Slack broke: ${String(error)}`);
      response.writeHead(500).end();
    });
  });
  const sockets = createFakeSockets(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const body = await readBody(request);
    const path = new URL(request.url ?? "/", origin).pathname;
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    if (path.startsWith("/api/")) {
      const result = await api.call(path.slice("/api/".length), token, formArgs(body));
      response.writeHead(result.status, { "content-type": "application/json", ...result.headers });
      response.end(JSON.stringify(result.body));
    } else if (path === "/oauth/v2/authorize") {
      const { status, location } = oauth.authorize(new URL(request.url ?? "/", origin).searchParams);
      response.writeHead(status, location === undefined ? {} : { location }).end();
    } else if (path.startsWith("/response/")) {
      const result = api.respond(path.slice("/response/".length), JSON.parse(body));
      response
        .writeHead(result.status, result.headers)
        .end(typeof result.body === "string" ? result.body : "");
    } else if (path.startsWith("/files/")) {
      const file = state.files.get(path.split("/")[2] ?? "");
      const known = state.tokens.get(token);
      if (!file) response.writeHead(404).end();
      // Without a token that reaches it Slack shows its page to sign in.
      else if (!known || !reaches(state, known, file.team ?? state.team))
        response.writeHead(200, { "content-type": "text/html" }).end("<!DOCTYPE html>Sign in");
      else response.writeHead(200, { "content-type": "application/octet-stream" }).end(file.bytes);
    } else {
      response.writeHead(404).end();
    }
  }

  async function deliver(
    kind: DeliveryKind,
    payload: Record<string, unknown>,
    retry = 0,
  ): Promise<Delivered> {
    const started = performance.now();
    const target = targets[turn++ % targets.length] ?? "";
    const { status, body } =
      target === "sockets"
        ? await sockets.deliver(kind, payload, retry)
        : await postSigned(target, state.signingSecret, kind, payload, retry);
    const done = { status, body, ms: performance.now() - started, attempts: retry + 1 };
    if (status >= 200 && status < 300) return done;
    if (kind !== "events_api" || retry === 3) return done;
    // Slack's repeats come at once, after a minute and after five.
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    return deliver(kind, payload, retry + 1);
  }

  /** Where a delivery says that it comes from. */
  function sourceOf(team: string) {
    const enterprise = state.workspaces.get(team)?.enterprise;
    const orgWide = [...state.tokens.values()].some((token) => token.orgWide && token.tenant === enterprise);
    return { enterprise: enterprise ?? null, orgWide };
  }

  function event(
    inner: Record<string, unknown>,
    eventId = `Ev${randomUUID()}`,
    team = state.team,
  ): Promise<Delivered> {
    const { enterprise, orgWide } = sourceOf(team);
    return deliver("events_api", {
      type: "event_callback",
      token: "legacy",
      team_id: team,
      enterprise_id: enterprise,
      api_app_id: "A0POSTIE",
      event: inner,
      event_id: eventId,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [
        {
          enterprise_id: enterprise,
          team_id: team,
          user_id: botIn(team).botUser,
          is_bot: true,
          is_enterprise_install: orgWide,
        },
      ],
    });
  }

  const people = createPeople({ state, api, origin, deliver, event, sourceOf });
  return {
    state,
    api,
    oauth,
    sockets,
    apiUrl: `${origin}/api/`,
    deliverTo(where) {
      targets = typeof where === "string" ? [where] : where;
    },
    repeatAfter(ms) {
      pauseMs = ms;
    },
    workspace(team, enterprise) {
      const workspace: FakeWorkspace = {
        team,
        name: `Workspace ${team} <b>&amp;`,
        botUser: `U0POSTIE${enterprise ?? team}`,
        botId: `B0POSTIE${enterprise ?? team}`,
        ...(enterprise === undefined ? {} : { enterprise }),
      };
      state.workspaces.set(team, workspace);
      return workspace;
    },
    channel(kind = "channel", botIsMember = true, team = state.team) {
      const id = `${kind === "im" ? "D" : "C"}${randomUUID().slice(0, 8).toUpperCase()}`;
      const channel: FakeChannel = {
        id,
        team,
        kind,
        botIsMember: kind === "im" || botIsMember,
        messages: [],
      };
      state.channels.set(id, channel);
      return channel;
    },
    file(given) {
      const file = { id: `F${randomUUID().slice(0, 8).toUpperCase()}`, ...given };
      state.files.set(file.id, file);
      return file;
    },
    ...people,
    event,
    raw: (body) => deliver("events_api", body),
    async uninstall(tenant) {
      oauth.revoke(tenant);
      const enterprise = [...state.workspaces.values()].some((each) => each.enterprise === tenant);
      const removed = (inner: Record<string, unknown>) =>
        deliver("events_api", {
          type: "event_callback",
          team_id: enterprise ? null : tenant,
          ...(enterprise ? { enterprise_id: tenant, is_enterprise_install: true } : {}),
          api_app_id: "A0POSTIE",
          event: inner,
          event_id: `Ev${randomUUID()}`,
          event_time: Math.floor(Date.now() / 1000),
        });
      const bot = [...state.tokens.values()].find((token) => token.tenant === tenant)?.botUser ?? "";
      return [
        await removed({ type: "app_uninstalled" }),
        await removed({ type: "tokens_revoked", tokens: { oauth: [], bot: [bot] } }),
      ];
    },
    async close() {
      targets = [];
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** The arguments of a Web API call: form fields, of which objects are JSON. */
function formArgs(body: string): Record<string, unknown> {
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([key, value]) => [
      key,
      /^[[{]/.test(value) ? JSON.parse(value) : value,
    ]),
  );
}
