/** Answers a person's question from what is known. */
import { findCodes } from "../smtp/index.ts";
import { type Explaining, explainReply, type Match } from "./explain.ts";
import type { Entry } from "./model.ts";

export interface Searching extends Explaining {
  readonly entries: readonly Entry[];
  readonly entry: (id: string) => Entry | null;
}

export async function search(
  knowledge: Searching,
  query: string,
  { provider }: { provider?: string | null } = {},
): Promise<Match[]> {
  const named = knowledge.entry(query.trim());
  if (named) return [{ entry: named, matchedBy: "id" }];
  const codes = findCodes(query, { limit: 20 });
  const replyCode = codes.find(({ kind }) => kind === "reply")?.code ?? null;
  const enhancedStatusCode = codes.find(({ kind }) => kind === "enhanced")?.code ?? null;
  return explainReply(knowledge, { text: query, replyCode, enhancedStatusCode, provider });
}
