/** What Postie really says to questions that need no network: good, bad and hostile ones, for every such command. */
import { readdir, readFile } from "node:fs/promises";
import type { Answer } from "../../src/bot/answer.ts";
import { createBot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { createServices } from "../../src/services.ts";
import { finalOf, request } from "./requests.ts";

const SAMPLES = new URL("../../../shared/bounces/paste/", import.meta.url);

const questions: Record<string, string> = {
  "smtp-550": "smtp 550",
  "smtp-gmail": "smtp 550 5.7.26 @gmail",
  "smtp-subject": "smtp 4.7.99",
  "smtp-words": "smtp mailbx full",
  "smtp-nothing": "smtp weather tomorrow",
  "smtp-wrong": "smtp 999",
  "smtp-help": "smtp",
  "smtp-hostile": "smtp <!channel> *x* `y` <https://evil.example|click>",
  "bounce-line": "bounce 550 5.1.1 <anna@example.org>: user unknown",
  "bounce-none": "bounce hello there",
  "guide-list": "mailguide",
  "guide-dmarc": "mailguide dmarc",
  help: "mailhelp",
  "help-command": "mailhelp checkdomain",
  "domain-wrong": "checkdomain not a domain",
};

/** Answers by the name of their question. */
export async function realAnswers(): Promise<Record<string, Answer>> {
  const bot = createBot({ commands, services: createServices({ dns: undefined, knowledge: undefined }) });
  const asked: Record<string, string> = { ...questions, ...(await pastedBounces()) };
  const answers: Record<string, Answer> = {};
  for (const [name, text] of Object.entries(asked))
    answers[name] = (await finalOf(bot, request({ text }))).answer;
  return answers;
}

/** A few real pastes, where the collection is there. */
async function pastedBounces(): Promise<Record<string, string>> {
  const names = await readdir(SAMPLES).catch(() => []);
  const some = names.filter((name) => name.endsWith(".txt")).filter((_, index) => index % 10 === 0);
  const entries = some.map(async (name) => [
    `paste-${name.replace(/\W/g, "-")}`,
    await readFile(new URL(name, SAMPLES), "utf8"),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}
