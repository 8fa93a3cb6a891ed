import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../../src/store/index.ts";
import type { FakeSlack } from "../../support/fake-slack.ts";
import type { FakeChannel } from "../../support/fake-slack-state.ts";
import { anAnswer, aWhile, type SlackApp, said, until } from "../../support/slack-app.ts";
import { asked, type Instances, never, openInstances, yes } from "../../support/slack-instances.ts";

const BOUNCE = "550 5.1.1 <secret@example.org>: user unknown";

let instances: Instances;
let slack: FakeSlack;
beforeEach(async () => {
  instances = await openInstances();
  slack = instances.slack;
});
afterEach(async () => {
  await instances.close();
  expect(slack.state.complaints).toEqual([]);
});

describe("what an instance leaves undone when it dies", () => {
  let dead: SlackApp;
  let heir: SlackApp;
  beforeEach(async () => {
    dead = await instances.start("HTTP", never, { alive: false });
    heir = await instances.start("HTTP", yes);
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
      const next = await instances.start("HTTP", never, { alive: false });
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
    const third = await instances.start("HTTP", yes);
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

  it("is taken over as well when it was asked to end, and could not finish in time", async () => {
    const ending = await instances.start("HTTP", async function* (_request, signal) {
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
      yield { answer: anAnswer("half of it"), outcome: "answered", report: null };
    });
    slack.deliverTo(ending.url);
    const channel = slack.channel("channel", false);
    await slack.command({ command: "/checkdomain", text: "example.org", channel });
    await until(() => ending.asked.length === 1);
    await ending.adapter.stop();
    await ending.store.instances.leave();
    await takenOver();
    await said(channel);
    expect((await said(channel)).map(({ text }) => text)).toEqual(["About checkdomain. In short."]);
  });

  it("is not answered by the dead any more, should it only have slept", async () => {
    const wake = Promise.withResolvers<void>();
    const sleeper = await instances.start(
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
    const store = await instances.openStore({ alive: false });
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
    dead = await instances.startOn(dying, yes, { alive: false });
    heir = await instances.start("HTTP", yes);
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
    const first = await instances.start("HTTP", never, { alive: false });
    const store = await instances.openStore();
    const unsure: Store = {
      ...store,
      deliveries: {
        ...store.deliveries,
        takeOver: async (platform) =>
          (await store.deliveries.takeOver(platform)).map((each) => ({ ...each, refused: true })),
      },
    };
    const heir = await instances.startOn(unsure, yes);
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
