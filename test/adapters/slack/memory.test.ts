import { describe, expect, it } from "vitest";
import { createDeliveries } from "../../../adapters/slack/deliveries.ts";
import { createKeptAnswers } from "../../../adapters/slack/kept-answers.ts";
import { createLocales } from "../../../adapters/slack/locales.ts";
import { createRecent } from "../../../adapters/slack/recent.ts";
import { openStore } from "../../../src/store/index.ts";
import { request } from "../../support/requests.ts";
import { anAnswer } from "../../support/slack-app.ts";

describe("what is kept in memory", () => {
  it("of answers is the newest, for half an hour", () => {
    let time = 0;
    const kept = createKeptAnswers({ max: 2, now: () => time });
    const [first = "", second = "", third = ""] = ["a", "b", "c"].map((title) => kept.keep(anAnswer(title)));
    expect([first, second, third].map((key) => kept.take(key)?.title)).toEqual([undefined, "b", "c"]);
    time = 30 * 60_000;
    expect(kept.take(third)).toBeUndefined();
  });

  it("of questions is the last five of each person, without mail text", () => {
    const recent = createRecent();
    for (let index = 0; index < 7; index += 1)
      recent.add(request({ command: "smtp", text: `55${index}` }), "ok");
    expect(recent.of("u1").map(({ question }) => question?.text)).toEqual([
      "556",
      "555",
      "554",
      "553",
      "552",
    ]);
    for (const text of ["550 from anna@example.org", "two\nlines", "x".repeat(81)]) {
      recent.add(request({ text }), "ok");
      expect(recent.of("u1")[0]?.question).toBeNull();
    }
    recent.add(request({ command: "bounce", text: "550" }), "problem");
    expect(recent.of("u1")[0]).toMatchObject({ question: null, status: "problem" });
    expect(recent.of("u2")).toEqual([]);
  });

  it("of deliveries is each for a quarter of an hour", async () => {
    let time = 0;
    const deliveries = createDeliveries(await openStore({ now: () => time }));
    expect(deliveries.claim("event:1")).not.toBeNull();
    time = 10 * 60_000;
    expect(deliveries.claim("event:1")).toBeNull();
    time = 15 * 60_000;
    expect(deliveries.claim("event:1")).not.toBeNull();
  });
});

describe("a person's language", () => {
  const answering = (call: () => Promise<Record<string, unknown>>) => {
    let calls = 0;
    const locales = createLocales({
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

  it("is not waited for, nor missed when Slack does not tell it", async () => {
    const silent = answering(() => new Promise(() => {}));
    const started = Date.now();
    expect(await silent.locales.of("U1")).toBeUndefined();
    expect(Date.now() - started).toBeLessThan(2_000);
    const failing = answering(() => Promise.reject(new Error("missing_scope")));
    expect(await failing.locales.of("U1")).toBeUndefined();
  });
});
