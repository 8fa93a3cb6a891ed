/** People in Slack who ask, over signed HTTP, each in a channel of their own and in every way. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { FakeSlack } from "../../support/fake-slack.ts";
import { type DeliveryKind, findButton, postSigned } from "../../support/fake-slack-delivery.ts";
import type { FakeChannel, FakeMessage } from "../../support/fake-slack-state.ts";
import { type Asked, CODE, domainOf, isLive, type Kind, type Seen } from "./asked.ts";

/** When what was not acknowledged is repeated, in milliseconds after the time before: Slack's pauses, shortened. */
const REPEATS_MS = [200, 3_000, 10_000, 15_000, 20_000];

export interface SlackAskers {
  /** Asks; resolves once the platform is through with it. `duplicates`: the same comes once more at the same moment. */
  ask(
    kind: Kind,
    number: number,
    options: { duplicate: boolean },
  ): { asked: Asked; delivered: Promise<void> };
}

/**
 * @param url where deliveries go
 * @param original an answer that has a button
 */
export function createSlackAskers(slack: FakeSlack, url: string, original: FakeMessage): SlackAskers {
  const { state, api } = slack;
  const replies = new WeakMap<Asked, Seen[]>();
  const post = (kind: DeliveryKind, payload: Record<string, unknown>, retry = 0) =>
    postSigned(url, state.signingSecret, kind, payload, retry);

  /** What Slack does not repeat. */
  async function once(
    asked: Asked,
    kind: DeliveryKind,
    payload: Record<string, unknown>,
    duplicate: boolean,
  ) {
    const sent = await Promise.all(Array.from({ length: duplicate ? 2 : 1 }, () => post(kind, payload)));
    const taken = sent.filter(({ status }) => status >= 200 && status < 300);
    if (taken.length > 0) asked.acknowledgedAt = performance.now();
    else asked.failed = true;
    // What an acknowledgement says is shown to whoever asked.
    for (const { body } of taken) if (body) replies.get(asked)?.push({ text: body, at: performance.now() });
  }

  /** An event, until it is acknowledged. */
  async function untilAcknowledged(asked: Asked, event: Record<string, unknown>, duplicate: boolean) {
    const payload = {
      type: "event_callback",
      token: "legacy",
      team_id: state.team,
      api_app_id: "A0POSTIE",
      event,
      event_id: `Ev${randomUUID()}`,
      event_time: Math.floor(Date.now() / 1_000),
      authorizations: [{ enterprise_id: null, team_id: state.team, user_id: state.botUser, is_bot: true }],
    };
    for (const [retry, pause] of [0, ...REPEATS_MS].entries()) {
      await sleep(pause);
      const sent = await Promise.all(
        Array.from({ length: duplicate && retry === 0 ? 2 : 1 }, () => post("events_api", payload, retry)),
      );
      if (sent.every(({ status }) => status < 200 || status >= 300)) continue;
      asked.acknowledgedAt = performance.now();
      return;
    }
    asked.failed = true;
  }

  function say(channel: FakeChannel, user: string, text: string): Record<string, unknown> {
    const message: FakeMessage = { ts: state.nextTs(), user, text, blocks: [], edits: [], versions: [] };
    channel.messages.push(message);
    const { ts } = message;
    return { type: "message", channel: channel.id, channel_type: channel.kind, user, text, ts, event_ts: ts };
  }

  const send: Partial<
    Record<Kind, (asked: Asked, channel: FakeChannel, user: string, duplicate: boolean) => Promise<unknown>>
  > = {
    "slash command": (asked, channel, user, duplicate) =>
      once(asked, "slash_commands", commandOf(slack, channel, user, "/smtp", CODE), duplicate),
    "slash live check": (asked, channel, user, duplicate) =>
      once(
        asked,
        "slash_commands",
        commandOf(slack, channel, user, "/checkdomain", domainOf(asked.number)),
        duplicate,
      ),
    "direct message": (asked, channel, user, duplicate) =>
      untilAcknowledged(
        asked,
        say(channel, user, isLive(asked.number) ? `checkdomain ${domainOf(asked.number)}` : CODE),
        duplicate,
      ),
    async mention(asked, channel, user, duplicate) {
      const event = say(channel, user, `<@${state.botUser}> checkdomain ${domainOf(asked.number)}`);
      // Slack tells of a mention twice, by different events.
      await Promise.all(
        [event, { ...event, type: "app_mention" }].map((one) => untilAcknowledged(asked, one, duplicate)),
      );
    },
    button(asked, channel, user, duplicate) {
      const message = { ...original, ts: state.nextTs(), edits: [], versions: [] };
      channel.messages.push(message);
      const payload = {
        type: "block_actions",
        token: "legacy",
        api_app_id: "A0POSTIE",
        team: { id: state.team, domain: "fake" },
        user: { id: user, team_id: state.team },
        trigger_id: randomUUID(),
        container: { type: "message", message_ts: message.ts, channel_id: channel.id, is_ephemeral: false },
        channel: { id: channel.id, name: "support" },
        message: { ts: message.ts },
        response_url: api.responseUrl({ channel: channel.id, user, original: message }),
        actions: [{ ...findButton(message.blocks, AGAIN), block_id: "b", action_ts: state.nextTs() }],
      };
      return once(asked, "interactive", payload, duplicate);
    },
  };

  return {
    ask(kind, number, { duplicate }) {
      const channel = slack.channel(kind === "direct message" ? "im" : "channel");
      const asked: Asked = {
        number,
        kind,
        sentAt: performance.now(),
        acknowledgedAt: null,
        failed: false,
        seen: () => [...seenIn(channel), ...(replies.get(asked) ?? [])],
      };
      replies.set(asked, []);
      const sending = send[kind];
      if (!sending) throw new Error(`nobody in Slack asks by ${kind}`);
      return { asked, delivered: sending(asked, channel, `UCHAOS${number}X`, duplicate).then(() => {}) };
    },
  };

  /** What Postie said in a channel; the message with the button counts once it has been replaced. */
  function seenIn(channel: FakeChannel) {
    return channel.messages
      .filter(({ user, blocks }) => user === state.botUser && blocks !== original.blocks)
      .map(({ ts, text, edits }) => ({
        text: text.replaceAll("\u2060", ""),
        at: (edits.at(-1) ?? Number(ts) * 1_000) - performance.timeOrigin,
      }));
  }
}

/** The button of an answer to `checkdomain` that asks the same again. */
export const AGAIN = "Check again";

function commandOf(slack: FakeSlack, channel: FakeChannel, user: string, command: string, text: string) {
  return {
    token: "legacy",
    team_id: slack.state.team,
    team_domain: "fake",
    channel_id: channel.id,
    channel_name: "support",
    user_id: user,
    user_name: "anna",
    command,
    text,
    api_app_id: "A0POSTIE",
    is_enterprise_install: "false",
    response_url: slack.api.responseUrl({ channel: channel.id, user }),
    trigger_id: randomUUID(),
  };
}
