/** The routes of the page on the shared server. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { Bot } from "../../src/bot/bot.ts";
import type { Services } from "../../src/bot/services.ts";
import { askRoute } from "./ask.ts";
import { chatPage } from "./chat-page.ts";
import { guardPage } from "./guard.ts";
import { knowledgeIndex, knowledgePage, missingPage } from "./knowledge-pages.ts";

export interface WebOptions {
  readonly app: Express;
  readonly bot: Bot;
  readonly services: Services;
  /** The names by which the page may be reached beside this machine's own; without any it is for loopback only. */
  readonly names: readonly string[];
}

const PUBLIC = fileURLToPath(new URL("public/", import.meta.url));
const CARDS = createRequire(import.meta.url).resolve("adaptivecards/dist/adaptivecards.min.js");

/** Adds the chat (`/`), its questions (`POST /ask`), the knowledge base (`/knowledge`) and its files (`/web`). */
export function addWeb({ app, bot, services, names }: WebOptions): void {
  const guard = guardPage(names);
  const chat = chatPage();
  app.get("/", guard, (_request, response) => {
    response.type("html").send(chat);
  });
  app.use("/ask", guard, askRoute(bot));
  app.use("/knowledge", guard, async (request, response) => {
    const knowledge = await services.knowledge();
    const { q } = request.query;
    const id = decodePath(request.path.slice(1));
    const page =
      id === ""
        ? await knowledgeIndex(knowledge, typeof q === "string" ? q : "")
        : knowledgePage(knowledge, id ?? "");
    response
      .status(page === null ? 404 : 200)
      .type("html")
      .send(page ?? missingPage());
  });
  app.get("/web/adaptivecards.js", guard, (_request, response) => {
    response.sendFile(CARDS, { dotfiles: "allow" });
  });
  app.use("/web", guard, express.static(PUBLIC, { index: false, redirect: false }));
  app.use(["/ask", "/knowledge", "/web"], tellFault);
}

/** `null` where it is no well-formed address. */
function decodePath(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** Nothing of the fault itself is told: it may hold paths of this machine. */
const tellFault: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  const asked = error instanceof Error && "status" in error && Number(error.status) < 500;
  response
    .status(asked ? 400 : 500)
    .type("text/plain")
    .send(asked ? "This is not an address of the page.\n" : "Something went wrong inside Postie.\n");
};
