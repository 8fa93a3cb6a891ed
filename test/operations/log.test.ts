import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { createBot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { createLog } from "../../src/log.ts";
import { finalOf, request } from "../support/requests.ts";

const SECRETS = {
  mail: "Dear Anna, the contract of Tuesday",
  bot: "xoxb-1234567890-abcdefGHIJ",
  rotated: "xoxe.xoxp-1-Mi0yLTEyMzQ1Njc4OTA",
  app: "xapp-1-A0123-4567-89abcdef",
  response: "https://hooks.slack.com/commands/T0123/456/abcdef",
  bearer: "QmVhcmVyIG9mIHNlY3JldHM",
  jwt: "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJwb3N0aWUifQ.c2lnbmF0dXJl",
  database: "postie:hunter22@",
};

/** A log and everything that it wrote. */
function writtenLog() {
  const stream = new PassThrough();
  const lines: string[] = [];
  stream.on("data", (line) => lines.push(String(line)));
  return { log: createLog("debug", stream), text: () => lines.join("") };
}

/** An error as libraries throw them: with all that was sent, in its message and beside it. */
function talkativeError(): Error {
  const { mail, bot, response, bearer, jwt, database } = SECRETS;
  return Object.assign(
    new Error(`POST ${response} failed: "${mail}"\n    at ${mail}`, {
      cause: new Error(`postgres://${database}db: ${mail}`),
    }),
    {
      code: "slack_webapi_platform_error",
      config: { headers: { Authorization: `Bearer ${bearer}` }, data: mail, token: bot },
      request: { body: { text: mail, response_url: response, token: jwt } },
    },
  );
}

function expectNoSecret(text: string) {
  for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret);
}

describe("the log", () => {
  test.each<[string, (log: ReturnType<typeof createLog>) => void]>([
    ["alone", (log) => log.error(talkativeError())],
    ["alone with words", (log) => log.error(talkativeError(), "it failed")],
    ["as err", (log) => log.error({ err: talkativeError() }, "it failed")],
    ["as error", (log) => log.warn({ error: talkativeError(), attempt: 2 }, "it failed")],
    ["in a child", (log) => log.child({ part: "slack" }).error({ reason: talkativeError() }, "it failed")],
  ])("tells an error that is given %s without what it carries", (_how, tell) => {
    const { log, text } = writtenLog();
    tell(log);
    expectNoSecret(text());
    const line = JSON.parse(text());
    expect(JSON.stringify(line)).toContain("slack_webapi_platform_error");
    expect(JSON.stringify(line)).toContain("log.test.ts");
  });

  test("takes tokens, addresses to post to and passwords out of whatever words hold them", () => {
    const { bot, rotated, app, response, bearer, jwt, database } = SECRETS;
    const { log, text } = writtenLog();
    log.warn({ error: `no answer from ${response} with ${bot}, ${rotated}` }, `or with ${app}`);
    log.warn({ error: `Authorization: Bearer ${bearer}`, jwt }, `postgres://${database}127.0.0.1/postie`);
    expectNoSecret(text());
    expect(text()).toContain("127.0.0.1/postie");
    for (const line of text().trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
  });

  test("takes private fields out, however the object around them is nested", () => {
    const { mail, bot, response } = SECRETS;
    const { log, text } = writtenLog();
    log.info({ text: mail, token: bot, response_url: response }, "flat");
    log.info({ event: { text: mail, blocks: [{ text: { text: mail } }] } }, "nested");
    log.info({ a: { b: { c: { text: mail, botToken: bot } } } }, "deep");
    log.info({ a: [{ b: { c: { d: { e: { f: { why: mail } } } } } }] }, "deeper");
    log.info(
      { request: { headers: { Authorization: bot, "Set-Cookie": "a" }, error: talkativeError() } },
      "mixed",
    );
    expectNoSecret(text());
    expect(text()).toContain("flat");
  });

  test("keeps what an operator needs", () => {
    const { log, text } = writtenLog();
    log.info({ command: "smtp", platform: "slack", outcome: "answered", ms: 3, id: "0a1b2c3d" }, "answered");
    expect(JSON.parse(text())).toMatchObject({
      app: "postie",
      command: "smtp",
      platform: "slack",
      outcome: "answered",
      ms: 3,
      id: "0a1b2c3d",
      msg: "answered",
    });
  });

  test("holds nothing of a question whose command failed with the question in its error", async () => {
    const { log, text } = writtenLog();
    const failing = commands.map((command) => ({
      ...command,
      load: async () => async (): Promise<never> => {
        throw talkativeError();
      },
    }));
    const services = {
      knowledge: () => Promise.reject(new Error("not needed")),
      resolver: () => Promise.reject(new Error("not needed")),
      blocklists: () => Promise.reject(new Error("not needed")),
    };
    const bot = createBot({ commands: failing, services, log });
    const { outcome } = await finalOf(bot, request({ command: "bounce", text: SECRETS.mail }));
    expect(outcome).toBe("fault");
    expect(text()).toContain("a command failed");
    expectNoSecret(text());
  });
});
