import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { teamsActivity } from "../../support/teams-activity.ts";
import { answerWith, cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let app: TeamsApp | undefined;
beforeAll(async () => {
  connector = await startFakeConnector();
});
afterEach(async () => {
  await app?.stop();
});
afterAll(() => connector.stop());

const matches = [
  { id: "guide:spf", kind: "guide", title: "SPF <explained>", matchedBy: "words" },
  { id: "status:X.7.23", kind: "status", title: "SPF validation failed", matchedBy: "words" },
];

async function start(found = matches) {
  const bot = recordingBot(async function* ({ command, text }) {
    yield {
      answer: answerWith(`${command} ${text}`),
      outcome: "answered",
      report: { query: text, matches: found },
    };
  });
  const running = await startTeamsApp(connector, bot);
  app = running;
  const invoke = async (name: string, value: object) => {
    const { body } = await running.post(teamsActivity(running.world, "invoke", { name, value }));
    return body.composeExtension as {
      type: string;
      text?: string;
      attachments: { content: object; preview?: { content: { title: string; tap: { value: object } } } }[];
    };
  };
  return { bot, invoke };
}

const query = (value: string) => ({ commandId: "searchKnowledge", parameters: [{ name: "query", value }] });

test("lists what fits, and gives the chosen entry in full", async () => {
  const { bot, invoke } = await start();
  const list = await invoke("composeExtension/query", query("spf"));
  expect(bot.asked.map(({ command, text }) => [command, text])).toEqual([["smtp", "spf"]]);
  expect(list.attachments.map(({ content, preview }) => [cardText(content), preview?.content.title])).toEqual(
    [
      ["SPF <explained>\nguide:spf", "SPF ‹explained›"],
      ["SPF validation failed\nstatus:X.7.23", "SPF validation failed"],
    ],
  );
  for (const [index, expected] of ["mailguide guide:spf", "smtp status:X.7.23"].entries()) {
    const chosen = await invoke(
      "composeExtension/selectItem",
      list.attachments[index]?.preview?.content.tap.value ?? {},
    );
    expect(cardText(chosen.attachments[0]?.content)).toContain(expected);
  }
});

test("says when nothing fits, and offers examples before anything is typed", async () => {
  const { invoke } = await start([]);
  expect(await invoke("composeExtension/query", query("weather"))).toEqual({
    type: "message",
    text: 'Nothing fits "weather".',
  });
  const first = { commandId: "searchKnowledge", parameters: [{ name: "initialRun", value: "true" }] };
  const examples = await invoke("composeExtension/query", first);
  expect(examples.attachments.map(({ content }) => cardText(content)).join()).toContain("smtp 550");
});

test("finds the text whatever a client calls it", async () => {
  const { bot, invoke } = await start();
  await invoke("composeExtension/query", { parameters: [{ name: "searchQuery", value: " spf " }] });
  await invoke("composeExtension/query", { parameters: [{ value: "dkim" }] });
  expect(bot.asked.map(({ text }) => text)).toEqual(["spf", "dkim"]);
});
