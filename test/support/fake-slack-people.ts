/** What people in the fake Slack do, delivered to the app as Slack would deliver it. */
import { randomUUID } from "node:crypto";
import { type FakeApi, fileObject } from "./fake-slack-api.ts";
import { type Delivered, type DeliveryKind, findButton } from "./fake-slack-delivery.ts";
import type { FakeChannel, FakeFile, FakeMessage, FakeState } from "./fake-slack-state.ts";
import { asRichText, asSlackText } from "./slack-text.ts";

export interface FakePeople {
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
  /** A person presses the button with this label. */
  press(channel: FakeChannel, message: FakeMessage, label: string, user?: string): Promise<Delivered>;
  interact(payload: Record<string, unknown>, team?: string): Promise<Delivered>;
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

export interface PeopleOptions {
  readonly state: FakeState;
  readonly api: FakeApi;
  readonly origin: string;
  deliver(kind: DeliveryKind, payload: Record<string, unknown>): Promise<Delivered>;
  event(event: Record<string, unknown>, eventId?: string, team?: string): Promise<Delivered>;
  /** Where a delivery of a workspace says that it comes from. */
  sourceOf(team: string): { enterprise: string | null; orgWide: boolean };
}

export function createPeople({ state, api, origin, deliver, event, sourceOf }: PeopleOptions): FakePeople {
  const people: FakePeople = {
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
      const mentioned =
        encoded.includes(`<@${state.workspaces.get(channel.team)?.botUser}>`) && channel.kind !== "im";
      const tell = (told: Record<string, unknown>) => event(told, undefined, channel.team);
      if (channel.botIsMember) deliveries.push(tell(inner));
      if (mentioned && channel.botIsMember) deliveries.push(tell({ ...inner, type: "app_mention" }));
      return { message, deliveries: await Promise.all(deliveries) };
    },
    edit(channel, message, text) {
      const previous = { ...messageEvent(channel, message) };
      message.text = asSlackText(text).replace(/&lt;@(\w+)&gt;/g, "<@$1>");
      message.blocks = text.includes("<@") ? [] : asRichText(text);
      const now = { ...messageEvent(channel, message), edited: { user: message.user, ts: state.nextTs() } };
      return event(changeOf(channel, now, previous), undefined, channel.team);
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
      if (!on) return people.interact({ type: "shortcut", callback_id: callbackId, user, action_ts: "1.1" });
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
      return people.interact(payload, channel.team);
    },
    submit(text) {
      const view = state.views.opened.at(-1) as { callback_id: string; private_metadata: string };
      return people.interact({
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
      return people.interact(payload, channel.team);
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
  };
  return people;
}

export function changeOf(channel: FakeChannel, now: object, previous: object) {
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

export function messageEvent(channel: FakeChannel, { ts, threadTs, user, text, blocks }: FakeMessage) {
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
