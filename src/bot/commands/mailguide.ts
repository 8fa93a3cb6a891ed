/**
 * `mailguide`: explains a topic. Report: `{"query", "matches": [{"id", "kind", "title", "matchedBy"}], "answer"}` as `smtp` has it;
 * without a topic, `matches` is empty and the answer lists the guides.
 */
import type { GuideEntry, Knowledge, Match } from "../../knowledge/index.ts";
import { type Answer, code, say } from "../answer.ts";
import { cleanAnswer } from "../clean.ts";
import type { CommandResult, RunCommand } from "./command.ts";
import { listGuides } from "./guide-list.ts";
import { guideSections, readGuide } from "./guide-sections.ts";

export const mailguide: RunCommand = async ({ request, services }) => {
  const knowledge = await services.knowledge();
  const query = request.text.trim();
  if (query === "") return finish(query, [], listGuides(knowledge), "answered");
  const key = query.toLowerCase().replace(/\s+/g, "-");
  const named = knowledge.entry(query) ?? knowledge.entry(`guide:${key}`);
  if (named?.kind === "guide") {
    return finish(query, [{ entry: named, matchedBy: "id" }], showGuide(named, []), "answered");
  }
  const matches = await knowledge.searchGuides(query);
  const [first, ...others] = matches.flatMap(({ entry }) => (entry.kind === "guide" ? [entry] : []));
  if (!first) return finish(query, [], noGuide(query, await nearest(query, knowledge)), "nothing");
  return finish(query, matches, showGuide(first, others), "answered");
};

/** How many guides that fit less well, or are related, are offered. */
const MAX_OFFERED = 4;

function showGuide(guide: GuideEntry, others: readonly GuideEntry[]): Answer {
  return {
    title: guide.title,
    status: "info",
    summary: say`${guide.meaning}${guide.local ? " (From your own organisation's knowledge.)" : ""}`,
    sections: guideSections(guide),
    followUps: [
      ...others.slice(0, 2).map(readGuide),
      ...guide.guides.map(
        (key): ReturnType<typeof readGuide> => ({
          label: key.replaceAll("-", " "),
          command: "mailguide",
          text: key,
        }),
      ),
    ].slice(0, MAX_OFFERED),
    sources: guide.sources.map(({ text, href }) => (href ? { text, href } : { text })),
  };
}

async function nearest(query: string, knowledge: Knowledge): Promise<GuideEntry[]> {
  const near = await knowledge.searchGuides(query, { lenient: true });
  return near.flatMap(({ entry }) => (entry.kind === "guide" ? [entry] : [])).slice(0, MAX_OFFERED);
}

function noGuide(query: string, near: readonly GuideEntry[]): Answer {
  const short = query.length > 60 ? `${query.slice(0, 59)}…` : query;
  return {
    title: `There is no guide that matches "${short.replace(/\s+/g, " ")}"`,
    status: "unknown",
    summary: say`${code("mailguide")} alone lists all guides. Codes and server texts are explained by ${code("smtp")}.`,
    sections:
      near.length > 0
        ? [
            { kind: "heading", text: "Nearest to it" },
            { kind: "list", items: near.map(({ key, title }) => say`${code(`mailguide ${key}`)} ${title}`) },
          ]
        : [],
    followUps: [...near.map(readGuide), { label: "List the guides", command: "mailguide", text: "" }],
    sources: [],
  };
}

function finish(
  query: string,
  matches: readonly Match[],
  answer: Answer,
  outcome: CommandResult["outcome"],
): CommandResult {
  const told = matches.map(({ entry: { id, kind, title }, matchedBy }) => ({ id, kind, title, matchedBy }));
  return { answer, outcome, report: { query, matches: told, answer: cleanAnswer(answer) } };
}
