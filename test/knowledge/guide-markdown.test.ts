import { describe, expect, test } from "vitest";
import { guideProblems } from "../../src/knowledge/guide-markdown.ts";
import { parseGuideMarkdown } from "../../src/knowledge/index.ts";

describe("a guide's Markdown", () => {
  test("has headings and paragraphs, whose lines are joined", () => {
    expect(parseGuideMarkdown("## What it is\n\nOne\ntwo.\n\nThree.")).toEqual([
      { kind: "heading", text: "What it is" },
      { kind: "paragraph", text: [{ kind: "text", text: "One two." }] },
      { kind: "paragraph", text: [{ kind: "text", text: "Three." }] },
    ]);
  });

  test("has code, strong words and links to https pages within text", () => {
    expect(
      parseGuideMarkdown(
        "Add `v=spf1 *` **now** in *Settings*, see [RFC](https://example.org/a) and [x](http://b)",
      ),
    ).toEqual([
      {
        kind: "paragraph",
        text: [
          { kind: "text", text: "Add " },
          { kind: "code", text: "v=spf1 *" },
          { kind: "text", text: " " },
          { kind: "strong", text: "now" },
          { kind: "text", text: " in " },
          { kind: "strong", text: "Settings" },
          { kind: "text", text: ", see " },
          { kind: "link", text: "RFC", href: "https://example.org/a" },
          { kind: "text", text: " and [x](http://b)" },
        ],
      },
    ]);
  });

  test("has lists, whose items may go on in the next line or hold a list", () => {
    expect(parseGuideMarkdown("1. one\n   more\n2. two\n   - inner\n\n- other")).toEqual([
      {
        kind: "list",
        ordered: true,
        items: [
          [{ kind: "text", text: "one more" }],
          [{ kind: "text", text: "two" }],
          [{ kind: "text", text: "– inner" }],
        ],
      },
      { kind: "list", ordered: false, items: [[{ kind: "text", text: "other" }]] },
    ]);
  });

  test("has code blocks, kept as they are", () => {
    expect(parseGuideMarkdown("```\na  **b**\n\n- c\n```\nend")).toEqual([
      { kind: "code", text: "a  **b**\n\n- c" },
      { kind: "paragraph", text: [{ kind: "text", text: "end" }] },
    ]);
  });

  test("has tables, in whose cells a bar may stand as code or after a backslash", () => {
    expect(parseGuideMarkdown("| a | b |\n|---|---|\n| `x|y` | 1 \\| 2 |\n| z |")).toEqual([
      {
        kind: "table",
        header: ["a", "b"],
        rows: [
          [[{ kind: "code", text: "x|y" }], [{ kind: "text", text: "1 | 2" }]],
          [[{ kind: "text", text: "z" }], []],
        ],
      },
    ]);
  });

  test("that is not closed or odd ends somewhere", () => {
    for (const odd of ["```\nnever closed", "| a |", "**bold", "`code", "- ", "#", "\n\n", "1. "]) {
      expect(() => parseGuideMarkdown(odd)).not.toThrow();
    }
  });

  test("is told what of Markdown a guide may not use, with the line", () => {
    expect(
      guideProblems("ok\n![i](https://x/y.png)\n[a](http://x)\n<b>x</b>\n`[a](b)` fine\n```\n<html>\n```"),
    ).toEqual([
      { line: 2, reason: "guides hold no images" },
      { line: 3, reason: "links in guides lead to https: pages" },
      { line: 4, reason: "guides hold no HTML" },
    ]);
    expect(guideProblems("```\nopen")).toEqual([{ line: 2, reason: "a code block is not closed" }]);
  });
});
