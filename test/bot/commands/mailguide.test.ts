import { describe, expect, test } from "vitest";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { loadKnowledge } from "../../../src/knowledge/index.ts";
import { finalOf, request, textOf } from "../../support/requests.ts";

const knowledge = loadKnowledge();
const unused = () => Promise.reject(new Error("a guide is shown without any live check"));
const bot = createBot({
  commands,
  services: { knowledge: () => knowledge, resolver: unused, blocklists: unused },
});
const ask = (text: string) => finalOf(bot, request({ command: "mailguide", text }));

describe("mailguide", () => {
  test.each([
    ["spf-too-many-lookups", "guide:spf-too-many-lookups"],
    ["guide:dmarc", "guide:dmarc"],
    ["DMARC", "guide:dmarc"],
    ["spf too many lookups", "guide:spf-too-many-lookups"],
    ["grey listing", "guide:greylisting"],
    ["dmrac polcy", "guide:dmarc-policy"],
  ])("%j shows %s", async (topic, id) => {
    const { answer, outcome, report } = await ask(topic);
    expect(report).toMatchObject({
      query: topic,
      matches: expect.arrayContaining([expect.objectContaining({ id })]),
    });
    expect((await knowledge).entry(id)?.title).toBe(answer.title);
    expect(outcome).toBe("answered");
  });

  test("shows the whole guide: its parts, records to copy, sources, and what to read next", async () => {
    const { answer } = await ask("spf-too-many-lookups");
    const kinds = new Set(answer.sections.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(["heading", "code"]));
    expect(textOf(answer)).toContain("What to do");
    expect(answer.sources.length).toBeGreaterThan(0);
    expect(answer.followUps.length).toBeGreaterThan(0);
    expect(textOf(answer)).not.toMatch(/\*\*|```/);
  });

  test("alone lists every guide by theme", async () => {
    const { answer, outcome, report } = await ask("");
    const text = textOf(answer);
    expect(outcome).toBe("answered");
    expect(report).toMatchObject({ query: "", matches: [] });
    for (const { key, title } of (await knowledge).guides()) {
      expect(text).toContain(key);
      expect(text).toContain(title);
    }
  });

  test("finds the guide behind a code", async () => {
    expect((await ask("552 5.2.2")).report).toMatchObject({ matches: [{ id: "guide:mailbox-full" }] });
  });

  test("says so when there is no such guide, and names the nearest", async () => {
    const { answer, outcome, report } = await ask("dmarc cooking weather");
    expect(outcome).toBe("nothing");
    expect(report).toMatchObject({ matches: [] });
    expect(textOf(answer)).toContain("mailguide dmarc");
    expect((await ask("zzz qqq")).answer.followUps).toEqual([
      { label: "List the guides", command: "mailguide", text: "" },
    ]);
  });
});
