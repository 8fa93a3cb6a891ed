import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/bot/answer.ts";
import { createBot } from "../../src/bot/bot.ts";
import type { Command, RunCommand } from "../../src/bot/commands/command.ts";
import { UsageError } from "../../src/bot/errors.ts";
import { createLimits } from "../../src/bot/limits.ts";
import { MAX_TEXT_LENGTH } from "../../src/bot/request.ts";
import type { Services } from "../../src/bot/services.ts";
import { finalOf, request, textOf, updatesOf } from "../support/requests.ts";

const services: Services = {
  knowledge: () => Promise.reject(new Error("not used here")),
  resolver: () => Promise.reject(new Error("not used here")),
  blocklists: () => Promise.reject(new Error("not used here")),
};

function answerSaying(title: string): Answer {
  return { title, status: "ok", summary: [], sections: [], followUps: [], sources: [] };
}

function command(run: RunCommand, part: Partial<Command> = {}): Command {
  return {
    name: "smtp",
    summary: "",
    usage: "",
    examples: [],
    live: false,
    deadlineMs: 1_000,
    load: async () => run,
    ...part,
  };
}

const echo: RunCommand = async ({ request: { text } }) => ({
  answer: answerSaying(`heard ${text.length}`),
  report: { text },
  outcome: "answered",
});

describe("a question", () => {
  test("gets its progress as it comes and the answer last", async () => {
    const run: RunCommand = async ({ progress }) => {
      progress([{ id: "a", label: "A", state: "running" }]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      progress([{ id: "a", label: "A", state: "done" }]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { answer: answerSaying("done"), report: null, outcome: "problem" };
    };
    const updates = await updatesOf(
      createBot({ commands: [command(run)], services }),
      request({ command: "smtp" }),
    );
    expect(updates).toEqual([
      { progress: [{ id: "a", label: "A", state: "running" }] },
      { progress: [{ id: "a", label: "A", state: "done" }] },
      { answer: answerSaying("done"), outcome: "problem", report: null },
    ]);
  });

  test("with wrong arguments is told what was expected, with an example", async () => {
    const run: RunCommand = async () => {
      throw new UsageError("not-a-domain", "That is not a domain.", "checkdomain example.org");
    };
    const { answer, outcome, report } = await finalOf(
      createBot({ commands: [command(run)], services }),
      request({ command: "smtp" }),
    );
    expect(outcome).toBe("usage");
    expect(textOf(answer)).toContain("checkdomain example.org");
    expect(report).toEqual({
      error: { code: "not-a-domain", message: "That is not a domain.", example: "checkdomain example.org" },
    });
  });

  test("that is longer than the limit is cut, and the answer says so", async () => {
    const { answer, report } = await finalOf(
      createBot({ commands: [command(echo)], services }),
      request({ command: "smtp", text: "x".repeat(MAX_TEXT_LENGTH + 1) }),
    );
    expect((report as { text: string }).text).toHaveLength(MAX_TEXT_LENGTH);
    expect(textOf(answer)).toContain("only its beginning was read");
  });

  test("whose command fails is told so with an id that is in the log, without any text of the mail", async () => {
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => lines.push(line) });
    const run: RunCommand = async () => {
      throw new RangeError("secret mail text");
    };
    const { answer, outcome } = await finalOf(
      createBot({ commands: [command(run)], services, log }),
      request({ command: "smtp", text: "secret question" }),
    );
    expect(outcome).toBe("fault");
    const id = /[0-9a-f]{8}/.exec(textOf(answer))?.[0] ?? "no id";
    const logged = lines.join("");
    expect(logged).toContain(id);
    expect(logged).toContain("RangeError");
    expect(logged).not.toContain("secret");
  });

  test("is known by the id that its adapter gave it, in the log and where it fails", async () => {
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => lines.push(line) });
    const fails: RunCommand = () => Promise.reject(new RangeError());
    const bot = createBot({ commands: [command(fails)], services, log });
    const { answer } = await finalOf(bot, request({ command: "smtp", id: "0badcafe" }));
    expect(textOf(answer)).toContain("0badcafe");
    expect(lines.map((line) => JSON.parse(line).requestId)).toEqual(["0badcafe", "0badcafe"]);
  });

  test("is offered to be watched only where somebody can be told later", async () => {
    const offers: RunCommand = async () => ({
      answer: {
        ...answerSaying("x"),
        followUps: [
          { label: "Watch", command: "watch", text: "example.org" },
          { label: "Help", command: "mailhelp", text: "" },
        ],
      },
      report: null,
      outcome: "answered",
    });
    const bot = createBot({ commands: [command(offers)], services });
    const labels = async (part: object) => {
      const { answer } = await finalOf(bot, request({ command: "smtp", ...part }));
      return answer.followUps.map(({ label }) => label);
    };
    expect(await labels({})).toEqual(["Help"]);
    expect(await labels({ wayBack: { channel: "C1" } })).toEqual(["Watch", "Help"]);
    expect(await labels({ wayBack: null })).toEqual(["Watch", "Help"]);
  });
});

describe("overheard text", () => {
  const bounced = { overheard: true, files: [{ name: "a.txt", bytes: new Uint8Array() }] };
  const ending =
    (outcome: "answered" | "nothing" | "fault"): RunCommand =>
    async ({ progress }) => {
      progress([{ id: "a", label: "A", state: "running" }]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (outcome === "fault") throw new Error("a fault");
      return { answer: answerSaying("read"), report: null, outcome };
    };

  test.each<["answered" | "nothing" | "fault", string[]]>([
    ["answered", ["read"]],
    ["nothing", []],
    ["fault", []],
  ])("that ends in %s is met with %j", async (outcome, titles) => {
    const bot = createBot({ commands: [command(ending(outcome), { name: "bounce" })], services });
    const updates = await updatesOf(bot, request(bounced));
    expect(updates.map((update) => ("answer" in update ? update.answer.title : "progress"))).toEqual(titles);
  });
});

describe("the deadline", () => {
  test("is told to the command, which answers with what it has learned", async () => {
    const run: RunCommand = ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () =>
          resolve({ answer: answerSaying("half of it"), report: null, outcome: "answered" }),
        ),
      );
    const bot = createBot({ commands: [command(run, { deadlineMs: 50 })], services });
    expect((await finalOf(bot, request({ command: "smtp" }))).answer.title).toBe("half of it");
  });

  test("ends a command that does not listen to it, as not checked", async () => {
    const run: RunCommand = () => new Promise(() => {});
    const bot = createBot({ commands: [command(run, { deadlineMs: 20 })], services });
    const { answer, outcome } = await finalOf(bot, request({ command: "smtp" }));
    expect(outcome).toBe("fault");
    expect(answer.status).toBe("unknown");
    expect(answer.title).toContain("could not be checked");
  });

  test("passes on that nobody waits any more", async () => {
    const run: RunCommand = ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () =>
          resolve({ answer: answerSaying("stopped"), report: null, outcome: "answered" }),
        ),
      );
    const bot = createBot({ commands: [command(run, { deadlineMs: 60_000 })], services });
    const updates = await updatesOf(bot, request({ command: "smtp" }), AbortSignal.timeout(20));
    expect(updates).toHaveLength(1);
  });
});

describe("limits", () => {
  test("refuse an asker's next question with the time to wait, but not another asker's", async () => {
    const limits = createLimits({ askerPerMinute: 2 });
    const bot = createBot({ commands: [command(echo)], services, limits });
    const asked = request({ command: "smtp" });
    const outcomes = [];
    for (let i = 0; i < 3; i++) outcomes.push((await finalOf(bot, asked)).outcome);
    expect(outcomes).toEqual(["answered", "answered", "busy"]);
    const refused = await finalOf(bot, asked);
    expect(textOf(refused.answer)).toMatch(/ask again in \d+ seconds/);
    expect((await finalOf(bot, { ...asked, asker: { id: "u2" } })).outcome).toBe("answered");
  });

  test("count a place, whoever asks there", async () => {
    const bot = createBot({
      commands: [command(echo)],
      services,
      limits: createLimits({ placePerMinute: 1 }),
    });
    const asked = request({ command: "smtp" });
    expect((await finalOf(bot, asked)).outcome).toBe("answered");
    expect((await finalOf(bot, { ...asked, asker: { id: "u2" } })).outcome).toBe("busy");
    const elsewhere = { ...asked, place: { ...asked.place, conversation: "c2" } };
    expect((await finalOf(bot, elsewhere)).outcome).toBe("answered");
  });

  test("hold live checks to a number at a time, and free the place when one ends", async () => {
    const gate = Promise.withResolvers<void>();
    const run: RunCommand = async () => {
      await gate.promise;
      return { answer: answerSaying("done"), report: null, outcome: "answered" };
    };
    const bot = createBot({
      commands: [command(run, { live: true })],
      services,
      limits: createLimits({ concurrentLive: 1 }),
    });
    const asked = request({ command: "smtp" });
    const first = finalOf(bot, asked);
    expect((await finalOf(bot, asked)).outcome).toBe("busy");
    gate.resolve();
    expect((await first).outcome).toBe("answered");
    expect((await finalOf(bot, asked)).outcome).toBe("answered");
  });
});

describe("outside text in an answer", () => {
  test("loses control, bidirectional and invisible characters, and links that are not https", async () => {
    const run: RunCommand = async () => ({
      answer: {
        ...answerSaying("a\u001b[31mred\u202Eevil\nnext"),
        sections: [
          { kind: "code", text: "v=spf1\u0007\r\n-all" },
          {
            kind: "text",
            text: [
              { text: "go", href: "javascript:alert(1)" },
              { text: "ok", href: "https://example.org/" },
            ],
          },
        ],
        followUps: [{ label: "bad", href: "http://example.org/" }],
        sources: [{ text: "s\u200b", href: "data:text/html,x" }],
      },
      report: null,
      outcome: "answered",
    });
    const { answer } = await finalOf(
      createBot({ commands: [command(run)], services }),
      request({ command: "smtp" }),
    );
    expect(answer).toEqual({
      title: "a[31mredevil next",
      status: "ok",
      summary: [],
      sections: [
        { kind: "code", text: "v=spf1\n-all" },
        { kind: "text", text: [{ text: "go" }, { text: "ok", href: "https://example.org/" }] },
      ],
      followUps: [],
      sources: [{ text: "s" }],
    });
  });
});
