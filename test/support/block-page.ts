/** Slack messages in a browser, drawn by `slack-blocks-to-jsx`, which looks much like Slack. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Message as SlackMessage } from "../../adapters/slack/message.ts";

/** Where Debian puts it; CHROMIUM names another one. */
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** What a browser made of a message. */
export interface Drawn {
  text: string;
  links: string[];
  /** Elements that only markup in a text could have made. */
  markup: number;
  /** How far anything stands out to the right, in pixels. */
  overflow: number;
  /** Types of blocks that the library could not draw. */
  unknown: number;
}

export interface BlockPage {
  readonly page: Page;
  show(
    messages: readonly SlackMessage[],
    look?: { theme?: "light" | "dark"; width?: number; open?: boolean },
  ): Promise<Drawn>;
  screenshot(path: string): Promise<void>;
  close(): Promise<void>;
}

// The libraries have no types for this way of loading them; only these two functions are used.
interface Drawing {
  createElement(type: unknown, props: object): unknown;
  renderToStaticMarkup(element: unknown): string;
  Message: unknown;
}

function loadDrawing(): Drawing {
  const require = createRequire(import.meta.url);
  const { createElement } = require("react");
  const { renderToStaticMarkup } = require("react-dom/server");
  const { Message } = require("slack-blocks-to-jsx");
  return { createElement, renderToStaticMarkup, Message };
}

// The library reads `plain_text` as markup, though Slack does not: these look alike and are none.
const LOOK_ALIKE: Record<string, string> = { "*": "∗", _: "ˍ", "~": "∼", "`": "ˋ" };

/** The blocks for this library. Its folded blocks do not hold their content, so they are opened on demand. */
function forDrawing(value: unknown, open: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => forDrawing(each, open));
  if (typeof value !== "object" || value === null) return value;
  const record: Record<string, unknown> = { ...value };
  if (record.type === "plain_text") {
    const text = String(record.text).replace(/[*_~`]/g, (mark) => LOOK_ALIKE[mark] ?? mark);
    return { ...record, text: text.replace(/[^\p{L}\s]/gu, "\u2060$&\u2060") };
  }
  if (record.type === "container" && open) record.default_collapsed = false;
  return Object.fromEntries(Object.entries(record).map(([key, each]) => [key, forDrawing(each, open)]));
}

// Drawn without a font for emoji.
const SIGNS: Record<string, string> = Object.fromEntries(
  [
    ["✅", "✔", "#2eb67d"],
    ["⚠", "▲", "#dd9f2c"],
    ["❌", "✖", "#e01e5a"],
    ["ℹ", "●", "#1d9bd1"],
    ["❔", "?", "#868686"],
  ].map(([emoji, sign, colour]) => [emoji, `<i class="sign" style="color:${colour}">${sign}</i>`]),
);

/** What is drawn, with the marks as they were. */
function asWritten(text: string): string {
  return Object.entries(LOOK_ALIKE).reduce(
    (all, [mark, alike]) => all.replaceAll(alike, mark),
    text.replaceAll("\u2060", ""),
  );
}

const LOGO =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 36 36'%3E%3Crect width='36' height='36' rx='6' fill='%231f4e79'/%3E%3Cpath d='M7 11h22v14H7z' fill='%23fff'/%3E%3Cpath d='M7 11l11 8 11-8' fill='none' stroke='%231f4e79' stroke-width='2'/%3E%3C/svg%3E";

export async function openBlockPage(): Promise<BlockPage> {
  const { createElement, renderToStaticMarkup, Message } = loadDrawing();
  const css = await readFile(
    createRequire(import.meta.url).resolve("slack-blocks-to-jsx/dist/style.css"),
    "utf8",
  );
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const page = await browser.newPage();
  return {
    page,
    async show(messages, { theme = "light", width = 640, open = false } = {}) {
      const html = messages
        .map(({ blocks }) =>
          renderToStaticMarkup(
            createElement(Message, {
              theme,
              blocks: forDrawing(blocks, open),
              logo: LOGO,
              name: "Postie",
              time: new Date("2026-11-24T09:30:00Z"),
            }),
          ),
        )
        .join("")
        .replace(/[✅⚠❌ℹ❔]\ufe0f?/gu, (sign) => SIGNS[sign[0] ?? ""] ?? sign);
      await page.setViewportSize({ width, height: 600 });
      const [text, back] = theme === "dark" ? ["#d1d2d3", "#1a1d21"] : ["#1d1c1d", "#ffffff"];
      await page.setContent(
        `<!doctype html><meta charset="utf-8"><style>${css}</style>
         <style>body{margin:0;padding:12px;background:${back};color:${text};font-family:Lato,"DejaVu Sans",sans-serif;font-size:15px}
           main *{min-width:0} p.slack_blocks_to_jsx__rich_text_section_element{display:block!important;white-space:pre-wrap} .slack_blocks_to_jsx__table{display:block!important;overflow-x:auto!important} .slack_inline_code{overflow-wrap:anywhere!important;max-width:100%} i.sign{font-style:normal;font-weight:700} td{white-space:normal!important}</style>
         <main>${html}</main>`,
      );
      const drawn = await page.evaluate<Drawn>(MEASURE);
      return { ...drawn, text: asWritten(drawn.text) };
    },
    async screenshot(path) {
      await page.locator("body").screenshot({ path });
    },
    close: () => browser.close(),
  };
}

// Runs in the page. What scrolls or is hidden inside an element does not stand out of it.
const MEASURE = `(() => {
  const main = document.querySelector("main");
  const clipped = (element) => {
    for (let parent = element.parentElement; parent && parent !== main; parent = parent.parentElement) {
      if (/auto|scroll|hidden/.test(getComputedStyle(parent).overflowX)) return true;
    }
    return false;
  };
  const shown = [...main.querySelectorAll("*")].filter((element) => !clipped(element));
  const right = Math.max(0, ...shown.map((element) => element.getBoundingClientRect().right));
  return {
    text: main.innerText,
    links: [...main.querySelectorAll("a")].map(({ href }) => href),
    markup: main.querySelectorAll("script, iframe, img:not([src^='data:']), at, form").length,
    overflow: Math.round(right - document.documentElement.clientWidth),
    unknown: main.innerText.match(/not supported|unsupported/gi)?.length ?? 0,
  };
})()`;
