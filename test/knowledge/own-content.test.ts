/** Postie's own knowledge: its files are right, and what is known of codes and texts is in them. */
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { checkKnowledge, type Entry, type Knowledge, loadKnowledge } from "../../src/knowledge/index.ts";

const facts = new URL("../../../shared/facts/", import.meta.url);
const haveFacts = existsSync(new URL("documents.json", facts));

function readFacts(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, facts), "utf8"));
}

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await loadKnowledge();
});

test("the files have their form, and every reference leads somewhere", async () => {
  const { problems } = await checkKnowledge();
  expect(problems.map(({ file, line, reason }) => `${file}:${line}: ${reason}`)).toEqual([]);
});

test("every example of an entry leads to that entry", async () => {
  const missed = knowledge.entries.flatMap((entry) => {
    if (entry.kind !== "provider") return [];
    const lost = entry.examples.filter((example) => !explains(example, entry));
    return lost.map((example) => `${entry.id}: ${example}`);
  });
  expect(missed).toEqual([]);
});

function explains(text: string, entry: Extract<Entry, { kind: "provider" }>): boolean {
  const [replyCode = null] = entry.replyCodes;
  const enhancedStatusCode = entry.statusCodes.find((code) => !code.includes("-")) ?? null;
  const matches = knowledge.explainReply({ text, replyCode, enhancedStatusCode, provider: entry.provider });
  return matches.some((match) => match.entry.id === entry.id);
}

describe.skipIf(!haveFacts)(
  "of the gathered facts (../shared/facts, skipped where that folder is not there)",
  () => {
    test("every standard and every other reply code has its entry", () => {
      const codes = codesIn(readFacts("reply-codes.json"));
      expect(codes.length).toBeGreaterThan(60);
      expect(codes.filter((code) => !knowledge.entry(`reply:${code}`))).toEqual([]);
    });

    test("every registered enhanced status code has its entry", () => {
      const codes = list(readFacts("enhanced-status.json")).map(({ code }) => String(code));
      expect(codes.length).toBeGreaterThan(75);
      expect(codes.filter((code) => !knowledge.entry(`status:${code}`))).toEqual([]);
    });

    test("every code and message of the documents is answered by an entry that names it", async () => {
      const documents = readFacts("documents.json");
      const entries = list(
        typeof documents === "object" && documents !== null ? Reflect.get(documents, "entries") : [],
      );
      expect(entries.length).toBeGreaterThan(160);
      const missed: string[] = [];
      for (const { code, enhanced, message, product } of entries) {
        const asked = [code, enhanced, message].filter((part) => typeof part === "string").join(" ");
        const provider = typeof product === "string" ? knowledge.findProvider(product)?.slug : undefined;
        const matches = (await knowledge.search(asked, { provider: provider ?? null })).slice(0, 3);
        if (!matches.some(({ entry }) => names(entry, String(code).split("/")))) missed.push(asked);
      }
      expect(missed).toEqual([]);
    });

    test("every wrong or outdated claim has its correction", () => {
      const documents = readFacts("documents.json");
      const claims = list(
        typeof documents === "object" && documents !== null ? Reflect.get(documents, "contradictions") : [],
      ).map(({ id }) => String(id));
      expect(claims.length).toBeGreaterThan(40);
      expect(claims.filter((id) => !knowledge.entry(`myth:${id}`))).toEqual([]);
    });
  },
);

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}

/** All codes of three digits that a table holds under `code`, however it is laid out. */
function codesIn(table: unknown): string[] {
  if (Array.isArray(table)) return table.flatMap(codesIn);
  if (typeof table !== "object" || table === null) return [];
  const own: unknown = Reflect.get(table, "code");
  const inner = Object.values(table).flatMap((value) => (typeof value === "object" ? codesIn(value) : []));
  return /^\d{3}$/.test(String(own)) ? [String(own), ...inner] : inner;
}

/** True when the entry is about one of the codes. */
function names(entry: Entry, codes: readonly string[]): boolean {
  switch (entry.kind) {
    case "reply":
      return codes.includes(entry.code) || codes.some((code) => entry.aliases.includes(`code ${code}`));
    case "status":
      return codes.some((code) => entry.replyCodes.includes(code) || code.slice(1) === entry.code.slice(1));
    case "provider":
      return codes.some((code) => entry.replyCodes.includes(code) || entry.statusCodes.includes(code));
    case "myth":
      return codes.some((code) => entry.codes.includes(code));
    default:
      return codes.some((code) => entry.examples.some((example) => example.includes(code)));
  }
}
