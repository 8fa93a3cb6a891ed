/** `POST /ask`: a question as JSON; progress and the answer come back as lines of JSON while they are known. */
import express, { type ErrorRequestHandler, type RequestHandler, type Router } from "express";
import { z } from "zod";
import type { Update } from "../../src/bot/answer.ts";
import type { Bot } from "../../src/bot/bot.ts";
import { findCommand } from "../../src/bot/commands/index.ts";
import { MAX_FILE_BYTES, MAX_FILES, type Request } from "../../src/bot/request.ts";
import { render as renderSlack } from "../slack/render.ts";
import { fitAnswer } from "../teams/fit.ts";
import { viewAnswer } from "./answer-view.ts";
import { askButton } from "./ask-button.ts";
import { viewBlocks } from "./slack-view.ts";

/** A largest file in base64, and room for a long text beside it. */
const MAX_BODY_BYTES = Math.ceil((MAX_FILE_BYTES * 4) / 3) + 2 * 1024 * 1024;

const question = z.object({
  command: z.string().max(40).default("interpret"),
  text: z.string(),
  files: z
    .array(z.object({ name: z.string().max(255), base64: z.base64() }))
    .max(MAX_FILES)
    .default([]),
});

export function askRoute(bot: Bot): Router {
  const router = express.Router();
  router.post("/", express.json({ limit: MAX_BODY_BYTES, strict: true }), answerQuestion(bot), refuseBody);
  return router;
}

function answerQuestion(bot: Bot): RequestHandler {
  return async (incoming, response) => {
    const asked = readQuestion(incoming.body, incoming.socket.remoteAddress ?? "", incoming.headers);
    if (!asked) {
      response.status(400).json({ error: 'Expected JSON such as {"text": "smtp 550"}.' });
      return;
    }
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    response.status(200).set({ "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" });
    for await (const update of bot.answer(asked, { signal: gone.signal })) {
      if (gone.signal.aborted) return;
      response.write(`${JSON.stringify(lineOf(update))}\n`);
    }
    response.end();
  };
}

/** `null` where it is not of the form that the page sends. */
function readQuestion(
  body: unknown,
  address: string,
  headers: { "accept-language"?: string },
): Request | null {
  const parsed = question.safeParse(body);
  if (!parsed.success) return null;
  const { command, text, files } = parsed.data;
  const name = command === "interpret" ? command : findCommand(command)?.name;
  const contents = files.map(({ name: file, base64 }) => ({
    name: file,
    bytes: Buffer.from(base64, "base64"),
  }));
  if (name === undefined || contents.some(({ bytes }) => bytes.length > MAX_FILE_BYTES)) return null;
  const [locale] = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*/.exec(headers["accept-language"] ?? "") ?? [];
  return {
    command: name,
    text,
    files: contents,
    place: { platform: "web", tenant: "web", conversation: address, private: true },
    asker: { id: address, ...(locale ? { locale } : {}) },
  };
}

function lineOf(update: Update): object {
  if (!("answer" in update)) return update;
  const { answer, outcome } = update;
  return {
    answer: {
      title: answer.title,
      outcome,
      plain: viewAnswer(answer, {
        titleTag: "h2",
        ask: (followUp) => askButton(followUp.label, followUp),
      }),
      slack: renderSlack(answer).map(({ blocks }) => viewBlocks(blocks)),
      teams: fitAnswer(answer).card,
    },
  };
}

const errorShape = z.object({ status: z.number().int().min(400).max(499) });

const refuseBody: ErrorRequestHandler = (error, _request, response, next) => {
  const parsed = errorShape.safeParse(error);
  if (response.headersSent || !parsed.success) return next(error);
  const tooLarge = parsed.data.status === 413;
  response.status(parsed.data.status).json({
    error: tooLarge
      ? `That is too large: all files of one question together may have ${MAX_FILE_BYTES / 1024 / 1024} MB.`
      : "Expected JSON.",
  });
};
