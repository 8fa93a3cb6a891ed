import { beforeAll, describe, expect, test } from "vitest";
import { createBlocklists } from "../../../src/blocklist/index.ts";
import { plainText, type Section } from "../../../src/bot/answer.ts";
import { bounce } from "../../../src/bot/commands/bounce.ts";
import { UsageError } from "../../../src/bot/errors.ts";
import type { Attachment } from "../../../src/bot/request.ts";
import { replaying } from "../../../src/dns/index.ts";
import { type Knowledge, loadKnowledge } from "../../../src/knowledge/index.ts";
import { messages } from "../../bounce/support/messages.ts";
import { ownZones } from "../../support/blocklist-zones.ts";

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await loadKnowledge();
});

function ask(text: string, files: readonly Attachment[] = []) {
  return bounce({
    request: {
      command: "bounce",
      text,
      files,
      place: { platform: "terminal", tenant: "local", conversation: "test", private: true },
      asker: { id: "tester" },
    },
    services: {
      knowledge: async () => knowledge,
      resolver: () => Promise.reject(new Error("a bounce is read without the network")),
      blocklists: async () =>
        createBlocklists({ ...(await ownZones()), resolver: replaying({ outcomes: [] }) }),
    },
    signal: new AbortController().signal,
    progress: () => undefined,
  });
}

const file = (name: keyof typeof messages): Attachment => ({
  name: "bounce.eml",
  bytes: Buffer.from(messages[name], "latin1"),
});

function words(sections: readonly Section[]): string {
  return JSON.stringify(sections);
}

describe("the answer about a refusal that names a blocklist", () => {
  test("leads first to that list's check of that address, and to its removal page", async () => {
    const { answer } = await ask(
      "554 5.7.1 Service unavailable; Client host [8.8.4.200] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/8.8.4.200",
    );
    expect(answer.followUps.slice(0, 2)).toEqual([
      { label: "Check 8.8.4.200 on Spamhaus ZEN", command: "checkip", text: "8.8.4.200 zen.spamhaus.org" },
      { label: "Removal from Spamhaus ZEN", href: "https://check.spamhaus.org/" },
    ]);
    expect(answer.followUps.filter((one) => "command" in one && one.command === "checkip")).toHaveLength(1);
  });
});

describe("the answer about a failure", () => {
  test("begins with whom, why and who must act", async () => {
    const { answer, outcome } = await ask("550 5.1.1 <anna@partner.example>: user unknown");
    expect(outcome).toBe("answered");
    expect(answer.title).toBe("Could not be delivered to anna@partner.example: the mailbox does not exist");
    expect(answer.status).toBe("problem");
    expect(plainText(answer.summary)).toMatch(/^Permanent: .*must act/);
    expect(words(answer.sections)).toContain("What to do");
    expect(words(answer.sections)).toContain("550 5.1.1 <anna@partner.example>: user unknown");
    expect(answer.followUps).toContainEqual({
      label: "Check partner.example",
      command: "checkdomain",
      text: "partner.example",
    });
    expect(answer.followUps).toContainEqual({
      label: "Explain 550 5.1.1",
      command: "smtp",
      text: "550 5.1.1",
    });
  });

  test("tells what the provider means, and cites it", async () => {
    const { answer, report } = await ask(
      "<anna@gmail.com>: host gmail-smtp-in.l.google.com[192.0.2.8] said: 550-5.7.26 This mail has been blocked because the sender is unauthenticated. (in reply to end of DATA command)",
    );
    expect(words(answer.sections)).toContain("Gmail");
    expect(answer.sources.length).toBeGreaterThan(0);
    expect(report).toMatchObject({
      recipients: [{ provider: "gmail", reason: "authfailure", status: "5.7.26" }],
    });
  });

  test("groups several recipients by cause", async () => {
    const { answer } = await ask("", [file("a report with two recipients")]);
    expect(answer.title).toMatch(/^Could not be delivered to (anna|ben)@partner\.example/);
    expect(answer.sections).toContainEqual(
      expect.objectContaining({
        kind: "heading",
        text: expect.stringMatching(/the mailbox is full|does not exist/),
      }),
    );
    expect(words(answer.sections)).toContain("Grüße");
  });

  test("without a reason says so, and invents none", async () => {
    const { answer } = await ask("Delivery to the following recipients failed.\n\n   anna@partner.example");
    expect(answer.title).toBe("This looks like a bounce from anna@partner.example, but it does not say why");
  });
});

test("a delay is told as a delay", async () => {
  const { answer } = await ask("", [file("a delay")]);
  expect(answer.title).toBe("Not failed: the message to anna@partner.example is still being tried");
  expect(plainText(answer.summary)).toContain(
    "until Sat, 7 Mar 2026 10:00:00 +0100. Nothing to do before then.",
  );
});

test.each([
  ["a complaint", /marked the message as unwanted/],
  ["an absence", /automatic reply, not a bounce/],
  ["a delivery", /^Delivered to anna@partner\.example/],
] as const)("%s is told as what it is", async (name, title) => {
  expect((await ask("", [file(name)])).answer.title).toMatch(title);
});

test("several files are answered together, each with its report", async () => {
  const { answer, report } = await ask("", [file("a report with two recipients"), file("a delay")]);
  expect(answer.status).toBe("problem");
  expect(report).toMatchObject({
    reports: [
      { file: "bounce.eml", kind: "bounce" },
      { file: "bounce.eml", kind: "delay" },
    ],
  });
});

test("text without a bounce gets an answer that says what can be read", async () => {
  const { answer, outcome, report } = await ask("See you tomorrow at ten.");
  expect(outcome).toBe("nothing");
  expect(answer.title).toBe("This does not look like a bounce");
  expect(words(answer.sections)).toContain("550 5.1.1 <anna@example.org>: user unknown");
  expect(report).toMatchObject({ kind: "none", recipients: [] });
});

test("nothing at all is wrong usage, with an example", async () => {
  await expect(ask("  ")).rejects.toThrow(UsageError);
});

test("redact masks local parts in answer and report", async () => {
  const { answer, report } = await ask("redact 550 5.1.1 <anna@partner.example>: user unknown");
  expect(answer.title).toContain("a***@partner.example");
  expect(JSON.stringify([answer, report])).not.toContain("anna@");
});
