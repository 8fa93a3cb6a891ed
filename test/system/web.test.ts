import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../support/card-page.ts";
import { HOSTILE } from "../support/sample-answers.ts";
import { openWebPage, seriousFindings, type WebPage } from "../support/web-page.ts";

/**
 * The page in a browser. SCREENSHOTS=DIR keeps the pictures.
 * Needs Chromium: `apt-get install chromium`, or CHROMIUM with its path.
 */
const available = existsSync(CHROMIUM);
if (!available && process.env.CI !== "true") console.warn(`Skipped: the page. No Chromium at ${CHROMIUM}`);

const ZONE = {
  "partner.example": {
    NS: "ns.partner.example",
    MX: { preference: 10, exchange: "mx.partner.example" },
    TXT: "v=spf1 mx -all",
  },
  "mx.partner.example": { A: "203.0.114.5" },
  "_dmarc.partner.example": { TXT: "v=DMARC1; p=reject; rua=mailto:dmarc@partner.example" },
};

const BOUNCE = `This is the mail system at host mail.example.net.

<anna@example.org>: host mx.example.org[192.0.2.25] said: 550 5.1.1
    <anna@example.org>: Recipient address rejected: User unknown
    (in reply to RCPT TO command)
`;

const MESSAGE = `Received: from mail.partner.example (mail.partner.example [203.0.114.5]) by mx.example.org; Tue, 3 Nov 2026 09:00:00 +0000
From: anna@partner.example
To: ben@example.org
Subject: Hello
Date: Tue, 3 Nov 2026 09:00:00 +0000
Message-ID: <1@partner.example>

Hello Ben
`;

describe.skipIf(!available && process.env.CI !== "true")("the page", () => {
  let web: WebPage;
  beforeAll(async () => {
    web = await openWebPage(ZONE);
  });
  afterAll(() => web?.close());
  afterEach(async () => {
    expect(web.problems.splice(0)).toEqual([]);
  });

  async function ask(page: Page, text: string) {
    await page.getByRole("textbox").fill(text);
    await page.keyboard.press("Enter");
    return answered(page);
  }

  /** The last answer, once it is there. */
  async function answered(page: Page) {
    await page.locator(".answer .waiting").waitFor({ state: "detached" });
    return page.locator(".answer").last();
  }

  async function choose(page: Page, view: string) {
    await page.getByText(view, { exact: true }).first().click();
  }

  async function keep(page: Page, name: string) {
    const folder = process.env.SCREENSHOTS;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }

  test.each<[question: string, told: string]>([
    ["smtp 550 5.7.26 @gmail", "Gmail"],
    [`bounce ${BOUNCE}`, "anna@example.org"],
    ["checkdomain partner.example", "partner.example"],
    ["checkip 127.0.0.1", "127.0.0.1"],
    [`checkmessage ${MESSAGE}`, "partner.example"],
    ["mailguide dmarc", "DMARC"],
    ["mailhelp", "checkdomain"],
    ["what is greylisting", "reylist"],
  ])("answers %j in all three ways", async (question, told) => {
    const page = await web.open("/");
    const answer = await ask(page, question);
    for (const [view, place] of [
      ["Web", ".as-plain"],
      ["Slack", ".as-slack"],
      ["Teams", ".as-teams"],
    ] as const) {
      await choose(page, view);
      expect(await answer.locator(place).innerText()).toContain(told);
      expect(await answer.locator(".view:visible").count()).toBe(1);
    }
    expect(await answer.locator(".missing").count()).toBe(0);
    await page.context().close();
  });

  test("reads a bounce of many lines that is pasted", async () => {
    const page = await web.open("/", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(BOUNCE)})`);
    await page.getByRole("textbox").focus();
    await page.keyboard.press("Control+V");
    await page.keyboard.press("Enter");
    expect(await (await answered(page)).innerText()).toContain("anna@example.org");
    expect(page.url()).toBe(`${web.address}/`);
    await page.context().close();
  });

  test("takes files that are chosen, and refuses others in words", async () => {
    const page = await web.open("/");
    const file = (name: string, text: string) => ({ name, mimeType: "", buffer: Buffer.from(text) });
    await page.locator("#file").setInputFiles([file("invoice.exe", "MZ")]);
    expect(await page.getByRole("status").innerText()).toContain("invoice.exe");
    await page.locator("#file").setInputFiles([file("huge.eml", "x".repeat(10 * 1024 * 1024 + 1))]);
    expect(await page.getByRole("status").innerText()).toContain("too large");
    await page.locator("#file").setInputFiles([file("returned.eml", BOUNCE)]);
    await page.getByRole("button", { name: "Ask" }).click();
    expect(await (await answered(page)).innerText()).toContain("anna@example.org");
    await page.context().close();
  });

  test("takes a file that is dropped on it", async () => {
    const page = await web.open("/");
    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([${JSON.stringify(BOUNCE)}], "returned.txt"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    })()`);
    expect(await page.locator("#files").innerText()).toContain("returned.txt");
    await page.keyboard.press("Enter");
    expect(await (await answered(page)).innerText()).toContain("anna@example.org");
    await page.context().close();
  });

  test.each(HOSTILE)("shows %j as text", async (hostile) => {
    const page = await web.open(`/?q=${encodeURIComponent(`smtp 550 ${hostile}`)}`);
    const answer = await answered(page);
    for (const view of ["Web", "Slack", "Teams"]) {
      await choose(page, view);
      expect(await page.locator("#log :is(script, img, iframe, at, b, form)").count()).toBe(0);
      expect(await answer.locator("a[href*='evil.example']:not(.link)").count()).toBe(0);
    }
    await page.context().close();
  });

  test("is used by the keyboard alone", async () => {
    const page = await web.open("/");
    await page.keyboard.type("smtp 550");
    await page.keyboard.press("Enter");
    await answered(page);
    const focused = () => page.evaluate("document.activeElement.dataset.command ?? ''");
    for (let press = 0; press < 40 && (await focused()) === ""; press += 1) {
      await page.keyboard.press("Shift+Tab");
    }
    expect(await focused()).not.toBe("");
    await page.keyboard.press("Enter");
    await page.locator(".question").nth(1).waitFor();
    await answered(page);
    expect(await page.locator(".answer .views").count()).toBe(2);
    await page.locator("#views :checked").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("#log").getAttribute("data-view")).toBe("slack");
    await page.context().close();
  });

  test("has a link to an answer, which leads to the same answer", async () => {
    const page = await web.open("/");
    const answer = await ask(page, "smtp 550 5.7.26 @gmail");
    const link = (await answer.locator(".link").getAttribute("href")) ?? "";
    const other = await web.open(link);
    expect(await (await answered(other)).locator("h2").first().innerText()).toBe(
      await answer.locator("h2").first().innerText(),
    );
    await page.context().close();
    await other.context().close();
  });

  test("asks by the buttons of Slack's and Teams' renderings", async () => {
    const page = await web.open("/?q=smtp+550+5.7.26+@gmail");
    await answered(page);
    await choose(page, "Slack");
    await page.locator(".as-slack button.step").first().click();
    await page.locator(".question").nth(1).waitFor();
    await answered(page);
    await choose(page, "Teams");
    await page.locator(".as-teams .ac-pushButton").last().click();
    await page.locator(".question").nth(2).waitFor();
    await answered(page);
    await page.context().close();
  });

  test.each<[string, "light" | "dark", number]>([
    ["light", "light", 1280],
    ["dark", "dark", 1280],
    ["phone", "light", 375],
    ["phone-dark", "dark", 375],
  ])("fits and is accessible: %s", async (name, colorScheme, width) => {
    const page = await web.open("/?q=checkdomain+partner.example", {
      colorScheme,
      viewport: { width, height: width === 375 ? 740 : 860 },
    });
    await answered(page);
    for (const view of ["Web", "Slack", "Teams", "Side by side"]) {
      await choose(page, view);
      await keep(page, `${name}-${view.replaceAll(" ", "-")}`);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      expect(await seriousFindings(page)).toEqual([]);
    }
    await page.context().close();
  });

  test.each([
    ["/knowledge", "Proving who sends"],
    ["/knowledge?q=mailbox+full", "that fit"],
    ["/knowledge/reply:550", "550"],
    ["/knowledge/gmail", "Gmail"],
    ["/knowledge/guide:dmarc", "DMARC"],
  ])("shows %s on a phone and on a desk", async (path, told) => {
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 375],
    ] as const) {
      const page = await web.open(path, { colorScheme, viewport: { width, height: 740 } });
      expect(await page.locator("main").innerText()).toContain(told);
      await keep(page, `knowledge-${path.replace(/\W+/g, "-")}-${width}`);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      expect(await seriousFindings(page)).toEqual([]);
      await page.context().close();
    }
  });

  test("searches the knowledge and opens what it finds", async () => {
    const page = await web.open("/knowledge");
    await page.getByRole("searchbox").fill("greylisting");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\?q=greylisting/);
    await page.locator(".entries a").first().click();
    await page.waitForURL(/\/knowledge\/\w/);
    expect((await page.locator("h1").innerText()).length).toBeGreaterThan(5);
    await page.context().close();
  });
});
