import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fitAnswer } from "../../adapters/teams/fit.ts";
import { renderProgress } from "../../adapters/teams/render.ts";
import type { Answer } from "../../src/bot/answer.ts";
import { type CardPage, CHROMIUM, openCardPage, type Theme } from "../support/card-page.ts";
import { realAnswers } from "../support/real-answers.ts";
import { sampleAnswers } from "../support/sample-answers.ts";
import { watchAnswers } from "../support/teams-notices.ts";

/**
 * Every answer in Microsoft's own renderer. SCREENSHOTS=DIR keeps the pictures.
 * Needs Chromium: `apt-get install chromium`, or CHROMIUM with its path.
 */
const available = existsSync(CHROMIUM);
if (!available && !process.env.CI) console.warn(`skipped: there is no Chromium at ${CHROMIUM}`);

const answers = {
  ...sampleAnswers,
  ...(available ? { ...(await realAnswers()), ...(await watchAnswers()) } : {}),
};

describe.skipIf(!available && !process.env.CI)("cards in a browser", () => {
  let view: CardPage;
  beforeAll(async () => {
    view = await openCardPage();
  });
  afterAll(() => view?.close());

  async function keep(name: string) {
    const folder = process.env.SCREENSHOTS;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    await view.screenshot(join(folder, `${name}.png`));
  }

  const looks: [Theme, number][] = [
    ["light", 600],
    ["dark", 600],
    ["contrast", 600],
    ["light", 340],
    ["dark", 340],
  ];

  for (const [name, answer] of Object.entries(answers)) {
    test.each(looks)(
      `${name} in %s, %i pixels wide, stands within its width and is only text`,
      async (theme, width) => {
        const shown = await view.show(fitAnswer(answer).card, { theme, width });
        await keep(`${name}-${theme}-${width}`);
        expect(shown.problems).toEqual([]);
        expect(shown.overflow).toBeLessThanOrEqual(0);
        expect(shown.markup).toBe(0);
        expect(hrefsOf(answer)).toEqual(expect.arrayContaining(shown.links));
        expect(shown.text.replaceAll("\u2060", "")).toContain(answer.title.slice(0, 60));
      },
    );
  }

  test("details open at a click and close at the next", async () => {
    await view.show(fitAnswer(sampleAnswers.domain as Answer).card);
    const detail = view.page.getByText("mx1.partner.example");
    expect(await detail.isVisible()).toBe(false);
    await view.page.getByText("Mail servers").first().click();
    expect(await detail.isVisible()).toBe(true);
    await keep("domain-open");
    await view.page.getByText("▾ Mail servers").click();
    expect(await detail.isVisible()).toBe(false);
  });

  test("details open by keyboard", async () => {
    await view.show(fitAnswer(sampleAnswers.domain as Answer).card);
    const detail = view.page.getByText("mx1.partner.example");
    await view.page.getByRole("button", { name: "Mail servers" }).focus();
    await view.page.keyboard.press("Enter");
    expect(await detail.isVisible()).toBe(true);
  });

  test("the steps of a check are shown", async () => {
    const steps = [
      { id: "mx", label: "Mail servers", state: "done" as const },
      { id: "spf", label: "SPF", state: "running" as const },
      { id: "dkim", label: "DKIM", state: "failed" as const },
    ];
    const shown = await view.show(renderProgress(steps).card, { theme: "dark", width: 340 });
    await keep("progress");
    expect(shown.problems).toEqual([]);
    expect(shown.text).toContain("Mail servers");
  });
});

/** Every address that the answer itself links to. */
function hrefsOf(part: unknown): string[] {
  if (typeof part !== "object" || part === null) return [];
  const own = "href" in part && typeof part.href === "string" ? [part.href] : [];
  return [...own, ...Object.values(part).flatMap(hrefsOf)];
}
