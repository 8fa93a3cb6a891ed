import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";

export type Theme = "light" | "dark" | "contrast";

/** What a browser made of a card. */
export interface Rendered {
  /** The text as a reader sees it, with its lines. */
  text: string;
  /** Where links lead. */
  links: string[];
  /** How many elements there are that only markup in a text could have made. */
  markup: number;
  /** How far anything stands out to the right, in pixels. */
  overflow: number;
  /** What the library complained about while parsing or rendering. */
  problems: string[];
}

export interface CardPage {
  show(card: object, look?: { theme?: Theme; width?: number }): Promise<Rendered>;
  /** The page itself, to click in. */
  readonly page: Page;
  /** A PNG of the card as it is shown now. */
  screenshot(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Where Debian puts it; CHROMIUM names another one. */
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Shows cards with Microsoft's own renderer in a real browser, which asks no other host. */
export async function openCardPage(): Promise<CardPage> {
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const page = await browser.newPage();
  await page.setContent(await readFile(new URL("card-page.html", import.meta.url), "utf8"));
  await page.addScriptTag({
    path: createRequire(import.meta.url).resolve("adaptivecards/dist/adaptivecards.js"),
  });
  return {
    page,
    async show(card, { theme = "light", width = 600 } = {}) {
      await page.setViewportSize({ width, height: 800 });
      const input = JSON.stringify({ card, hostConfig: hostConfig(theme), theme });
      return page.evaluate(`showCard(${input})`);
    },
    async screenshot(path) {
      await page.locator("body").screenshot({ path });
    },
    close: () => browser.close(),
  };
}

/** A host configuration with the colours and sizes that Teams' documentation and clients show. */
function hostConfig(theme: Theme): object {
  const { text, subtle, back, emphasis, accent, good, warning, attention } = PALETTES[theme];
  const color = (value: string) => ({ default: value, subtle: value });
  const foregroundColors = {
    default: { default: text, subtle },
    dark: color(text),
    light: color(back),
    accent: color(accent[0]),
    good: color(good[0]),
    warning: color(warning[0]),
    attention: color(attention[0]),
  };
  const style = (backgroundColor: string) => ({ backgroundColor, foregroundColors, borderColor: subtle });
  return {
    supportsInteractivity: true,
    fontTypes: {
      default: { fontFamily: '"Segoe UI", "DejaVu Sans", sans-serif', fontSizes: SIZES },
      monospace: { fontFamily: 'Consolas, "DejaVu Sans Mono", monospace', fontSizes: SIZES },
    },
    spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
    separator: { lineThickness: 1, lineColor: subtle },
    containerStyles: {
      default: style(back),
      emphasis: style(emphasis),
      accent: style(accent[1]),
      good: style(good[1]),
      warning: style(warning[1]),
      attention: style(attention[1]),
    },
    actions: { maxActions: 6, buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left" },
  };
}

const SIZES = { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 };

const PALETTES: Record<
  Theme,
  Record<"text" | "subtle" | "back" | "emphasis", string> &
    Record<"accent" | "good" | "warning" | "attention", [text: string, back: string]>
> = {
  light: {
    text: "#242424",
    subtle: "#616161",
    back: "#ffffff",
    emphasis: "#f0f0f0",
    accent: ["#4f52b2", "#e8ebfa"],
    good: ["#237b4b", "#e7f2da"],
    warning: ["#835c00", "#fbf6d9"],
    attention: ["#c4314b", "#fcf4f6"],
  },
  dark: {
    text: "#ffffff",
    subtle: "#adadad",
    back: "#292929",
    emphasis: "#1f1f1f",
    accent: ["#a6a7dc", "#323348"],
    good: ["#92c353", "#2d3a22"],
    warning: ["#f8d22a", "#463a13"],
    attention: ["#f9526b", "#3e1f25"],
  },
  contrast: {
    text: "#ffffff",
    subtle: "#ffffff",
    back: "#000000",
    emphasis: "#000000",
    accent: ["#ffff01", "#000000"],
    good: ["#3ff23f", "#000000"],
    warning: ["#ffff01", "#000000"],
    attention: ["#ff6d6d", "#000000"],
  },
};
