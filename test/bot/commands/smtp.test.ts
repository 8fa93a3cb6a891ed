import { describe, expect, test } from "vitest";
import { plainText } from "../../../src/bot/answer.ts";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import type { Services } from "../../../src/bot/services.ts";
import { loadKnowledge } from "../../../src/knowledge/index.ts";
import { folderWith } from "../../support/knowledge-folder.ts";
import { finalOf, request, textOf } from "../../support/requests.ts";

const own = loadKnowledge();

function botWith(knowledge: Services["knowledge"]) {
  const unused = () => Promise.reject(new Error("a code is explained without any live check"));
  return createBot({ commands, services: { knowledge, resolver: unused, blocklists: unused } });
}

const bot = botWith(() => own);
const ask = (text: string) => finalOf(bot, request({ command: "smtp", text }));

async function matchesOf(
  text: string,
): Promise<{ id: string; kind: string; title: string; matchedBy: string }[]> {
  const { report } = await ask(text);
  if (typeof report !== "object" || report === null || !("matches" in report)) throw new Error("no matches");
  return Array.isArray(report.matches) ? report.matches : [];
}

describe("smtp answers", () => {
  test("a code with its verdict first, who must act, and what each role can do", async () => {
    const { answer, outcome } = await ask("550 5.7.26 @gmail");
    expect(outcome).toBe("answered");
    expect(answer.title).toMatch(/^550 5\.7\.26 — /);
    expect(answer.status).toBe("problem");
    expect(plainText(answer.summary)).toBe(
      "Permanent: sending it again unchanged will fail again. The sender's mail administrator must act.",
    );
    const whatToDo = answer.sections.find(({ kind }) => kind === "facts");
    expect(whatToDo?.kind === "facts" && whatToDo.rows.map(({ label }) => label)).toEqual([
      "Sender's administrator",
      "Sender",
      "Recipient",
      "Recipient's administrator",
    ]);
    expect(textOf(answer)).toContain("In the standard:");
    expect(textOf(answer)).toContain("Matched by: provider code. Provider: Gmail");
    expect(answer.sources.length).toBeGreaterThan(0);
    expect(answer.followUps.every(({ label }) => label.length <= 60)).toBe(true);
  });

  test("with a report of stable shape", async () => {
    const { report, answer } = await ask("550");
    expect(report).toEqual({
      query: "550",
      matches: [{ id: "reply:550", kind: "reply", title: expect.any(String), matchedBy: "reply-code" }],
      answer: { ...answer },
    });
  });

  test.each([
    ["550", "reply:550"],
    ["5.7.1", "status:X.7.1"],
    ["550 5.7.1", "status:X.7.1"],
    ["4.7.99", "subject:X.7"],
    ["mailbx full", "guide:mailbox-full"],
    ["gmail:5.7.26", "gmail:5.7.26"],
  ])("%s by %s", async (text, id) => expect((await matchesOf(text))[0]?.id).toBe(id));

  test("the class that the code has, for an entry that is about both", async () => {
    expect((await ask("4.7.1")).answer.status).toBe("warning");
    expect((await ask("5.7.1")).answer.status).toBe("problem");
    expect((await ask("X.7.1")).answer.status).toBe("info");
    expect(plainText((await ask("451 5.7.1")).answer.summary)).toContain("Temporary");
  });

  test("each of several codes", async () => {
    const ids = (await matchesOf("what are 421, 5.1.1 and 552?")).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["reply:421", "status:X.1.1", "reply:552"]));
    expect(ids[0]).toBe("status:X.1.1");
  });

  test("a code that providers use differently with the standard first and the others as conditions", async () => {
    const { answer } = await ask("5.7.30");
    expect(textOf(answer)).toContain("If it came from Gmail");
    expect(textOf(answer)).toContain("If it came from Exchange Online");
  });

  test("a pasted bounce, and offers to read it as one", async () => {
    const bounce =
      "<anna@example.com>: host gmail-smtp-in.l.google.com said:\n550-5.1.1 The email account that you tried to reach does not exist";
    const { answer } = await ask(bounce);
    expect(answer.followUps[0]).toEqual({ label: "Read it as a bounce", command: "bounce", text: bounce });
  });

  test("a wrong claim with the right one, and names the claim", async () => {
    const { answer } = await ask("myth:502-bad-gateway");
    expect(textOf(answer)).toContain("Often claimed, wrongly:");
    expect(plainText(answer.summary)).not.toBe("");
  });

  test("nothing at all with what it takes", async () => {
    const { answer, outcome, report } = await ask("");
    expect(outcome).toBe("answered");
    expect(textOf(answer)).toContain("smtp 550");
    expect(report).toMatchObject({ query: "", matches: [] });
  });

  test("local knowledge, marked as such", async () => {
    const overlay = folderWith({
      "reply-codes.yaml":
        'replyCodes:\n  - { code: "550", standard: true, title: Call extension 17, meaning: Our help desk looks into it., sources: [RFC 5321] }\n',
    });
    const local = await loadKnowledge({ overlay, cacheDirectory: null });
    const { answer } = await finalOf(
      botWith(async () => local),
      request({ command: "smtp", text: "550" }),
    );
    expect(answer.title).toBe("550 — Call extension 17");
    expect(textOf(answer)).toContain("your own organisation's knowledge");
  });
});

describe("smtp finds nothing, and says why, for", () => {
  test.each([
    ["999", "999 is not an SMTP reply code"],
    ["smtp 999", "999 is not an SMTP reply code"],
    ["1.7.1", "1.7.1 is not an enhanced status code"],
    ["5.9.9", "There is no subject 9"],
    ["499", "first digit 4 says that it is temporary"],
    ["404 not found", "web server's status"],
    ["weather tomorrow", 'Nothing in my knowledge matches "weather tomorrow"'],
    ["x".repeat(5_000), "Nothing in my knowledge matches"],
    ["\u0000\u202e<blink>", "Nothing in my knowledge matches"],
  ])("%j", async (text, why) => {
    const { answer, outcome, report } = await ask(text);
    expect(report).toMatchObject({ query: text, matches: [] });
    expect(outcome).toBe("nothing");
    expect(textOf(answer)).toContain(why);
  });
});

describe("smtp asks back for", () => {
  test("a provider that it does not know, with near ones", async () => {
    const { answer, outcome, report } = await ask("5.7.1 @gmial");
    expect(outcome).toBe("usage");
    expect(answer.title).toContain("@gmail");
    expect(report).toMatchObject({ error: { code: "unknown-provider", example: "smtp 5.7.1 @gmail" } });
  });

  test.each(["@gmail", "gmail", "Office 365"])("a code when only the provider is given: %s", async (text) => {
    expect(await ask(text)).toMatchObject({ outcome: "usage", report: { error: { code: "no-code" } } });
  });

  test("but not for an e-mail address in the text", async () => {
    expect((await ask("550 5.1.1 <anna@unknown-provider.example>: no such user")).outcome).toBe("answered");
  });
});
