import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Bot } from "../../../src/bot/bot.ts";
import { type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { officialCardProblems } from "../../support/official-cards.ts";
import { inChannel, teamsActivity } from "../../support/teams-activity.ts";
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

type Json = Record<string, unknown>;
interface CardJson extends Json {
  body: Json[];
  actions?: { type: string; title: string; data: Json }[];
}

/** Opens the adapter and sends it invokes as Teams does. */
async function start(bot: Bot) {
  const running = await startTeamsApp(connector, bot);
  app = running;
  return async (name: string, value: object, more: object = {}) => {
    const { status, body } = await running.post(
      teamsActivity(running.world, "invoke", { name, value, ...more }),
    );
    expect(status).toBe(200);
    return body as { task?: { type: string; value: unknown }; composeExtension?: Json };
  };
}

/** The card of a dialog, which must be one that Teams shows. */
function dialogCard({ task }: { task?: { type: string; value: unknown } }): CardJson {
  expect(task?.type).toBe("continue");
  const { card } = (task?.value ?? { card: { content: {} } }) as { card: { content: CardJson } };
  expect(officialCardProblems(card.content)).toEqual([]);
  return card.content;
}

const onMessage = (content: string, contentType = "html") => ({
  commandId: "explainBounce",
  commandContext: "message",
  messagePayload: { id: "1", body: { contentType, content } },
});

const bounceBot = () =>
  recordingBot(({ command, text }) =>
    answerWith(`${command}: ${text.split("\n")[0]}`, {
      followUps: [{ label: "Check partner.example", command: "checkdomain", text: "partner.example" }],
    }),
  );

test("explains the bounce of any message in a dialog", async () => {
  const bot = bounceBot();
  const invoke = await start(bot);
  const card = dialogCard(
    await invoke(
      "composeExtension/fetchTask",
      onMessage("<div><p>550 5.1.1 &lt;a@partner.example&gt;</p><p>unknown user</p></div>"),
    ),
  );
  expect(bot.asked.map(({ command, text, place }) => [command, text, place.private])).toEqual([
    ["bounce", "550 5.1.1 <a@partner.example>\nunknown user", true],
  ]);
  expect(cardText(card)).toContain("bounce: 550 5.1.1");
  expect(card.actions?.map(({ type, title }) => [type, title])).toEqual([
    ["Action.Submit", "Post to chat"],
    ["Action.Submit", "Check partner.example"],
  ]);
});

test("a plain message is taken as it is, and one without text gets a field to paste into", async () => {
  const bot = bounceBot();
  const invoke = await start(bot);
  await invoke("composeExtension/fetchTask", onMessage("550 <a@b.example> &amp;", "text"));
  expect(bot.asked[0]?.text).toBe("550 <a@b.example> &amp;");
  const form = dialogCard(
    await invoke("composeExtension/fetchTask", onMessage("<attachment id='1'></attachment>")),
  );
  expect(form.body.map(({ type }) => type)).toContain("Input.Text");
});

test("'Post to chat' puts the answer into the compose box, for the one who asked only", async () => {
  const invoke = await start(bounceBot());
  const card = dialogCard(await invoke("composeExtension/fetchTask", onMessage("550 5.1.1 unknown")));
  const data = card.actions?.[0]?.data;
  const submit = { commandId: "explainBounce", data };
  const { composeExtension } = await invoke("composeExtension/submitAction", submit);
  expect(composeExtension).toMatchObject({ type: "result", attachmentLayout: "list" });
  const [attachment] = (composeExtension?.attachments ?? []) as { content: CardJson }[];
  expect(cardText(attachment?.content)).toContain("bounce: 550 5.1.1 unknown");
  const other = await invoke("composeExtension/submitAction", submit, {
    from: { id: "29:eve", name: "Eve" },
  });
  expect(cardText(dialogCard(other))).toContain("This answer is not kept any more");
});

test("a follow-up in a dialog is answered there", async () => {
  const bot = bounceBot();
  const invoke = await start(bot);
  const card = dialogCard(await invoke("composeExtension/fetchTask", onMessage("550 5.1.1 unknown")));
  const next = await invoke("composeExtension/submitAction", { data: card.actions?.[1]?.data });
  expect(cardText(dialogCard(next))).toContain("checkdomain: partner.example");
});

test("a slow answer does not keep the dialog waiting and is shown by its button", async () => {
  const bot = recordingBot(async function* () {
    await sleep(2600);
    yield { answer: answerWith("there it is"), outcome: "answered", report: null };
  });
  const invoke = await start(bot);
  const began = performance.now();
  const waiting = dialogCard(await invoke("composeExtension/fetchTask", onMessage("550 5.1.1 unknown")));
  expect(performance.now() - began).toBeLessThan(3000);
  expect(cardText(waiting)).toContain("Still working on it");
  const shown = await invoke("composeExtension/submitAction", { data: waiting.actions?.[0]?.data });
  expect(cardText(dialogCard(shown))).toContain("there it is");
  expect(bot.asked).toHaveLength(1);
});

test("where Teams gives no files, a button opens a field to paste into, whose answer can be posted", async () => {
  const bot = bounceBot();
  const invoke = await start(bot);
  const world = app?.world ?? { serviceUrl: "", appId: "" };
  const attachments = [
    { contentType: "reference", name: "bounce.eml", contentUrl: "https://x.sharepoint.com/b.eml" },
  ];
  await app?.post(
    teamsActivity(world, "message", { ...inChannel(world), text: "<at>Postie</at>", attachments }),
  );
  const [call] = await connector.waitFor(({ activity }) => activity.type === "message");
  const told = call?.activity.attachments?.[0]?.content as CardJson;
  expect(cardText(told)).toContain("bounce.eml");
  expect(told.actions).toEqual([
    { type: "Action.Submit", title: "Paste it here", data: { msteams: { type: "task/fetch" } } },
  ]);
  expect(bot.asked).toEqual([]);

  const form = dialogCard(
    await invoke("task/fetch", { data: {}, context: { theme: "dark" } }, inChannel(world)),
  );
  const empty = await invoke("task/submit", { data: { ...form.actions?.[0]?.data, pasted: "  " } });
  expect(cardText(dialogCard(empty))).toContain("There was nothing in it");
  const pasted = await invoke("task/submit", {
    data: { ...form.actions?.[0]?.data, pasted: "550 5.1.1 gone" },
  });
  const answer = dialogCard(pasted);
  expect(cardText(answer)).toContain("interpret: 550 5.1.1 gone");
  const posted = await invoke("task/submit", { data: answer.actions?.[0]?.data }, inChannel(world));
  expect(posted).toEqual({ task: { type: "message", value: "The answer is in the chat." } });
  await connector.waitFor((each) =>
    cardText(each.activity.attachments?.[0]?.content).includes("550 5.1.1 gone"),
  );
});

test.each([
  ["nothing", {}],
  ["a list", []],
  ["foreign data", { data: { verb: "post", answerKey: "../../etc" } }],
  ["an unknown command", { data: { verb: "ask", command: "rm", text: "x" } }],
])("a dialog that sends %s gets a dialog back", async (_case, value) => {
  const bot = bounceBot();
  const invoke = await start(bot);
  expect(cardText(dialogCard(await invoke("task/submit", value)))).toContain("not kept any more");
  expect(bot.asked).toEqual([]);
});

test("an invoke that Postie does not know is told so", async () => {
  await start(bounceBot());
  const { status } = (await app?.post(
    teamsActivity(app.world, "invoke", { name: "signin/verifyState", value: {} }),
  )) ?? { status: 0 };
  expect(status).toBe(501);
});
