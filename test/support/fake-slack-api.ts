/** The fake Slack's Web API, response urls and files: strict where Slack is. */
import { randomUUID } from "node:crypto";
import { messageProblems, viewProblems } from "../../adapters/slack/validate.ts";
import { channelHistory, threadReplies } from "./fake-slack-history.ts";
import type { FakeOAuth } from "./fake-slack-oauth.ts";
import {
  type FakeChannel,
  type FakeMessage,
  type FakeState,
  type FakeToken,
  reaches,
} from "./fake-slack-state.ts";

export type ApiResult = { status: number; headers?: Record<string, string>; body: unknown };

type Args = Record<string, unknown>;
const ok = (more: object = {}): ApiResult => ({ status: 200, body: { ok: true, ...more } });
const refuse = (error: string): ApiResult => ({ status: 200, body: { ok: false, error } });

export interface FakeApi {
  call(method: string, token: string, args: Args): Promise<ApiResult>;
  /** A url that takes five messages. `original` is the message that holds the pressed button. */
  responseUrl(origin: { channel: string; user: string; original?: FakeMessage }): string;
  respond(id: string, body: Args): ApiResult;
  /** Answers the next calls of a method with 429; calling again too early is a complaint. */
  limit(method: string, retryAfterSeconds: number, times?: number): void;
  /** A Slack that does not know these types of blocks (yet). */
  refuseBlocks(...types: string[]): void;
  /** Refuses a method with an error; `null` ends it. */
  fail(method: string, error: string | null): void;
  /** Does what the next calls of a method ask for, and loses the answer on its way. */
  lose(method: string, times?: number): void;
  /** Ends the 30 minutes of all response urls. */
  expireResponseUrls(): void;
}

interface Limit {
  left: number;
  seconds: number;
  until: number;
}

export function createFakeApi(
  state: FakeState,
  oauth: FakeOAuth,
  origin: () => string,
  /** @param before what an edited message said before */
  onPosted: (channel: FakeChannel, message: FakeMessage, before?: string) => void,
): FakeApi {
  const limits = new Map<string, Limit>();
  const urls = new Map<string, { channel: string; user: string; uses: number; original?: FakeMessage }>();
  const failing = new Map<string, string>();
  const losing = new Map<string, number>();
  let refused: string[] = [];

  function limited(method: string): ApiResult | null {
    const limit = limits.get(method);
    if (!limit) return null;
    // A call that was on its way when the limit was told is no fault.
    const told = limit.until - limit.seconds * 1_000;
    if (Date.now() < limit.until && Date.now() > told + 100)
      state.complaints.push(`${method} was called again before Retry-After was over`);
    if (limit.left === 0) return null;
    limit.left -= 1;
    limit.until = Date.now() + limit.seconds * 1_000;
    return {
      status: 429,
      headers: { "retry-after": String(limit.seconds) },
      body: { ok: false, error: "ratelimited" },
    };
  }

  function checkMessage(args: Args): string | null {
    if (args.metadata !== undefined && !isMetadata(args.metadata)) {
      state.complaints.push("invalid metadata");
      return "invalid_metadata_format";
    }
    if (args.blocks === undefined) return args.text ? null : "no_text";
    if (refused.some((type) => JSON.stringify(args.blocks).includes(`"type":"${type}"`)))
      return "invalid_blocks";
    const problems = messageProblems({ text: args.text, blocks: args.blocks });
    if (problems.length === 0) return null;
    state.complaints.push(`invalid blocks: ${problems.join("; ")}`);
    return "invalid_blocks";
  }

  /** A channel that the token reaches; in which the bot is, for what only members may do. */
  function withChannel(
    args: Args,
    token: FakeToken,
    run: (channel: FakeChannel) => ApiResult,
    { members = true } = {},
  ): ApiResult {
    const channel = findChannel(state, String(args.channel), token);
    if (!channel) return refuse("channel_not_found");
    if (!members || channel.botIsMember) return run(channel);
    return refuse(channel.kind === "channel" ? "not_in_channel" : "channel_not_found");
  }

  const methods: Record<string, (args: Args, token: FakeToken) => ApiResult> = {
    "auth.test": (_, { tenant, orgWide, botUser, botId }) =>
      ok({
        url: "https://fake.slack.com/",
        team_id: tenant,
        user_id: botUser,
        bot_id: botId,
        is_enterprise_install: orgWide,
      }),
    "chat.postMessage": (args, token) =>
      withChannel(args, token, (channel) => {
        if (channel.isArchived) return refuse("is_archived");
        const problem = checkMessage(args);
        if (problem) return refuse(problem);
        if (args.thread_ts && !channel.messages.some(({ ts }) => ts === args.thread_ts))
          return refuse("thread_not_found");
        const message = newMessage(state, args, token.botUser);
        channel.messages.push(message);
        onPosted(channel, message);
        return ok({ channel: channel.id, ts: message.ts });
      }),
    "chat.update": (args, token) =>
      withChannel(args, token, (channel) => {
        const message = channel.messages.find(({ ts }) => ts === args.ts);
        if (!message) return refuse("message_not_found");
        if (message.user !== token.botUser || message.onlyFor) return refuse("cant_update_message");
        const problem = checkMessage(args);
        if (problem) return refuse(problem);
        const before = message.text;
        edit(message, args);
        onPosted(channel, message, before);
        const progress = JSON.stringify(args.blocks).includes('"type":"plan"');
        if (progress && message.edits.length > 1 && Date.now() - (message.edits.at(-2) ?? 0) < 900) {
          state.complaints.push("a message was edited more than once a second");
        }
        return ok({ channel: args.channel, ts: message.ts });
      }),
    "chat.postEphemeral": (args, token) =>
      withChannel(args, token, (channel) => {
        if (!args.text) return refuse("no_text");
        channel.messages.push({ ...newMessage(state, args, token.botUser), onlyFor: String(args.user) });
        return ok({ message_ts: "1.1" });
      }),
    "conversations.info": (args, token) =>
      withChannel(
        args,
        token,
        ({ id, kind, botIsMember, isArchived = false }) => {
          // The app has neither im:read nor mpim:read.
          if (kind === "im" || kind === "mpim") return refuse("missing_scope");
          if (kind === "group" && !botIsMember) return refuse("channel_not_found");
          return ok({ channel: { id, is_channel: true, is_member: botIsMember, is_archived: isArchived } });
        },
        { members: false },
      ),
    "conversations.history": (args, token) =>
      withChannel(args, token, (channel) => channelHistory(channel, args)),
    "conversations.replies": (args, token) =>
      withChannel(args, token, (channel) => threadReplies(channel, args)),
    "users.info": (args) =>
      ok({
        user: {
          id: args.user,
          ...(args.include_locale ? { locale: state.locales.get(String(args.user)) ?? "en-US" } : {}),
        },
      }),
    "files.info": (args) => {
      const file = state.files.get(String(args.file));
      if (!file) return refuse("file_not_found");
      return ok({ file: fileObject(state, origin(), file.id) });
    },
    "views.open": (args) => {
      if (!args.trigger_id) return refuse("invalid_trigger_id");
      const problems = viewProblems(args.view);
      if (problems.length > 0) {
        state.complaints.push(`invalid view: ${problems.join("; ")}`);
        return refuse("invalid_arguments");
      }
      state.views.opened.push(args.view);
      return ok({ view: { id: `V${state.views.opened.length}` } });
    },
    "views.publish": (args) => {
      const problems = viewProblems(args.view);
      if (problems.length > 0) {
        state.complaints.push(`invalid view: ${problems.join("; ")}`);
        return refuse("invalid_arguments");
      }
      state.views.published.set(String(args.user_id), args.view);
      return ok({ view: { id: "V0HOME" } });
    },
    "assistant.threads.setSuggestedPrompts": () => ok(),
  };

  async function callWith(method: string, token: string, args: Args): Promise<ApiResult> {
    if (method === "api.test") return ok();
    if (method === "oauth.v2.access") return oauth.access(args);
    if (method === "apps.connections.open") {
      if (token !== state.appToken) return refuse(token ? "invalid_auth" : "not_authed");
      return ok({ url: `${origin().replace("http", "ws")}/link/?ticket=${randomUUID()}` });
    }
    const known = state.tokens.get(token);
    if (!known) return refuse(token ? "invalid_auth" : "not_authed");
    if (known.revoked) return refuse("account_inactive");
    if (known.expiresAt !== undefined && known.expiresAt <= Date.now()) return refuse("token_expired");
    return methods[method]?.(args, known) ?? refuse("unknown_method");
  }

  return {
    async call(method, token, { token: inBody, ...args }) {
      state.calls.push({ method, args, at: Date.now() });
      if (inBody !== undefined && inBody !== token)
        state.complaints.push("two tokens were sent with one call");
      const error = failing.get(method);
      if (error) return refuse(error);
      const result = limited(method) ?? (await callWith(method, token, args));
      const lost = losing.get(method) ?? 0;
      if (lost > 0) losing.set(method, lost - 1);
      return lost > 0 ? { status: 504, body: "no answer in time" } : result;
    },
    responseUrl(from) {
      const id = randomUUID();
      urls.set(id, { ...from, uses: 0 });
      return `${origin()}/response/${id}`;
    },
    respond(id, body) {
      state.calls.push({ method: "response_url", args: body, at: Date.now() });
      const url = urls.get(id);
      if (!url) return { status: 404, body: "expired_url" };
      const wait = limited("response_url");
      if (wait) return wait;
      url.uses += 1;
      if (url.uses > 5) {
        state.complaints.push("a response_url was used more than 5 times");
        return { status: 404, body: "used_url" };
      }
      const problem = checkMessage(body);
      if (problem) return { status: 400, body: problem };
      // Slack replaces by the url of a pressed button only, not by that of a slash command.
      if (body.replace_original === true && url.original) {
        edit(url.original, body);
        return { status: 200, body: "ok" };
      }
      const channel = state.channels.get(url.channel);
      const message = newMessage(state, body, botOf(state, channel));
      if (body.response_type !== "in_channel") message.onlyFor = url.user;
      channel?.messages.push(message);
      return { status: 200, body: "ok" };
    },
    limit(method, seconds, times = 1) {
      limits.set(method, { left: times, seconds, until: 0 });
    },
    refuseBlocks(...types) {
      refused = types;
    },
    fail: (method, error) => void (error === null ? failing.delete(method) : failing.set(method, error)),
    lose: (method, times = 1) => void losing.set(method, times),
    expireResponseUrls: () => urls.clear(),
  };
}

function botOf(state: FakeState, channel: FakeChannel | undefined): string {
  return state.workspaces.get(channel?.team ?? "")?.botUser ?? state.botUser;
}

/** As Slack wants it: an alphanumeric name and a flat object. */
function isMetadata(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { event_type, event_payload, ...others } = value as Record<string, unknown>;
  return (
    typeof event_type === "string" &&
    /^\w{1,80}$/.test(event_type) &&
    typeof event_payload === "object" &&
    event_payload !== null &&
    Object.keys(others).length === 0
  );
}

/** A message to a person goes to the direct messages with them. */
function findChannel(state: FakeState, id: string, token: FakeToken): FakeChannel | undefined {
  const channel = state.channels.get(id);
  if (channel) return reaches(state, token, channel.team) ? channel : undefined;
  if (!id.startsWith("U")) return undefined;
  const team = token.orgWide ? state.team : token.tenant;
  const direct: FakeChannel = { id, team, kind: "im", botIsMember: true, messages: [] };
  state.channels.set(id, direct);
  return direct;
}

function newMessage(
  state: FakeState,
  { text, blocks, thread_ts, metadata }: Args,
  user: string,
): FakeMessage {
  return {
    ts: state.nextTs(),
    user,
    text: String(text ?? ""),
    blocks: Array.isArray(blocks) ? blocks : [],
    edits: [],
    versions: [],
    ...(metadata === undefined ? {} : { metadata }),
    ...(thread_ts ? { threadTs: String(thread_ts) } : {}),
  };
}

function edit(message: FakeMessage, { text, blocks, metadata }: Args): void {
  message.edits.push(Date.now());
  message.versions.push(message.blocks);
  message.text = String(text ?? "");
  message.blocks = Array.isArray(blocks) ? blocks : [];
  if (metadata !== undefined) message.metadata = metadata;
}

export function fileObject(state: FakeState, origin: string, id: string) {
  const file = state.files.get(id);
  return {
    id,
    name: file?.name,
    title: file?.name,
    filetype: file?.filetype,
    mode: file?.mode ?? "hosted",
    size: file?.bytes.length,
    plain_text: file?.plain_text,
    url_private_download: `${origin}/files/${id}/download/${encodeURIComponent(file?.name ?? "")}`,
  };
}
