import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Bot } from "../../../src/bot/bot.ts";
import { type FakeConnector, type SentActivity, startFakeConnector } from "../../support/fake-connector.ts";
import { inChannel, teamsMessage } from "../../support/teams-activity.ts";
import { answerWith, cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let app: TeamsApp | undefined;
beforeAll(async () => {
  connector = await startFakeConnector();
});
afterEach(async () => {
  await app?.stop();
  connector.reset();
});
afterAll(() => connector.stop());

async function start(bot: Bot): Promise<TeamsApp> {
  app = await startTeamsApp(connector, bot);
  return app;
}

const isMessage = ({ activity, status }: { activity: SentActivity; status: number }) =>
  activity.type === "message" && status < 300;

const html = (content: string) => ({ attachments: [{ contentType: "text/html", content }] });

test.each([
  ["a command with a slash", "/smtp 550", {}, "/smtp 550"],
  ["a command without a slash", "smtp 550", {}, "smtp 550"],
  ["a mention before it", "<at>Postie</at> /smtp 550", inChannel, "/smtp 550"],
  [
    "HTML with a mention",
    "<at>Postie</at> smtp 550",
    html(
      '<div><span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="0">Postie</span>&nbsp;smtp 550</div>',
    ),
    "smtp 550",
  ],
  ["another person's mention", "<at>Postie</at> ask <at>Bert Ba</at>", {}, "ask Bert Ba"],
  [
    "escaped text",
    "550 5.1.1 &lt;anna@example.org&gt; &amp; more",
    {},
    "550 5.1.1 <anna@example.org> & more",
  ],
  [
    "addresses in brackets among HTML",
    "x",
    html("<p>550 <anna@example.org> and &lt;b@c.example&gt;</p>"),
    "550 <anna@example.org> and <b@c.example>",
  ],
  ["plain text with brackets", "550 <anna@example.org> R&amp;D", {}, "550 <anna@example.org> R&amp;D"],
])("asks the bot what was typed: %s", async (_case, text, more, expected) => {
  const bot = recordingBot();
  const { post, world } = await start(bot);
  const fields = typeof more === "function" ? more(world) : more;
  expect(await post(teamsMessage(world, text, fields))).toEqual({ status: 200, body: {} });
  await connector.waitFor(isMessage);
  expect(bot.asked.map((request) => [request.command, request.text])).toEqual([["interpret", expected]]);
});

test("keeps the lines and table rows of a pasted bounce", async () => {
  const bot = recordingBot();
  const { post, world } = await start(bot);
  const pasted = `<p>Delivery has failed to these recipients:</p><p><a href="mailto:anna@partner.example">anna@partner.example</a></p>
    <table><tbody><tr><td><p>Reporting server</p></td><td>mx1.partner.example</td></tr><tr><td>Action</td><td>failed</td></tr></tbody></table>
    <pre>Remote server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found'<br>Original message headers:</pre>`;
  await post(teamsMessage(world, "Delivery has failed anna@partner.example Reporting server", html(pasted)));
  await connector.waitFor(isMessage);
  expect(bot.asked[0]?.text.split("\n")).toEqual([
    "Delivery has failed to these recipients:",
    "anna@partner.example",
    "Reporting server\tmx1.partner.example",
    "Action\tfailed",
    "",
    "Remote server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found'",
    "Original message headers:",
  ]);
});

test("tells the bot who asks, and where", async () => {
  const bot = recordingBot();
  const { post, world } = await start(bot);
  await post(teamsMessage(world, "<at>Postie</at> smtp 550", inChannel(world)));
  await post(teamsMessage(world, "smtp 550"));
  await connector.waitFor(isMessage, 2);
  expect(bot.asked.map(({ place, asker }) => ({ ...place, ...asker }))).toEqual([
    {
      platform: "teams",
      tenant: "72f988bf-0000-4000-8000-00000000aaaa",
      conversation: "19:channel@thread.tacv2",
      thread: "1700000000000",
      private: false,
      id: "0000-anna",
      locale: "en-GB",
    },
    {
      platform: "teams",
      tenant: "72f988bf-0000-4000-8000-00000000aaaa",
      conversation: "a:personal-1",
      private: true,
      id: "0000-anna",
      locale: "en-GB",
    },
  ]);
});

test("gives each question an id of its own, which every line of the log about it carries", async () => {
  const bot = recordingBot();
  const { post, world, logged } = await start(bot);
  await post(teamsMessage(world, "smtp 550"));
  await post(teamsMessage(world, "smtp 551"));
  await connector.waitFor(isMessage, 2);
  const ids = bot.asked.map(({ id }) => id);
  expect(ids.map((id) => /^[0-9a-f]{8}$/.test(id ?? ""))).toEqual([true, true]);
  const told = logged.map((line) => JSON.parse(line).requestId).filter((id) => id !== undefined);
  expect(new Set(told)).toEqual(new Set(ids));
});

test("answers in the thread of the question with a card and a summary beside it", async () => {
  const { post, world } = await start(recordingBot());
  await post(teamsMessage(world, "<at>Postie</at> smtp 550", inChannel(world)));
  const [call] = await connector.waitFor(isMessage);
  expect(call?.conversation).toBe("19:channel@thread.tacv2;messageid=1700000000000");
  expect(call?.activity.summary).toBe("interpret: smtp 550: In short.");
  const card = call?.activity.attachments?.[0]?.content;
  expect(card?.version).toBe("1.5");
  expect(cardText(card)).toContain("interpret: smtp 550");
});

test("hands its replies back in the response when they are expected there", async () => {
  const { post, world } = await start(recordingBot());
  const message = teamsMessage(world, "smtp 550", { deliveryMode: "expectReplies" });
  const { status, body } = await post(message);
  expect(status).toBe(200);
  const [reply, ...others] = body.activities as (SentActivity & { replyToId: string })[];
  expect(others).toEqual([]);
  expect(reply).toMatchObject({ type: "message", replyToId: message.id });
  expect(cardText(reply?.attachments?.[0]?.content)).toContain("interpret: smtp 550");
  expect(connector.calls).toEqual([]);
});

test("drops the repeats of an activity", async () => {
  const bot = recordingBot();
  const { post, world } = await start(bot);
  const message = teamsMessage(world, "smtp 550");
  const statuses = await Promise.all([post(message), post(message), post(message)]);
  await post(teamsMessage(world, "smtp 551"));
  await connector.waitFor(isMessage, 2);
  expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(bot.asked.map(({ text }) => text)).toEqual(["smtp 550", "smtp 551"]);
});

test("runs a button's question and leaves the card as it was", async () => {
  const bot = recordingBot(({ text }) =>
    answerWith(text, {
      followUps: [{ label: "Check example.org", command: "checkdomain", text: "example.org" }],
    }),
  );
  const { post, world } = await start(bot);
  await post(teamsMessage(world, "smtp 550"));
  const [first] = await connector.waitFor(isMessage);
  const actions = first?.activity.attachments?.[0]?.content.actions as {
    data: object;
    fallback: { data: object };
  }[];
  const invoke = {
    type: "invoke",
    name: "adaptiveCard/action",
    value: { action: { type: "Action.Execute", verb: "ask", data: actions[0]?.data } },
  };
  const { status, body } = await post(teamsMessage(world, "", invoke));
  expect([status, body]).toEqual([
    200,
    {
      statusCode: 200,
      type: "application/vnd.microsoft.activity.message",
      value: "Asked: checkdomain example.org",
    },
  ]);
  // A client without universal actions sends the same as a message.
  await post(teamsMessage(world, "", { text: undefined, value: actions[0]?.fallback.data }));
  await connector.waitFor(isMessage, 3);
  expect(bot.asked.slice(1).map(({ command, text }) => [command, text])).toEqual([
    ["checkdomain", "example.org"],
    ["checkdomain", "example.org"],
  ]);
});
