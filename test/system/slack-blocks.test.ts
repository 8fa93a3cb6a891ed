import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message } from "../../adapters/slack/message.ts";
import { progressMessage } from "../../adapters/slack/progress.ts";
import { render } from "../../adapters/slack/render.ts";
import { settingsMessage } from "../../adapters/slack/settings.ts";
import { givenUp, interrupted, notKept, notShown, perhapsAnswered } from "../../adapters/slack/told.ts";
import { messageProblems } from "../../adapters/slack/validate.ts";
import type { Answer } from "../../src/bot/answer.ts";
import { type BlockPage, CHROMIUM, openBlockPage } from "../support/block-page.ts";
import { realAnswers } from "../support/real-answers.ts";
import { sampleAnswers } from "../support/sample-answers.ts";
import { watchAnswers } from "../support/teams-notices.ts";

/**
 * Answers as Slack shows them. SCREENSHOTS=DIR keeps the pictures.
 * Needs Chromium: `apt-get install chromium`, or CHROMIUM with its path.
 */
const available = existsSync(CHROMIUM);
if (!available && !process.env.CI) console.warn(`skipped: no Chromium at ${CHROMIUM}`);

describe.skipIf(!available && !process.env.CI)("Slack messages in a browser", async () => {
  const told = {
    "told-interrupted": interrupted,
    "told-perhaps": perhapsAnswered,
    "told-given-up": givenUp("0badf00d"),
    "told-not-shown": notShown("0badf00d"),
    "told-not-kept": notKept,
  };
  const answers: Record<string, Answer> = {
    ...sampleAnswers,
    ...(await realAnswers()),
    ...(await watchAnswers()),
    ...told,
  };
  let view: BlockPage;
  beforeAll(async () => {
    view = await openBlockPage();
  });
  afterAll(() => view?.close());

  /** The links of an answer, as a browser spells them. */
  function linksIn(answer: Answer): string[] {
    return [...JSON.stringify(answer).matchAll(/"href":"(https:[^"]*)"/g)].map(
      ([, href]) => new URL(href ?? "").href,
    );
  }

  async function keep(name: string) {
    const folder = process.env.SCREENSHOTS;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    await view.screenshot(join(folder, `slack-${name}.png`));
  }

  for (const [name, answer] of Object.entries(answers)) {
    test.each<["light" | "dark", number]>([
      ["light", 700],
      ["dark", 700],
      ["light", 380],
    ])(`${name} in %s, %i pixels wide, stands within its width and is only text`, async (theme, width) => {
      const messages = render(answer);
      for (const message of messages) expect(messageProblems(message)).toEqual([]);
      const drawn = await view.show(messages, { theme, width });
      await keep(`${name}-${theme}-${width}`);
      expect(drawn.unknown).toBe(0);
      expect(drawn.markup).toBe(0);
      expect(drawn.overflow).toBeLessThanOrEqual(0);

      expect(linksIn(answer)).toEqual(expect.arrayContaining(drawn.links));
      expect(drawn.text).toContain(answer.title.replace(/\s+/g, " ").slice(0, 60));
    });
  }

  test.each(["domain", "code"])("the details of %s open", async (name) => {
    const answer = answers[name];
    if (!answer) throw new Error(`no answer ${name}`);
    const drawn = await view.show(render(answer), { open: true });
    await keep(`${name}-open`);
    expect(drawn.text).toContain(name === "domain" ? "mx1.partner.example" : "several authentication checks");
  });

  const others: Record<string, Message> = {
    progress: progressMessage("Checking partner.example …", [
      { id: "mx", label: "Mail servers", state: "done" },
      { id: "spf", label: "SPF", state: "running" },
      { id: "dkim", label: "DKIM", state: "failed" },
    ]),
    settings: settingsMessage("always"),
  };
  test.each(Object.entries(others))("the message %s is shown", async (name, message) => {
    expect(messageProblems(message)).toEqual([]);
    const drawn = await view.show([message]);
    await keep(name);
    expect(drawn.text.length).toBeGreaterThan(20);
  });
});
