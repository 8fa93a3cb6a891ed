import { z } from "zod";
import { commands } from "../../src/bot/commands/index.ts";
import type { Activity, InvokeResponse } from "./activity.ts";
import { askOf } from "./ask.ts";
import { ASK_VERB, type Ask, type Card, rich, run } from "./card.ts";
import type { Context } from "./context.ts";
import { cardAttachment } from "./outgoing.ts";
import { withinPatience } from "./patience.ts";
import { answerOf, requestOf } from "./question.ts";

/** Search in the compose box: a code, a server's words or a topic gives a list, and the chosen entry becomes a card. */

/** The command that the manifest names. */
export const SEARCH_KNOWLEDGE = "searchKnowledge";
/** Its parameter. */
export const SEARCH_PARAMETER = "query";

const querySchema = z.looseObject({
  parameters: z
    .array(z.looseObject({ name: z.string().optional(), value: z.unknown().optional() }))
    .optional(),
});

/** The part of the report of `smtp` that a list needs; its form is stable. */
const reportSchema = z.looseObject({
  matches: z.array(z.looseObject({ id: z.string(), kind: z.string(), title: z.string() })),
});

const MOST_RESULTS = 8;

interface Result {
  title: string;
  /** Beside the title: which code or guide it is. */
  subtitle: string;
  ask: Ask;
}

/** Answers `composeExtension/query`. */
export async function searchKnowledge(activity: Activity, context: Context): Promise<InvokeResponse> {
  const query = querySchema.safeParse(activity.value);
  const given = query.success ? (query.data.parameters ?? []) : [];
  // Trial clients send the text under another name, or none.
  const named =
    given.find(({ name }) => name === SEARCH_PARAMETER) ?? given.find(({ name }) => name !== "initialRun");
  const text = typeof named?.value === "string" ? named.value.trim() : "";
  const results = text === "" ? exampleResults() : await withinPatience(findResults(text, activity, context));
  if (!results) return searchNotice("That took too long. Type on to search again.");
  if (results.length === 0) return searchNotice(`Nothing fits "${text.slice(0, 60)}".`);
  return listResponse(results.slice(0, MOST_RESULTS).map(listItem));
}

/** Answers `composeExtension/selectItem`: the chosen entry, in full. */
export async function selectResult(activity: Activity, context: Context): Promise<InvokeResponse> {
  const ask = askOf(activity.value);
  if (!ask) return { status: 400 };
  const request = requestOf(activity, ask, context, { seenByAskerOnly: true });
  const answer = await withinPatience(answerOf(request, context));
  return answer
    ? listResponse([cardAttachment(answer.card)])
    : searchNotice("That took too long. Choose it again.");
}

async function findResults(text: string, activity: Activity, context: Context): Promise<Result[]> {
  const request = requestOf(activity, { command: "smtp", text }, context, { seenByAskerOnly: true });
  for await (const update of context.bot.answer(request)) {
    if (!("answer" in update)) continue;
    const report = reportSchema.safeParse(update.report);
    if (!report.success) return [];
    return report.data.matches.map(({ id, kind, title }) => ({
      title,
      subtitle: id,
      ask: { command: kind === "guide" ? "mailguide" : "smtp", text: id },
    }));
  }
  return [];
}

/** Before anything is typed: what the commands' examples give. */
function exampleResults(): Result[] {
  return commands
    .filter(({ live }) => !live)
    .flatMap(({ name, summary, examples }) => {
      const [example] = examples.filter((text) => text !== "");
      return example
        ? [{ title: summary, subtitle: `${name} ${example}`, ask: { command: name, text: example } }]
        : [];
    });
}

/** Teams shows `preview` in the list and asks for the whole card once it is chosen. */
function listItem({ title, subtitle, ask }: Result) {
  const card: Card = {
    type: "AdaptiveCard",
    version: "1.5",
    fallbackText: title || subtitle,
    body: [rich([run(title, { weight: "bolder" })]), rich([run(subtitle, { fontType: "monospace" })])],
  };
  const tap = { type: "invoke", value: { verb: ASK_VERB, ...ask } };
  const preview = {
    contentType: "application/vnd.microsoft.card.thumbnail",
    content: { title: withoutBrackets(title), text: withoutBrackets(subtitle), tap },
  };
  return { ...cardAttachment(card), preview };
}

/** Some clients read HTML in a thumbnail and some show it as it stands, so that there is no bracket to read. */
function withoutBrackets(text: string): string {
  return text.replaceAll("<", "‹").replaceAll(">", "›");
}

/** A line of text in place of a list. */
export function searchNotice(text: string): InvokeResponse {
  return { status: 200, body: { composeExtension: { type: "message", text } } };
}

function listResponse(attachments: object[]): InvokeResponse {
  return {
    status: 200,
    body: { composeExtension: { type: "result", attachmentLayout: "list", attachments } },
  };
}
