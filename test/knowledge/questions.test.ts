/**
 * How well people's questions are answered, by the questions of ../shared/facts (skipped where that folder is not there).
 *
 * A question names what should answer it: `code:550` is `reply:550`; `enh:5.7.1` is `status:X.7.1`; `topic:dmarc` is `guide:dmarc`, an
 * entry of that category or one that leads to that guide; `topic:myth-502` is a myth whose key begins so; `prov:gmail:5.7.8` is an entry of that
 * provider that holds the key among its codes, tokens, names or examples; `none` is no match at all.
 */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Entry, loadKnowledge } from "../../src/knowledge/index.ts";

interface Question {
  query: string;
  expected: string[];
  kind: string;
}

const file = new URL("../../../shared/facts/questions.json", import.meta.url);

test.skipIf(!existsSync(file))(
  "nine of ten questions get the right answer first, nearly all among the first three",
  async () => {
    const knowledge = await loadKnowledge();
    const questions: Question[] = JSON.parse(readFileSync(file, "utf8"));
    const asked = questions.filter(({ kind }) => kind !== "negative");
    const missed: string[] = [];
    let first = 0;
    let amongThree = 0;
    for (const { query, expected } of asked) {
      const matches = await knowledge.search(query);
      const place = matches.findIndex(({ entry }) => expected.some((wanted) => isWanted(entry, wanted)));
      if (place === 0) first++;
      if (place >= 0 && place < 3) amongThree++;
      else missed.push(query);
    }
    expect(first / asked.length, missed.join("\n")).toBeGreaterThanOrEqual(0.9);
    expect(amongThree / asked.length, missed.join("\n")).toBeGreaterThanOrEqual(0.97);
  },
);

test.skipIf(!existsSync(file))("questions about something else find nothing", async () => {
  const knowledge = await loadKnowledge();
  const questions: Question[] = JSON.parse(readFileSync(file, "utf8"));
  const negative = questions.filter(({ kind }) => kind === "negative");
  expect(negative.length).toBeGreaterThan(0);
  for (const { query } of negative) expect(await knowledge.search(query), query).toEqual([]);
});

test.each([
  "weather tomorrow",
  "smtp 999",
  "404 not found",
  "403 forbidden",
  "how to cook rice",
  "printer out of paper",
  "bitcoin price",
  "holiday request form",
  "reset my password",
  "error 0x80070005",
  "asdf qwer",
  "9.9.9",
  "good morning",
])("%j is about something else", async (query) => {
  expect(await (await loadKnowledge()).search(query)).toEqual([]);
});

test.each([
  ["mailbx full", "guide:mailbox-full"],
  ["greylsted", "guide:greylisting"],
  ["relayng denied", "guide:relay-denied"],
  ["conection refused", "guide:connection-refused"],
  ["Postfach voll", "guide:mailbox-full"],
  ["boîte pleine", "guide:mailbox-full"],
  ["buzon lleno", "guide:mailbox-full"],
  ["Nachricht zu groß", "guide:message-too-large"],
  ["utilisateur inconnu", "guide:user-unknown"],
  ["difference between -all and ~all", "guide:spf-all"],
  ["two spf records", "guide:spf-multiple-records"],
  ["was bedeutet 550", "reply:550"],
  ["471", "reply:471"],
  ["error 111", "reply:111"],
  ["5.7.30", "status:X.7.30"],
  ["5.7.26 @gmail", "gmail:5.7.26"],
  ["[TSS04]", "yahoo:TSS04"],
  ["550 5.7.515", "outlook:5.7.515"],
  ["spf permerror too many lookups", "guide:spf-too-many-lookups"],
])("%j is answered by %s", async (query, id) => {
  const knowledge = await loadKnowledge();
  const provider = /@(\S+)/.exec(query)?.[1] ?? null;
  const [match] = await knowledge.search(query, { provider });
  expect(match?.entry.id).toBe(id);
});

function isWanted(entry: Entry, wanted: string): boolean {
  const [kind, name = "", ...rest] = wanted.split(":");
  switch (kind) {
    case "code":
      return entry.id === `reply:${name}`;
    case "enh":
      return entry.id === `status:X${name.slice(1)}`;
    case "topic":
      if (name.startsWith("myth-")) return entry.id.startsWith(`myth:${name.slice(5)}`);
      return entry.id === `guide:${name}` || entry.category === name || entry.guides.includes(name);
    case "prov":
      return entry.kind === "provider" && entry.provider.startsWith(name) && holds(entry, rest.join(":"));
    default:
      return false;
  }
}

function holds(entry: Extract<Entry, { kind: "provider" }>, key: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, "");
  const { replyCodes, statusCodes, tokens, title, aliases, examples } = entry;
  return [entry.key, ...replyCodes, ...statusCodes, ...tokens, title, ...aliases, ...examples]
    .map(plain)
    .some((text) => text.includes(plain(key)));
}
