import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../../src/store/index.ts";
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
import { openStoreThatGoesAway, type StoreThatGoesAway } from "../../support/teams-store.ts";

const AWAY = "Postie cannot reach its store right now, so nothing was checked. Ask again in a minute.";
const yes: Say = () => anAnswer("yes", { followUps: [{ label: "Explain", command: "smtp", text: "550" }] });

let app: SlackApp;

describe.each<Mode>(["HTTP", "Socket Mode"])("while the store is away, by %s", (mode) => {
  let away: StoreThatGoesAway;
  beforeEach(async () => {
    away = await openStoreThatGoesAway();
    app = await startSlackApp(mode, yes, { store: away.store });
  });
  afterEach(async () => {
    await app.close();
    await away.store.close();
    expect(app.slack.state.complaints).toEqual([]);
  });

  it("a message is not acknowledged, so that Slack sends it again, and is answered once the store is back", async () => {
    const channel = app.slack.channel("im");
    away.goAway();
    app.slack.repeatAfter(400);
    const saying = app.slack.say({ channel, text: "550" });
    await aWhile(300);
    expect(app.asked).toEqual([]);
    away.comeBack();
    const { deliveries } = await saying;
    expect(deliveries[0]?.status).toBe(200);
    expect(deliveries[0]?.attempts).toBeGreaterThan(1);
    await said(channel);
    await aWhile(300);
    expect(app.asked).toHaveLength(1);
    expect(await said(channel)).toHaveLength(1);
  });

  it("a slash command is told at once that nothing was checked, and is not answered later", async () => {
    const channel = app.slack.channel("channel", false);
    away.goAway();
    const delivered = await app.slack.command({ command: "/smtp", text: "550", channel });
    expect(delivered).toMatchObject({ status: 200, attempts: 1 });
    expect(JSON.parse(delivered.body)).toEqual({ response_type: "ephemeral", text: AWAY });
    away.comeBack();
    await app.adapter.takeOver();
    await aWhile(300);
    expect(app.asked).toEqual([]);
    expect(channel.messages).toEqual([]);
  });

  it("who pressed a button is told so, beside the message with the button", async () => {
    const channel = app.slack.channel("channel", false);
    await app.slack.command({ command: "/smtp", text: "550", channel });
    const [answer] = await said(channel);
    if (!answer) throw new Error("no answer");
    away.goAway();
    expect((await app.slack.press(channel, answer, "Explain")).status).toBe(200);
    const [, told] = await said(channel, 2);
    expect(told).toMatchObject({ text: AWAY, onlyFor: "U0ANNA" });
    expect(app.asked).toHaveLength(1);
  });

  it("a window stays open with what was typed in it", async () => {
    await app.slack.shortcut("ask_postie");
    await until(() => app.slack.state.views.opened.length === 1);
    away.goAway();
    const delivered = await app.slack.submit("550");
    expect(JSON.parse(delivered.body)).toEqual({
      response_action: "errors",
      errors: { question: AWAY },
    });
    away.comeBack();
    await app.slack.submit("550");
    await until(() => app.asked.length === 1);
  });

  it("who chose a shortcut that opens a window is told in a direct message", async () => {
    away.goAway();
    expect((await app.slack.shortcut("ask_postie")).status).toBe(200);
    await until(() => app.slack.state.channels.has("U0ANNA"));
    expect(app.slack.state.channels.get("U0ANNA")?.messages).toMatchObject([{ text: AWAY }]);
    expect(app.slack.state.views.opened).toEqual([]);
  });

  it("an answer that is ready waits for it, and is then posted once", async () => {
    await app.close();
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    app = await startSlackApp(
      mode,
      async function* () {
        asked.resolve();
        await goOn.promise;
        yield { answer: anAnswer("at last"), outcome: "answered", report: null };
      },
      { store: away.store },
    );
    const channel = app.slack.channel("im");
    await app.slack.say({ channel, text: "550" });
    await asked.promise;
    away.goAway();
    goOn.resolve();
    await aWhile(400);
    expect(channel.messages).toHaveLength(1);
    away.comeBack();
    const [answer] = await said(channel);
    expect(answer?.text).toContain("at last");
    await aWhile(300);
    expect(await said(channel)).toHaveLength(1);
  });
});

describe("while the store is slow", () => {
  /** Takes deliveries only after so long, longer than Slack waits. */
  function slowly(store: Store, ms: number): Store {
    const { deliveries } = store;
    return {
      ...store,
      deliveries: {
        ...deliveries,
        async take(...given) {
          await aWhile(ms);
          return deliveries.take(...given);
        },
      },
    };
  }
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
    app = await startSlackApp("HTTP", yes, { store: slowly(store, 2_600) });
  });
  afterEach(async () => {
    await app.close();
    await store.close();
    expect(app.slack.state.complaints).toEqual([]);
  });

  it("a message that it takes too late for Slack is answered once, however often Slack sends it", async () => {
    const channel = app.slack.channel("im");
    const { deliveries } = await app.slack.say({ channel, text: "550" });
    expect(deliveries[0]?.attempts).toBeGreaterThan(1);
    await said(channel);
    await aWhile(3_000);
    expect(app.asked).toHaveLength(1);
    expect(await said(channel)).toHaveLength(1);
  });

  it("a slash command that was told as failed stays that, though it is taken then", async () => {
    const channel = app.slack.channel("channel", false);
    const delivered = await app.slack.command({ command: "/smtp", text: "550", channel });
    expect(delivered.ms).toBeLessThan(3_000);
    expect(delivered.body).toContain(AWAY);
    await aWhile(1_000);
    await app.adapter.takeOver();
    await aWhile(200);
    expect(app.asked).toEqual([]);
    expect(await store.database.query("SELECT state FROM delivery")).toEqual([{ state: "done" }]);
  });
});
