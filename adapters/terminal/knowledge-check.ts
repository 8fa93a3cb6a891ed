import { checkKnowledge } from "../../src/knowledge/index.ts";
import type { Terminal } from "./index.ts";

/**
 * `postie knowledge check [DIR]`: every mistake with file, line and reason, or what there is. Answers with the exit code.
 * @param folder local knowledge, laid over Postie's own
 */
export async function checkKnowledgeFiles(
  terminal: Terminal,
  folder: string | undefined,
  json: boolean,
): Promise<number> {
  const { problems, counts } = await checkKnowledge(folder);
  if (json) terminal.stdout.write(`${JSON.stringify({ problems, counts })}\n`);
  else {
    for (const { file, line, reason } of problems) terminal.stderr.write(`${file}:${line}: ${reason}\n`);
    if (counts) terminal.stdout.write(`${countLines(counts).join("\n")}\n`);
  }
  return problems.length > 0 ? 1 : 0;
}

function countLines({
  byKind,
  byProvider,
  ...totals
}: object & { byKind: object; byProvider: object }): string[] {
  const lines = (counts: object) =>
    Object.entries(counts).map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`);
  return ["All", ...lines(totals), "By kind", ...lines(byKind), "By provider", ...lines(byProvider)];
}
