/** The page as a person uses it, in a real browser that reaches no other host. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { createHttpServer } from "../../adapters/http.ts";
import { addWeb } from "../../adapters/web/index.ts";
import { createBot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { createServices } from "../../src/services.ts";
import { CHROMIUM } from "./card-page.ts";
import { type DnsServer, startDnsServer } from "./dns-server.ts";
import type { Zone } from "./dns-zone.ts";

export interface WebPage {
  readonly address: string;
  /** Opens the page at this path; what goes wrong in the browser is kept in `problems`. */
  open(path: string, look?: BrowserContextOptions): Promise<Page>;
  /** Errors of the console (also of the Content-Security-Policy), and requests to other hosts. */
  readonly problems: string[];
  close(): Promise<void>;
}

export async function openWebPage(zone: Zone): Promise<WebPage> {
  const dns: DnsServer = await startDnsServer(zone);
  const services = createServices({ dns: [dns.address], knowledge: undefined });
  const http = createHttpServer({ host: "127.0.0.1", port: 0 });
  addWeb({ app: http.app, bot: createBot({ commands, services }), services, names: [] });
  const address = await http.listen();
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const problems: string[] = [];
  return {
    address,
    problems,
    async open(path, look = {}) {
      const context = await browser.newContext(look);
      const page = await context.newPage();
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("request", (request) => {
        if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(address)) {
          problems.push(`asked ${request.url()}`);
        }
      });
      await page.goto(`${address}${path}`);
      return page;
    },
    async close() {
      await browser.close();
      await http.close(0);
      (await services.resolver()).close();
      await dns.close();
    },
  };
}

/** What axe-core finds that is serious or critical, as `rule: element`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(source);
  return page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html.slice(0, 160))))`);
}
