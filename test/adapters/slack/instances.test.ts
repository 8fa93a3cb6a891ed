import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../../src/store/index.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import type { FakeChannel } from "../../support/fake-slack-state.ts";
import {
  anAnswer,
  aWhile,
  type Mode,
  type Say,
  type SlackApp,
  said,
  startSlackApp,
  until,
} from "../../support/slack-app.ts";

const BOUNCE = "550 5.1.1 <secret@example.org>: user unknown";

const yes: Say = (request) => {
  if (request.overheard && !request.text.includes("5.1.1")) return null;
  return anAnswer(`About ${request.command}`);
};
/** Works on it for ever, as an instance that dies meanwhile does. */
const never: Say = async function* () {
  yield { progress: [{ id: "spf", label: "SPF", state: "running" }] };
  await new Promise(() => {});
};

let slack: FakeSlack;
let path: string;
const opened: { close(): Promise<void> }[] = [];
let count = 0;

beforeEach(async () => {
  slack = await startFakeSlack();
  path = join(tmpdir(), `postie-slack-${process.pid}-${++count}.sqlite`);
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
  await slack.close();
  for (const end of ["", "-wal", "-shm", ".key"]) await rm(path + end, { force: true });
  expect(slack.state.complaints).toEqual([]);
});

/** An instance with a store of its own on the same file; one that gives no sign of life counts as dead. */
async function instance(mode: Mode, say: Say, { alive = true } = {}): Promise<SlackApp> {
  const store = await openStore({ path });
  if (alive) await store.instances.beat();
  const app = await startSlackApp(mode, say, { slack, store });
  opened.push(store);
  // One that died does not wait for its answers.
  opened.push(alive ? app : { close: async () => void app.close().catch(() => {}) });
  return app;
}

function asked(...apps: SlackApp[]): number {
  return apps.reduce((sum, app) => sum + app.asked.length, 0);
}

describe("two instances behind one address", () => {
  let first: SlackApp;
  let second: SlackApp;
  beforeEach(async () => {
    first = await instance("HTTP", yes);
    second = await instance("HTTP", yes);
    slack.deliverTo([first.url, second.url]);
  });

  it("answer once what both are given at the same time", async () => {
    const channel = slack.channel("im");
    const event = {
      type: "message",
      channel: channel.id,
      channel_type: "im",
      user: "U0ANNA",
      text: "550",
      ts: slack.state.nextTs(),
    };
    const delivered = await Promise.all(Array.from({ length: 6 }, () => slack.event(event, "Ev1")));
    expect(delivered.every(({ status }) => status === 200)).toBe(true);
    await said(channel);
    await aWhile();
    expect(asked(first, second)).toBe(1);
    expect(await said(channel)).toHaveLength(1);
  });

  it("answer a mention once, of which Slack tells one as a mention and the other as a message", async () => {
    const channel = slack.channel();
    await slack.say({ channel, text: `<@${slack.state.botUser}> 550` });
    await said(channel);
    await aWhile();
    expect(asked(first, second)).toBe(1);
  });

  it("each know the channel's settings that were changed at the other, and share an answer that the other gave", async () => {
    const channel = slack.channel();
    await slack.command({ command: "/smtp", text: "550", channel });
    const [answer] = await said(channel);
    if (!answer) throw new Error("no answer");
    slack.deliverTo(second.asked.length > 0 ? first.url : second.url);
    await slack.press(channel, answer, "Share in channel");
    const [, shared] = await said(channel, 2);
    expect(shared?.onlyFor).toBeUndefined();
    expect(asked(first, second)).toBe(1);

    slack.deliverTo(first.url);
    await slack.command({ command: "/mailhelp", text: "settings", channel });
    const [, , settings] = await said(channel, 3);
    if (!settings) throw new Error("no settings");
    await slack.press(channel, settings, "Off");
    await until(() => settings.edits.length === 1);
    slack.deliverTo(second.url);
    await slack.say({ channel, text: BOUNCE });
    await aWhile();
    expect(asked(first, second)).toBe(1);
  });

  it("take over nothing of each other while both are alive", async () => {
    const slow = await instance("HTTP", async function* () {
      await aWhile(600);
      yield { answer: anAnswer("slow"), outcome: "answered", report: null };
    });
    slack.deliverTo(slow.url);
    const channel = slack.channel("im");
    await slack.say({ channel, text: "550" });
    await second.adapter.takeOver();
    await said(channel);
    await aWhile();
    expect(asked(first, second)).toBe(0);
  });
});

it("instances that Slack reaches by sockets share what comes on any of them", async () => {
  const apps = [await instance("Socket Mode", yes), await instance("Socket Mode", yes)];
  slack.deliverTo("sockets");
  expect(slack.sockets.count()).toBe(4);
  const channel = slack.channel();
  await Promise.all(
    Array.from({ length: 4 }, () => slack.say({ channel, text: `<@${slack.state.botUser}> 550` })),
  );
  await said(channel, 4);
  await aWhile();
  expect(asked(...apps)).toBe(4);
});

describe("what an instance leaves undone when it dies", () => {
  let dead: SlackApp;
  let heir: SlackApp;
  beforeEach(async () => {
    dead = await instance("HTTP", never, { alive: false });
    heir = await instance("HTTP", yes);
    slack.deliverTo(dead.url);
  });

  const takenOver = async (...more: SlackApp[]) => {
    await Promise.all([heir, ...more].map((app) => app.adapter.takeOver()));
  };

  it("is asked again when it holds no mail text", async () => {
    const channel = slack.channel("channel", false);
    await slack.command({ command: "/checkdomain", text: "example.org", channel });
    await until(() => dead.asked.length === 1);
    await takenOver();
    const answers = () => channel.messages.filter(({ text }) => text === "About checkdomain. In short.");
    await until(() => answers().length > 0);
    expect(answers()).toMatchObject([{ onlyFor: "U0ANNA" }]);
    expect(heir.asked).toMatchObject([
      { command: "checkdomain", text: "example.org", id: dead.asked[0]?.id },
    ]);
    await takenOver();
    await aWhile();
    expect(heir.asked).toHaveLength(1);
  });

  it.each(["/bounce", "/smtp"])("is told as interrupted when %s was given mail text", async (command) => {
    const channel = slack.channel("channel", false);
    await slack.command({ command, text: BOUNCE, channel });
    await until(() => dead.asked.length === 1);
    await takenOver();
    await until(() => channel.messages.some(({ text }) => text.includes("was interrupted")));
    expect(channel.messages.at(-1)).toMatchObject({ onlyFor: "U0ANNA" });
    expect(heir.asked).toEqual([]);
  });

  it("is read again where it is a message, and answered in place of the progress that was shown", async () => {
    const channel = slack.channel("im");
    const { message } = await slack.say({ channel, text: BOUNCE });
    const [progress] = await said(channel);
    expect(JSON.stringify(progress?.blocks)).toContain("task_card");
    await aWhile();
    await takenOver();
    await until(() => progress?.text === "About interpret. In short.");
    expect(await said(channel)).toHaveLength(1);
    expect(heir.asked).toMatchObject([{ text: BOUNCE, place: { conversation: channel.id } }]);
    expect(message.text).toContain("secret");
  });

  it("is read again with its files", async () => {
    const channel = slack.channel();
    const file = slack.file({ name: "a.eml", filetype: "eml", bytes: Buffer.from(`${BOUNCE} in a file`) });
    await slack.say({ channel, text: "5.1.1", files: [file] });
    await until(() => dead.asked.length === 1);
    await takenOver();
    await until(() => heir.asked.length === 1);
    expect(heir.asked[0]?.overheard).toBe(true);
    expect(Buffer.from(heir.asked[0]?.files[0]?.bytes ?? []).toString()).toContain("in a file");
  });

  it("is told as interrupted in its thread when the message is gone", async () => {
    const channel = slack.channel();
    const { message } = await slack.say({ channel, text: `<@${slack.state.botUser}> 550` });
    await until(() => dead.asked.length === 1);
    channel.messages.length = 0;
    channel.messages.push({ ...message, text: "…" });
    slack.api.fail("conversations.history", "fatal_error");
    await takenOver();
    const [told] = await said(channel);
    expect(told).toMatchObject({ threadTs: message.ts, text: expect.stringContaining("was interrupted") });
    expect(heir.asked).toEqual([]);
  });

  it("is answered where a reaction, a shortcut, a button and a window asked for it", async () => {
    const channel = slack.channel();
    const { message } = await slack.say({ channel, text: "see 5.7.1", more: { bot_id: "B0OTHER" } });
    await slack.react(channel, message, "incoming_envelope");
    await slack.shortcut("explain_bounce", { channel, message });
    await slack.interact({
      type: "block_actions",
      user: { id: "U0ANNA" },
      container: { type: "view" },
      actions: [{ action_id: "postie_ask_0", value: '{"c":"smtp","t":"550"}', action_ts: "5.5" }],
    });
    await slack.interact({
      type: "view_submission",
      user: { id: "U0BOB" },
      view: {
        callback_id: "ask_postie",
        private_metadata: "null",
        state: { values: { question: { text: { value: "example.org" } } } },
      },
    });
    await until(() => dead.asked.length === 4);
    await takenOver();
    await until(() => heir.asked.length === 4);
    const questions = heir.asked.map(({ command, text }) => `${command} ${text}`);
    expect(questions.sort()).toEqual([
      "bounce see 5.7.1",
      "bounce see 5.7.1",
      "interpret example.org",
      "smtp 550",
    ]);
    await until(() => ["U0ANNA", "U0BOB"].every((user) => slack.state.channels.has(user)));
  });

  it("is shared in the channel as it was given, when the button reached the one that died", async () => {
    slack.deliverTo(heir.url);
    const channel = slack.channel("channel", false);
    await slack.command({ command: "/smtp", text: "550", channel });
    const [answer] = await said(channel);
    if (!answer) throw new Error("no answer");
    const { keptAnswers } = dead.store;
    const looked = Promise.withResolvers<void>();
    Object.assign(keptAnswers, {
      find() {
        looked.resolve();
        return new Promise(() => {});
      },
    });
    slack.deliverTo(dead.url);
    await slack.press(channel, answer, "Share in channel");
    await looked.promise;
    await takenOver();
    const [, shared] = await said(channel, 2);
    expect(shared).toMatchObject({ text: answer.text });
    expect(shared?.onlyFor).toBeUndefined();
    expect(heir.asked).toHaveLength(1);
  });

  it("is given up after three attempts, which is told with an id that is in the log", async () => {
    const channel = slack.channel("channel", false);
    await slack.command({ command: "/checkdomain", text: "example.org", channel });
    await until(() => dead.asked.length === 1);
    for (let attempt = 2; attempt <= 3; attempt += 1) {
      const next = await instance("HTTP", never, { alive: false });
      await next.adapter.takeOver();
      await until(() => next.asked.length === 1);
    }
    await takenOver();
    await until(() => channel.messages.some(({ text }) => text.includes("could not answer this")));
    const id = /error id ([0-9a-f]{8})/.exec(channel.messages.at(-1)?.text ?? "")?.[1];
    expect(heir.logged.some(({ errorId }) => errorId === id)).toBe(true);
    expect(heir.asked).toEqual([]);
  });

  it("is taken over by one of the others only", async () => {
    const third = await instance("HTTP", yes);
    const channels: FakeChannel[] = [];
    for (let index = 0; index < 30; index += 1) {
      const channel = slack.channel("channel", false);
      channels.push(channel);
      await slack.command({ command: "/checkdomain", text: `${index}.example.org`, channel });
    }
    await until(() => dead.asked.length === 30);
    for (let round = 0; round < 3; round += 1) await takenOver(third);
    await until(() => asked(heir, third) === 30);
    await aWhile();
    expect(asked(heir, third)).toBe(30);
    for (const channel of channels)
      expect(channel.messages.filter(({ text }) => text.startsWith("About"))).toHaveLength(1);
  });

  it("is not answered by the dead any more, should it only have slept", async () => {
    const wake = Promise.withResolvers<void>();
    const sleeper = await instance(
      "HTTP",
      async function* () {
        await wake.promise;
        yield { answer: anAnswer("too late"), outcome: "answered", report: null };
      },
      { alive: false },
    );
    slack.deliverTo(sleeper.url);
    const channel = slack.channel("im");
    await slack.say({ channel, text: "550" });
    await until(() => sleeper.asked.length === 1);
    await takenOver();
    await said(channel);
    wake.resolve();
    await aWhile(300);
    expect((await said(channel)).map(({ text }) => text)).toEqual(["About interpret. In short."]);
  });
});

describe("what an instance was just answering when it died", () => {
  let dead: SlackApp;
  let heir: SlackApp;
  /** Posts, and dies before it can note that; or dies before it posts. */
  async function dieAfter(posted: boolean) {
    const store = await openStore({ path });
    opened.push(store);
    const dying: Store = {
      ...store,
      deliveries: {
        ...store.deliveries,
        async take(...given) {
          const delivery = await store.deliveries.take(...given);
          const forever = new Promise<never>(() => {});
          return (
            delivery && {
              ...delivery,
              answering: async () => (await delivery.answering()) && (posted || forever),
              done: () => forever,
            }
          );
        },
      },
    };
    dead = await startSlackApp("HTTP", yes, { slack, store: dying });
    const { adapter } = dead;
    opened.push({ close: async () => void adapter.stop().catch(() => {}) });
    heir = await instance("HTTP", yes);
    slack.deliverTo(dead.url);
  }

  it.each([true, false])(
    "is looked for in the channel, and posted once (posted before: %s)",
    async (posted) => {
      await dieAfter(posted);
      const channel = slack.channel();
      const { message } = await slack.say({ channel, text: `<@${slack.state.botUser}> 550` });
      await slack.say({ channel, text: "lunch?", threadTs: message.ts });
      if (posted) await said(channel);
      else await aWhile(200);
      await heir.adapter.takeOver();
      await said(channel);
      await aWhile(300);
      expect(await said(channel)).toHaveLength(1);
      expect(heir.asked).toHaveLength(posted ? 0 : 1);
      expect(channel.messages.at(-1)?.metadata).toMatchObject({ event_type: "postie_answer" });
      expect(JSON.stringify(channel.messages.at(-1)?.metadata)).not.toContain(channel.id);
    },
  );

  it("is looked for in a direct message, where it has no thread", async () => {
    await dieAfter(true);
    const channel = slack.channel("im");
    await slack.say({ channel, text: "550" });
    await said(channel);
    await heir.adapter.takeOver();
    await aWhile(300);
    expect(await said(channel)).toHaveLength(1);
  });

  it("is not posted again where nobody can look: the asker is told to look", async () => {
    await dieAfter(true);
    const channel = slack.channel("channel", false);
    await slack.command({ command: "/smtp", text: "550", channel });
    await said(channel);
    await heir.adapter.takeOver();
    const [, told] = await said(channel, 2);
    expect(told?.text).toContain("If you see no answer above, ask again");
    expect(told?.onlyFor).toBe("U0ANNA");
    expect(heir.asked).toEqual([]);
  });

  it("is told so in its thread where Slack does not hand out what was said", async () => {
    await dieAfter(true);
    const channel = slack.channel();
    await slack.say({ channel, text: `<@${slack.state.botUser}> 550` });
    await said(channel);
    slack.api.fail("conversations.replies", "missing_scope");
    await heir.adapter.takeOver();
    const [, told] = await said(channel, 2);
    expect(told?.text).toContain("If you see no answer above");
    expect(heir.asked).toEqual([]);
  });
});

describe("what was taken though the store gave no answer", () => {
  it.each([
    ["a slash command, which was told as failed, is left at that", 0],
    ["a message, which Slack may have stopped repeating, is answered", 1],
  ])("%s", async (_, answers) => {
    const first = await instance("HTTP", never, { alive: false });
    const store = await openStore({ path });
    await store.instances.beat();
    opened.push(store);
    const unsure: Store = {
      ...store,
      deliveries: {
        ...store.deliveries,
        takeOver: async (platform) =>
          (await store.deliveries.takeOver(platform)).map((each) => ({ ...each, refused: true })),
      },
    };
    const heir = await startSlackApp("HTTP", yes, { slack, store: unsure });
    opened.push(heir);
    slack.deliverTo(first.url);
    const channel = slack.channel("im");
    if (answers === 0) await slack.command({ command: "/checkdomain", text: "example.org", channel });
    else await slack.say({ channel, text: "example.org" });
    await until(() => first.asked.length === 1);
    await heir.adapter.takeOver();
    await aWhile(300);
    expect(heir.asked).toHaveLength(answers);
  });
});

describe("what is kept of a question for another instance", () => {
  it("holds no mail text, nor what a window can no longer be opened with", async () => {
    const store = await openStore();
    const notes: unknown[] = [];
    const listening: Store = {
      ...store,
      deliveries: {
        ...store.deliveries,
        take(owner, name, note) {
          notes.push(note);
          return store.deliveries.take(owner, name, note);
        },
      },
    };
    const app = await startSlackApp("HTTP", yes, { slack, store: listening });
    opened.push(store, app);
    slack.deliverTo(app.url);
    const channel = slack.channel();
    const { message } = await slack.say({ channel, text: BOUNCE });
    await slack.edit(channel, message, `<@${slack.state.botUser}> ${BOUNCE} again`);
    const file = slack.file({ name: "secret.eml", filetype: "eml", bytes: Buffer.from(BOUNCE) });
    await slack.say({ channel, text: "", files: [file] });
    await slack.react(channel, message, "incoming_envelope");
    await slack.command({ command: "/bounce", text: BOUNCE, channel });
    await slack.command({ command: "/smtp", text: BOUNCE, channel });
    await slack.command({ command: "/checkdomain", text: "secret@example.org", channel });
    await slack.shortcut("explain_bounce", { channel, message });
    await slack.shortcut("ask_postie");
    await until(() => slack.state.views.opened.length === 1);
    await slack.submit(BOUNCE);
    const value = JSON.stringify({ c: "bounce", t: BOUNCE });
    const ask = { action_id: "postie_ask_0", value, action_ts: "6.6" };
    const share = {
      action_id: "postie_share",
      value: JSON.stringify({ k: "key", q: value }),
      action_ts: "7.7",
    };
    for (const action of [ask, share]) {
      await slack.interact({
        type: "block_actions",
        user: { id: "U0ANNA" },
        channel: { id: channel.id },
        response_url: slack.api.responseUrl({ channel: channel.id, user: "U0ANNA" }),
        message: { ts: message.ts, text: BOUNCE },
        actions: [action],
      });
    }
    expect(notes.length).toBeGreaterThanOrEqual(10);
    expect(JSON.stringify(notes)).not.toMatch(/secret|5\.1\.1|trigger_id/);
    await aWhile(300);
  });
});
