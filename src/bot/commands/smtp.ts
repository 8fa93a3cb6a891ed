/**
 * `smtp`: what a code or a server's text means. Report: `{"query", "matches": [{"id", "kind", "title", "matchedBy"}], "answer"}`,
 * the best match first; `matches` is empty when nothing fits, and the answer then says why.
 */
import type { Knowledge, Match } from "../../knowledge/index.ts";
import type { Answer } from "../answer.ts";
import { cleanAnswer } from "../clean.ts";
import { UsageError } from "../errors.ts";
import type { CommandResult, RunCommand } from "./command.ts";
import { explainMatches } from "./smtp-answer.ts";
import { smtpHelp } from "./smtp-help.ts";
import { explainNothing } from "./smtp-nothing.ts";

export const smtp: RunCommand = async ({ request, services }) => {
  const knowledge = await services.knowledge();
  const text = request.text.trim();
  if (text === "") return finish(text, [], smtpHelp(), "answered");
  const { query, provider } = readQuestion(text, knowledge);
  if (query === "" && provider !== null) throw noCode(provider);
  const matches = await knowledge.search(query, { provider });
  const named = knowledge.findProvider(query);
  // Any single reply of that provider would be a guess.
  if (named && matches[0]?.entry.kind !== "guide") throw noCode(named.slug);
  return matches.length > 0
    ? finish(text, matches, explainMatches({ query, matches, knowledge }), "answered")
    : finish(text, matches, explainNothing(query, knowledge), "nothing");
};

function noCode(provider: string): UsageError {
  const message = "Give a code or a server's text as well as the provider.";
  return new UsageError("no-code", message, `smtp 5.7.1 @${provider}`);
}

/** Separates `@provider` from what is asked. The `@` of an e-mail address has something before it. */
function readQuestion(text: string, knowledge: Knowledge): { query: string; provider: string | null } {
  const [named] = /(?<!\S)@[\p{L}\p{N}][\p{L}\p{N}._-]{0,60}(?!\S)/u.exec(text) ?? [];
  if (named === undefined) return { query: text, provider: null };
  const provider = knowledge.findProvider(named);
  if (!provider) {
    const near = knowledge.nearProviders(named).map((name) => `@${name}`);
    const hint =
      near.length > 0
        ? `Did you mean ${near.join(", ")}?`
        : "Names such as @gmail, @m365, @yahoo or @postfix work.";
    throw new UsageError(
      "unknown-provider",
      `I know no provider ${named}. ${hint}`,
      `smtp 5.7.1 ${near[0] ?? "@gmail"}`,
    );
  }
  return { query: text.replace(named, " ").trim(), provider: provider.slug };
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
