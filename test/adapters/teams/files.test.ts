import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Call, type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { teamsMessage } from "../../support/teams-activity.ts";
import { cardText, recordingBot, startTeamsApp, type TeamsApp } from "../../support/teams-app.ts";

let connector: FakeConnector;
let files: Server;
let filesUrl: string;
let app: TeamsApp | undefined;
const asked: { url: string | undefined; authorization: string | undefined }[] = [];

beforeAll(async () => {
  connector = await startFakeConnector();
  files = createServer(({ url, headers: { authorization } }, response) => {
    asked.push({ url, authorization });
    if (url === "/moved") response.writeHead(302, { Location: "/bounce.eml" }).end();
    else if (url === "/gone") response.writeHead(404).end();
    else if (url === "/large") response.end(Buffer.alloc(11 * 1024 * 1024));
    else response.end("From: a@example.org\r\n\r\nü");
  });
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  filesUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await app?.stop();
  connector.reset();
  asked.length = 0;
});
afterAll(async () => {
  files.close();
  await connector.stop();
});

const file = (name: string, path: string) => ({
  contentType: "application/vnd.microsoft.teams.file.download.info",
  name,
  content: {
    downloadUrl: path.startsWith("/") ? `${filesUrl}${path}` : path,
    uniqueId: "1",
    fileType: "eml",
  },
});

async function send(text: string, attachments: object[]) {
  const bot = recordingBot();
  app = await startTeamsApp(connector, bot);
  await app.post(teamsMessage(app.world, text, { attachments }));
  const isMessage = ({ activity }: Call) => activity.type === "message";
  await connector.waitFor(isMessage);
  await app.adapter.stop();
  const told = connector.calls
    .filter(isMessage)
    .map(({ activity }) => cardText(activity.attachments?.[0]?.content));
  return { bot, told };
}

test("hands mail files of a personal chat to the bot, fetched without any token", async () => {
  const { bot } = await send("", [file("bounce.eml", "/bounce.eml"), file("b.MSG", "/b")]);
  expect(bot.asked[0]?.files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([
    ["bounce.eml", "From: a@example.org\r\n\r\nü"],
    ["b.MSG", "From: a@example.org\r\n\r\nü"],
  ]);
  expect(asked).toEqual([
    { url: "/bounce.eml", authorization: undefined },
    { url: "/b", authorization: undefined },
  ]);
});

test.each([
  ["another kind of file", "report.pdf", "/bounce.eml", "report.pdf is none of these"],
  ["a file that is gone", "a.eml", "/gone", "could not be downloaded: the answer was 404"],
  ["a file that is elsewhere now", "a.eml", "/moved", "could not be downloaded"],
  ["more than 10 MB", "a.eml", "/large", "is larger than 10 MB"],
  ["a file of a foreign host", "a.eml", "https://evil.example/a.eml", "is not kept where Teams keeps files"],
  ["a file by plain HTTP", "a.eml", "http://x.sharepoint.com/a.eml", "is not kept where Teams keeps files"],
])("says why it cannot read %s, and offers to paste", async (_case, name, path, reason) => {
  const { bot, told } = await send("", [file(name, path)]);
  expect(told.join("\n")).toContain(reason);
  expect(told.join("\n")).toContain("Paste the text of the bounce instead.");
  expect(bot.asked).toEqual([]);
});

test("answers the question even if a file beside it cannot be read", async () => {
  const { bot, told } = await send("smtp 550", [file("picture.png", "/x")]);
  expect(told.join("\n")).toContain("picture.png is none of these");
  expect(bot.asked[0]?.text).toBe("smtp 550");
});
