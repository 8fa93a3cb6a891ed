/**
 * A Slack for tests, over real HTTP and real WebSockets. It refuses what Slack refuses: wrong tokens, invalid blocks,
 * a response_url's sixth use, calls before Retry-After is over. It delivers as Slack does: signed, again with the same
 * event id when nothing acknowledged within 3 s, and the bot's own messages come back to it as events.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createFakeApi, type FakeApi, fileObject } from "./fake-slack-api.ts";
import { type DeliveryKind, findButton, postSigned } from "./fake-slack-delivery.ts";
import { createFakeOAuth, type FakeOAuth } from "./fake-slack-oauth.ts";
import { createFakeSockets, type FakeSockets } from "./fake-slack-socket.ts";
import {
  createState,
  type FakeChannel,
  type FakeFile,
  type FakeMessage,
  type FakeState,
  type FakeWorkspace,
} from "./fake-slack-state.ts";
import { asRichText, asSlackText } from "./slack-text.ts";

export interface Delivered {
  /** The HTTP status of the acknowledgement; 0 when it did not come within 3 s. */
  status: number;
  body: string;
  ms: number;
  attempts: number;
}

export interface FakeSlack {
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
  command(ask: { command: string; text?: string; channel: FakeChannel; user?: string }): Promise<Delivered>;
  /** A person says something; the app is told as Slack would tell it. */
  say(said: Said): Promise<{ message: FakeMessage; deliveries: Delivered[] }>;
  /** The person changes what they said. */
  edit(channel: FakeChannel, message: FakeMessage, text: string): Promise<Delivered>;
  react(channel: FakeChannel, message: FakeMessage, reaction: string, user?: string): Promise<Delivered>;
  /** The person chooses a message shortcut on a message, or a global one without. */
  shortcut(
    callbackId: string,
    on?: { channel: FakeChannel; message: FakeMessage; files?: FakeFile[] },
  ): Promise<Delivered>;
  /** The person fills the last opened window and submits it. */
  submit(text: string): Promise<Delivered>;
  event(event: Record<string, unknown>, eventId?: string, team?: string): Promise<Delivered>;
  /** An event with whatever stands around it. */
  raw(body: Record<string, unknown>): Promise<Delivered>;
  /** The app is removed from a workspace or an organisation: its tokens are revoked and the app is told. */
  uninstall(tenant: string): Promise<Delivered[]>;
  /** A person presses the button with this label. */
  press(channel: FakeChannel, message: FakeMessage, label: string, user?: string): Promise<Delivered>;
  interact(payload: Record<string, unknown>, team?: string): Promise<Delivered>;
  close(): Promise<void>;
}

export interface Said {
  channel: FakeChannel;
  text: string;
  user?: string;
  threadTs?: string;
  files?: FakeFile[];
  /** More fields of the event, such as `bot_id`. */
  more?: Record<string, unknown>;
  /** Without the composed blocks, as from old clients. */
  plain?: boolean;
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
      if (!file) response.writeHead(404).end();
      // Without the token Slack shows its page to sign in.
      else if (!state.tokens.has(token))
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

  const fake: FakeSlack = {
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
    command({ command, text = "", channel, user = "U0ANNA" }) {
      const { enterprise, orgWide } = sourceOf(channel.team);
      return deliver("slash_commands", {
        token: "legacy",
        team_id: channel.team,
        ...(enterprise === null ? {} : { enterprise_id: enterprise }),
        team_domain: "fake",
        channel_id: channel.id,
        channel_name: "support",
        user_id: user,
        user_name: "anna",
        command,
        text: asSlackText(text),
        api_app_id: "A0POSTIE",
        is_enterprise_install: String(orgWide),
        response_url: api.responseUrl({ channel: channel.id, user }),
        trigger_id: randomUUID(),
      });
    },
    async say({ channel, text, user = "U0ANNA", threadTs, files = [], more = {}, plain = false }) {
      const encoded = asSlackText(text).replace(/&lt;@(\w+)&gt;/g, "<@$1>");
      const message: FakeMessage = {
        ts: state.nextTs(),
        user,
        text: encoded,
        blocks: plain || text.includes("<@") ? [] : asRichText(text),
        edits: [],
        versions: [],
        ...(threadTs ? { threadTs } : {}),
      };
      channel.messages.push(message);
      const shared =
        files.length > 0
          ? { subtype: "file_share", files: files.map(({ id }) => fileObject(state, origin, id)) }
          : {};
      message.more = { ...shared, ...more };
      const inner = { ...messageEvent(channel, message), ...message.more };
      const deliveries: Promise<Delivered>[] = [];
      const mentioned = encoded.includes(`<@${botIn(channel.team).botUser}>`) && channel.kind !== "im";
      const tell = (told: Record<string, unknown>) => event(told, undefined, channel.team);
      if (channel.botIsMember) deliveries.push(tell(inner));
      if (mentioned && channel.botIsMember) deliveries.push(tell({ ...inner, type: "app_mention" }));
      return { message, deliveries: await Promise.all(deliveries) };
    },
    event,
    raw: (body) => deliver("events_api", body),
    edit(channel, message, text) {
      const previous = { ...messageEvent(channel, message) };
      message.text = asSlackText(text).replace(/&lt;@(\w+)&gt;/g, "<@$1>");
      message.blocks = text.includes("<@") ? [] : asRichText(text);
      const now = { ...messageEvent(channel, message), edited: { user: message.user, ts: state.nextTs() } };
      return event(changeOf(channel, now, previous), undefined, channel.team);
    },
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
    react(channel, message, reaction, user = "U0ANNA") {
      const reacted = {
        type: "reaction_added",
        user,
        reaction,
        item: { type: "message", channel: channel.id, ts: message.ts },
        item_user: message.user,
        event_ts: state.nextTs(),
      };
      return event(reacted, undefined, channel.team);
    },
    shortcut(callbackId, on) {
      const user = { id: "U0ANNA", team_id: state.team };
      if (!on) return fake.interact({ type: "shortcut", callback_id: callbackId, user, action_ts: "1.1" });
      const { channel, message, files = [] } = on;
      const payload = {
        type: "message_action",
        callback_id: callbackId,
        user,
        channel: { id: channel.id, name: "support" },
        message_ts: message.ts,
        message: {
          ...messageEvent(channel, message),
          ...(files.length > 0 ? { files: files.map(({ id }) => fileObject(state, origin, id)) } : {}),
        },
        response_url: api.responseUrl({ channel: channel.id, user: user.id }),
      };
      return fake.interact(payload, channel.team);
    },
    submit(text) {
      const view = state.views.opened.at(-1) as { callback_id: string; private_metadata: string };
      return fake.interact({
        type: "view_submission",
        user: { id: "U0ANNA", team_id: state.team },
        view: {
          id: "V1",
          type: "modal",
          callback_id: view.callback_id,
          private_metadata: view.private_metadata,
          state: { values: { question: { text: { type: "plain_text_input", value: text } } } },
        },
        response_urls: [],
      });
    },
    press(channel, message, label, user = "U0ANNA") {
      const action = findButton(message.blocks, label);
      if (!action) throw new Error(`no button ${label} in ${JSON.stringify(message.blocks)}`);
      const payload = {
        type: "block_actions",
        user: { id: user, team_id: channel.team },
        container: {
          type: "message",
          message_ts: message.ts,
          channel_id: channel.id,
          is_ephemeral: Boolean(message.onlyFor),
        },
        channel: { id: channel.id, name: "support" },
        ...(message.onlyFor
          ? {}
          : { message: { ts: message.ts, ...(message.threadTs ? { thread_ts: message.threadTs } : {}) } }),
        response_url: api.responseUrl({ channel: channel.id, user, original: message }),
        actions: [{ ...action, block_id: "b", action_ts: state.nextTs() }],
      };
      return fake.interact(payload, channel.team);
    },
    interact(payload, team = state.team) {
      const { enterprise, orgWide } = sourceOf(team);
      return deliver("interactive", {
        token: "legacy",
        api_app_id: "A0POSTIE",
        team: { id: team, domain: "fake" },
        ...(enterprise === null ? {} : { enterprise: { id: enterprise, name: "The Organisation" } }),
        is_enterprise_install: orgWide,
        trigger_id: randomUUID(),
        ...payload,
      });
    },
    async close() {
      targets = [];
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function changeOf(channel: FakeChannel, now: object, previous: object) {
  return {
    type: "message",
    subtype: "message_changed",
    hidden: true,
    channel: channel.id,
    channel_type: channel.kind,
    message: now,
    previous_message: previous,
  };
}

function messageEvent(channel: FakeChannel, { ts, threadTs, user, text, blocks }: FakeMessage) {
  return {
    type: "message",
    channel: channel.id,
    channel_type: channel.kind,
    user,
    text,
    ...(blocks.length > 0 ? { blocks } : {}),
    ts,
    event_ts: ts,
    ...(threadTs ? { thread_ts: threadTs } : {}),
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
