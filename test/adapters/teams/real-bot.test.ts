import { afterAll, beforeAll, expect, test } from "vitest";
import { fitAnswer } from "../../../adapters/teams/fit.ts";
import { cardProblems } from "../../../adapters/teams/validate.ts";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { createServices } from "../../../src/services.ts";
import { type FakeConnector, type SentActivity, startFakeConnector } from "../../support/fake-connector.ts";
import { officialCardProblems } from "../../support/official-cards.ts";
import { realAnswers } from "../../support/real-answers.ts";
import { inChannel, teamsActivity, teamsMessage } from "../../support/teams-activity.ts";
import { cardText, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let app: TeamsApp;
beforeAll(async () => {
  connector = await startFakeConnector();
  const bot = createBot({ commands, services: createServices({ dns: undefined, knowledge: undefined }) });
  app = await startTeamsApp(connector, bot);
});
afterAll(async () => {
  await app.stop();
  await connector.stop();
});

/** The text of the card that a message is answered with. */
async function answerTo(text: string, more: object = {}): Promise<string> {
  const message = teamsMessage(app.world, text, { deliveryMode: "expectReplies", ...more });
  const { body } = await app.post(message);
  const [reply] = body.activities as SentActivity[];
  return cardText(reply?.attachments?.[0]?.content);
}

const NDR = `<div><p>Delivery has failed to these recipients or groups:</p><p><a href="mailto:anna@partner.example">anna@partner.example</a></p>
<p>The email address you entered couldn't be found.</p><table><tr><td><p>Generating server:</p></td><td>mx1.partner.example</td></tr>
<tr><td>Remote server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'</td></tr></table></div>`;

test.each<[string, string, object, RegExp]>([
  ["a command", "/smtp 550 5.7.26 @gmail", {}, /5\.7\.26/],
  ["a bare code", "550", {}, /550/],
  ["a mention in a channel", "<at>Postie</at> smtp 5.1.1", { channel: true }, /5\.1\.1/],
  [
    "a pasted table",
    "",
    { attachments: [{ contentType: "text/html", content: NDR }] },
    /anna@partner\.example/,
  ],
  ["nothing but a mention", "<at>Postie</at>", { channel: true }, /smtp/],
  ["a wrong argument", "smtp 550 @nosuchprovider", {}, /For example/],
  ["nonsense", "smtp weather tomorrow", {}, /weather tomorrow/],
])("answers %s", async (_case, text, fields, expected) => {
  const more = "channel" in fields ? inChannel(app.world) : fields;
  expect(await answerTo(text, more)).toMatch(expected);
});

test("explains a message by the extension, and finds entries by search", async () => {
  const payload = { id: "1", body: { contentType: "html", content: NDR } };
  const value = { commandId: "explainBounce", commandContext: "message", messagePayload: payload };
  const opened = await app.post(
    teamsActivity(app.world, "invoke", { name: "composeExtension/fetchTask", value }),
  );
  expect(JSON.stringify(opened.body)).toContain("anna@partner.example");
  const query = { commandId: "searchKnowledge", parameters: [{ name: "query", value: "mailbox full" }] };
  const found = await app.post(
    teamsActivity(app.world, "invoke", { name: "composeExtension/query", value: query }),
  );
  expect(JSON.stringify(found.body)).toContain("mailbox-full");
});

test("everything that Postie says makes a card that Teams takes", async () => {
  const answers = Object.entries(await realAnswers());
  expect(answers.length).toBeGreaterThan(10);
  for (const [name, answer] of answers) {
    const { card } = fitAnswer(answer);
    expect([name, ...cardProblems(card), ...officialCardProblems({ ...card })]).toEqual([name]);
  }
});
