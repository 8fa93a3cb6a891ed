import { describe, expect, it } from "vitest";
import { createKeptAnswers } from "../../../adapters/slack/kept-answers.ts";
import { createLocales } from "../../../adapters/slack/locales.ts";
import { createRecent } from "../../../adapters/slack/recent.ts";
import { openStore } from "../../../src/store/index.ts";
import { request } from "../../support/requests.ts";
import { anAnswer } from "../../support/slack-app.ts";

describe("what is kept", () => {
  const place = (tenant: string) =>
    ({ platform: "slack", tenant, conversation: "C1", private: true }) as const;
  const bounce = request({ command: "bounce", text: "550 5.1.1", place: place("T1") });

  it("of answers about mail is the newest, for half an hour, in memory", async () => {
    let time = 0;
    const store = await openStore();
    const kept = createKeptAnswers({ store, max: 2, now: () => time });
    const keys: string[] = [];
    for (const title of ["a", "b", "c"]) keys.push(await kept.keep(bounce, anAnswer(title)));
    const found = await Promise.all(keys.map((key) => kept.find("T1", "u1", key)));
    expect(found.map((answer) => answer?.title)).toEqual([undefined, "b", "c"]);
    expect(await store.database.query("SELECT * FROM kept_answer")).toEqual([]);
    time = 30 * 60_000;
    expect(await kept.find("T1", "u1", keys[2] ?? "")).toBeNull();
    await store.close();
  });

  it("of other answers is found by another instance on the same store", async () => {
    const store = await openStore();
    const code = request({ command: "smtp", text: "550", place: place("T1") });
    const key = await createKeptAnswers({ store }).keep(code, anAnswer("a"));
    expect((await createKeptAnswers({ store }).find("T1", "u1", key))?.title).toBe("a");
    await store.close();
  });

  it.each(["smtp", "bounce"] as const)(
    "of answers to %s is for nobody else and for no other workspace",
    async (command) => {
      const store = await openStore();
      const kept = createKeptAnswers({ store });
      const key = await kept.keep(request({ command, text: "550", place: place("T1") }), anAnswer("a"));
      expect((await kept.find("T1", "u1", key))?.title).toBe("a");
      expect(await kept.find("T2", "u1", key)).toBeNull();
      expect(await kept.find("T1", "u2", key)).toBeNull();
      await store.close();
    },
  );

  it("of questions is the last five of each person in each workspace, without mail text", () => {
    const recent = createRecent();
    const asked = (text: string, command: "smtp" | "bounce" = "smtp") =>
      request({ command, text, place: place("T1") });
    for (let index = 0; index < 7; index += 1) recent.add(asked(`55${index}`), "ok");
    expect(recent.of("T1", "u1").map(({ question }) => question?.text)).toEqual([
      "556",
      "555",
      "554",
      "553",
      "552",
    ]);
    for (const text of ["550 from anna@example.org", "two\nlines", "x".repeat(81)]) {
      recent.add(asked(text), "ok");
      expect(recent.of("T1", "u1")[0]?.question).toBeNull();
    }
    recent.add(asked("550", "bounce"), "problem");
    expect(recent.of("T1", "u1")[0]).toMatchObject({ question: null, status: "problem" });
    expect(recent.of("T1", "u2")).toEqual([]);
    expect(recent.of("T2", "u1")).toEqual([]);
    recent.forget("T1");
    expect(recent.of("T1", "u1")).toEqual([]);
  });
});

describe("a person's language", () => {
  const answering = (call: () => Promise<Record<string, unknown>>, localesOf = createLocales()) => {
    let calls = 0;
    const locales = localesOf({
      call: () => {
        calls += 1;
        return call();
      },
    });
    return { locales, calls: () => calls };
  };

  it("is asked for once", async () => {
    const { locales, calls } = answering(async () => ({ user: { locale: "da-DK" } }));
    expect(await locales.of("U1")).toBe("da-DK");
    expect(await locales.of("U1")).toBe("da-DK");
    expect(calls()).toBe(1);
  });

  it("is kept of so many people in all workspaces together, and of those who came last", async () => {
    const localesOf = createLocales(3);
    const danish = answering(async () => ({ user: { locale: "da-DK" } }), localesOf);
    const french = answering(async () => ({ user: { locale: "fr-FR" } }), localesOf);
    for (const user of ["U1", "U2"]) expect(await danish.locales.of(user)).toBe("da-DK");
    for (const user of ["U1", "U2"]) expect(await french.locales.of(user)).toBe("fr-FR");
    await danish.locales.of("U2");
    expect(danish.calls()).toBe(2);
    await danish.locales.of("U1");
    expect(danish.calls()).toBe(3);
    expect(french.calls()).toBe(2);
  });

  it("is let go of with its workspace, and of no other", async () => {
    const localesOf = createLocales();
    const gone = answering(async () => ({ user: { locale: "da-DK" } }), localesOf);
    const stays = answering(async () => ({ user: { locale: "fr-FR" } }), localesOf);
    for (const { locales } of [gone, stays]) await locales.of("U1");
    gone.locales.drop();
    for (const { locales } of [gone, gone, stays]) await locales.of("U1");
    expect([gone.calls(), stays.calls()]).toEqual([3, 1]);
  });

  it("is not waited for, nor missed when Slack does not tell it", async () => {
    const silent = answering(() => new Promise(() => {}));
    const started = Date.now();
    expect(await silent.locales.of("U1")).toBeUndefined();
    expect(Date.now() - started).toBeLessThan(2_000);
    const failing = answering(() => Promise.reject(new Error("missing_scope")));
    expect(await failing.locales.of("U1")).toBeUndefined();
  });
});
