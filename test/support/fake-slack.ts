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
import { createFakeSockets, type FakeSockets } from "./fake-slack-socket.ts";
import {
  createState,
  type FakeChannel,
  type FakeFile,
  type FakeMessage,
  type FakeState,
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
  readonly sockets: FakeSockets;
  readonly apiUrl: string;
  /** Where deliveries go: an address for HTTP, or the open sockets. */
  deliverTo(target: string | "sockets"): void;
  channel(kind?: FakeChannel["kind"], botIsMember?: boolean): FakeChannel;
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
  event(event: Record<string, unknown>, eventId?: string): Promise<Delivered>;
  /** A person presses the button with this label. */
  press(channel: FakeChannel, message: FakeMessage, label: string, user?: string): Promise<Delivered>;
  interact(payload: Record<string, unknown>): Promise<Delivered>;
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
  let target = "";
  const api = createFakeApi(
    state,
    () => origin,
    (channel, message, before) => {
      // The bot hears itself, and its own edits.
      const own = {
        bot_id: state.botId,
        app_id: "A0POSTIE",
        user: state.botUser,
        text: message.text,
        blocks: message.blocks,
      };
      const now = { ...messageEvent(channel, message), ...own };
      if (!target) return;
      if (before === undefined) void event(now);
      else
        void event(
          changeOf(
            channel,
            { ...now, edited: { user: state.botUser, ts: state.nextTs() } },
            { text: before },
          ),
        );
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
      const result = api.call(path.slice("/api/".length), token, formArgs(body));
      response.writeHead(result.status, { "content-type": "application/json", ...result.headers });
      response.end(JSON.stringify(result.body));
    } else if (path.startsWith("/response/")) {
      const result = api.respond(path.slice("/response/".length), JSON.parse(body));
      response
        .writeHead(result.status, result.headers)
        .end(typeof result.body === "string" ? result.body : "");
    } else if (path.startsWith("/files/")) {
      const file = state.files.get(path.split("/")[2] ?? "");
      if (!file) response.writeHead(404).end();
      // Without the token Slack shows its page to sign in.
      else if (token !== state.botToken)
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
    const { status, body } =
      target === "sockets"
        ? await sockets.deliver(kind, payload, retry)
        : await postSigned(target, state.signingSecret, kind, payload, retry);
    const done = { status, body, ms: performance.now() - started, attempts: retry + 1 };
    if (status >= 200 && status < 300) return done;
    // Slack's repeats come at once, after a minute and after five; here they come at once.
    return kind === "events_api" && retry < 3 ? deliver(kind, payload, retry + 1) : done;
  }

  function event(inner: Record<string, unknown>, eventId = `Ev${randomUUID()}`): Promise<Delivered> {
    return deliver("events_api", {
      type: "event_callback",
      token: "legacy",
      team_id: state.team,
      api_app_id: "A0POSTIE",
      event: inner,
      event_id: eventId,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ enterprise_id: null, team_id: state.team, user_id: state.botUser, is_bot: true }],
    });
  }

  const fake: FakeSlack = {
    state,
    api,
    sockets,
    apiUrl: `${origin}/api/`,
    deliverTo(where) {
      target = where;
    },
    channel(kind = "channel", botIsMember = true) {
      const id = `${kind === "im" ? "D" : "C"}${randomUUID().slice(0, 8).toUpperCase()}`;
      const channel: FakeChannel = { id, kind, botIsMember: kind === "im" || botIsMember, messages: [] };
      state.channels.set(id, channel);
      return channel;
    },
    file(given) {
      const file = { id: `F${randomUUID().slice(0, 8).toUpperCase()}`, ...given };
      state.files.set(file.id, file);
      return file;
    },
    command({ command, text = "", channel, user = "U0ANNA" }) {
      return deliver("slash_commands", {
        token: "legacy",
        team_id: state.team,
        team_domain: "fake",
        channel_id: channel.id,
        channel_name: "support",
        user_id: user,
        user_name: "anna",
        command,
        text: asSlackText(text),
        api_app_id: "A0POSTIE",
        is_enterprise_install: "false",
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
      const inner = { ...messageEvent(channel, message), ...shared, ...more };
      const deliveries: Promise<Delivered>[] = [];
      const mentioned = encoded.includes(`<@${state.botUser}>`) && channel.kind !== "im";
      if (channel.botIsMember) deliveries.push(event(inner));
      if (mentioned && channel.botIsMember) deliveries.push(event({ ...inner, type: "app_mention" }));
      return { message, deliveries: await Promise.all(deliveries) };
    },
    event,
    edit(channel, message, text) {
      const previous = { ...messageEvent(channel, message) };
      message.text = asSlackText(text).replace(/&lt;@(\w+)&gt;/g, "<@$1>");
      message.blocks = text.includes("<@") ? [] : asRichText(text);
      const now = { ...messageEvent(channel, message), edited: { user: message.user, ts: state.nextTs() } };
      return event(changeOf(channel, now, previous));
    },
    react(channel, message, reaction, user = "U0ANNA") {
      return event({
        type: "reaction_added",
        user,
        reaction,
        item: { type: "message", channel: channel.id, ts: message.ts },
        item_user: message.user,
        event_ts: state.nextTs(),
      });
    },
    shortcut(callbackId, on) {
      const user = { id: "U0ANNA", team_id: state.team };
      if (!on) return fake.interact({ type: "shortcut", callback_id: callbackId, user, action_ts: "1.1" });
      const { channel, message, files = [] } = on;
      return fake.interact({
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
      });
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
      return fake.interact({
        type: "block_actions",
        user: { id: user, team_id: state.team },
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
      });
    },
    interact(payload) {
      return deliver("interactive", {
        token: "legacy",
        api_app_id: "A0POSTIE",
        team: { id: state.team, domain: "fake" },
        trigger_id: randomUUID(),
        ...payload,
      });
    },
    async close() {
      target = "";
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
