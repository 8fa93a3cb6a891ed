import fc from "fast-check";
import { expect, test } from "vitest";
import { loadKnowledge } from "../../src/knowledge/index.ts";

const pieces = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(
    "550",
    "5.7.1",
    "@",
    "gmail",
    "\r\n",
    "\u0000",
    "smtp;",
    "mailbox",
    "full",
    "*",
    "(",
    "[",
    "\\",
    "ß",
    "\ud800",
  ),
);

test("any text is looked up without a fault, and no entry is found twice", async () => {
  const knowledge = await loadKnowledge();
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), async (parts) => {
      const text = parts.join(" ");
      for (const matches of [
        await knowledge.search(text),
        knowledge.explainReply({ text, replyCode: "550" }),
      ]) {
        const ids = matches.map(({ entry }) => entry.id);
        expect(new Set(ids).size).toBe(ids.length);
      }
      await knowledge.searchGuides(text, { lenient: true });
    }),
    { numRuns: 300 },
  );
});
