import { stripVTControlCharacters } from "node:util";
import stringWidth from "fast-string-width";
import { describe, expect, test } from "vitest";
import { renderAnswer } from "../../../adapters/terminal/render.ts";
import { type Answer, code, say, strong } from "../../../src/bot/answer.ts";

const long =
  "A sentence that goes on for longer than any terminal is wide, so that it has to be wrapped somewhere.";

const answer: Answer = {
  title: "example.org can receive mail",
  status: "warning",
  summary: say`Ask ${strong("their administrator")} about ${code("v=DMARC1")}.`,
  sections: [
    {
      kind: "checks",
      rows: [
        { status: "ok", label: "SPF passed", detail: say`${long}` },
        { status: "unknown", label: "DMARC", detail: say`not available` },
      ],
    },
    { kind: "facts", rows: [{ label: "Sender", value: say`${long}` }] },
    { kind: "list", ordered: true, items: [say`${long}`, say`short`] },
    {
      kind: "table",
      header: ["Host", "Address"],
      rows: [
        [say`mx.example.org`, say`192.0.2.1`],
        [say`mx2`, say`192.0.2.2`],
      ],
    },
    { kind: "code", caption: "Publish this", text: `v=spf1 ${"ip4:192.0.2.1 ".repeat(12)}-all` },
    { kind: "details", title: "SPF tree", sections: [{ kind: "text", text: say`folded text` }] },
  ],
  followUps: [
    { label: "Check again", command: "checkdomain", text: "example.org" },
    { label: "RFC 7489", href: "https://www.rfc-editor.org/" },
  ],
  sources: [{ text: "RFC 9989", href: "https://www.rfc-editor.org/rfc/rfc9989" }],
};

const plain = { width: 60, color: false, details: true, numbered: false };

describe("an answer in the terminal", () => {
  test("begins with its verdict, marked by its status", () => {
    expect(renderAnswer(answer, plain).split("\n")[0]).toBe("! example.org can receive mail");
  });

  test("is wrapped to the width, except for what has to be copied exactly", () => {
    const lines = renderAnswer(answer, plain).split("\n");
    const wide = lines.filter((line) => stringWidth(line) > 60 && !line.startsWith("  "));
    expect(wide).toEqual([]);
    expect(lines).toContain(`    v=spf1 ${"ip4:192.0.2.1 ".repeat(12)}-all`);
  });

  test("says the same with and without colour", () => {
    const colored = renderAnswer(answer, { ...plain, color: true });
    expect(colored).not.toBe(renderAnswer(answer, plain));
    expect(stripVTControlCharacters(colored)).toBe(renderAnswer(answer, plain));
  });

  test("folds details where asked to", () => {
    expect(renderAnswer(answer, plain)).toContain("folded text");
    const folded = renderAnswer(answer, { ...plain, details: false });
    expect(folded).toContain("▸ SPF tree");
    expect(folded).not.toContain("folded text");
  });

  test("lines up the columns of a table and the labels of rows", () => {
    const lines = renderAnswer(answer, plain).split("\n");
    expect(lines).toContain("Host            Address");
    expect(lines).toContain("mx2             192.0.2.2");
    expect(lines).toContain("? DMARC       not available");
  });

  test("numbers its next steps for a chat", () => {
    const lines = renderAnswer(answer, { ...plain, numbered: true }).split("\n");
    expect(lines).toContain("1) Check again: checkdomain example.org");
    expect(lines).toContain("2) RFC 7489: https://www.rfc-editor.org/");
  });
});
