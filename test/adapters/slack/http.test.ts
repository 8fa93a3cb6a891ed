import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlackOptions } from "../../../adapters/slack/index.ts";
import { slackSignature } from "../../support/fake-slack-delivery.ts";
import { anAnswer, type Mode, type SlackApp, said, startSlackApp } from "../../support/slack-app.ts";

let app: SlackApp;
beforeAll(async () => {
  app = await startSlackApp("HTTP", () => anAnswer("yes"));
});
afterAll(() => app.close());

const command =
  "command=%2Fsmtp&text=550&team_id=T1&channel_id=C1&user_id=U1&response_url=http%3A%2F%2F127.0.0.1%3A1";
const now = () => Math.floor(Date.now() / 1000);

function send(body: string, headers: Record<string, string>) {
  return fetch(app.url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body,
  });
}

function signed(body: string, timestamp = String(now())) {
  return {
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": slackSignature(app.slack.state.signingSecret, timestamp, body),
  };
}

describe("a request that Slack did not sign", () => {
  it.each<[string, () => Record<string, string>]>([
    ["without a signature", () => ({})],
    ["with a wrong signature", () => ({ ...signed(command), "x-slack-signature": `v0=${"0".repeat(64)}` })],
    ["with a malformed signature", () => ({ ...signed(command), "x-slack-signature": "v0" })],
    ["with the signature of another body", () => signed(`${command}x`)],
    ["with an old timestamp", () => signed(command, String(now() - 301))],
    ["with a timestamp that is no number", () => signed(command, "soon")],
  ])("is refused %s", async (_, headers) => {
    const response = await send(command, headers());
    expect(response.status).toBe(401);
    expect(app.asked).toEqual([]);
  });
});

it("refuses a body above the size limit without reading on", async () => {
  const body = "x".repeat(1024 * 1024 + 1);
  const response = await send(body, signed(body));
  expect(response.status).toBe(413);
});

it("survives signed nonsense", async () => {
  const json = { "content-type": "application/json" };
  const nonsense = [
    "{",
    "null",
    "[]",
    '{"type":"event_callback"}',
    '{"type":"event_callback","event":{"type":"message"}}',
  ];
  const responses = await Promise.all(nonsense.map((body) => send(body, { ...signed(body), ...json })));
  expect(responses.map(({ status }) => status).every((status) => status < 600)).toBe(true);
  const challenge = JSON.stringify({ type: "url_verification", challenge: "c0ffee" });
  const after = await send(challenge, { ...signed(challenge), ...json });
  expect(await after.json()).toEqual({ challenge: "c0ffee" });
});

it("can be reached by Socket Mode at the same time", async () => {
  const both = await startSlackApp("HTTP", () => anAnswer("yes"), { appToken: "xapp-fake-token" });
  const channel = both.slack.channel("im");
  await both.slack.say({ channel, text: "by HTTP" });
  both.slack.deliverTo("sockets");
  await both.slack.say({ channel, text: "by socket" });
  expect(await said(channel, 2)).toHaveLength(2);
  await both.close();
});

it.each<[Mode, Partial<SlackOptions>, string]>([
  [
    "HTTP",
    { botToken: "xoxb-wrong" },
    "SLACK_BOT_TOKEN is refused by Slack (invalid_auth). Example: SLACK_BOT_TOKEN=xoxb-…",
  ],
  [
    "Socket Mode",
    { appToken: "xapp-wrong" },
    "SLACK_APP_TOKEN is refused by Slack (invalid_auth). Example: SLACK_APP_TOKEN=xapp-…",
  ],
])("does not start by %s with a token that Slack refuses, and names it", async (mode, wrong, message) => {
  await expect(startSlackApp(mode, () => null, wrong)).rejects.toThrow(message);
});
