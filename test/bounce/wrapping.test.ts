import { describe, expect, test } from "vitest";
import { type BounceReport, readBounce } from "../../src/bounce/index.ts";
import { forms } from "./support/forms.ts";

const encode = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const ADDRESS = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

function wrapAt(width: number, text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

const wrappings: Record<string, (text: string) => string> = {
  "Slack's encoding": (text) => encode(text).replace(ADDRESS, "<mailto:$&|$&>"),
  "Slack's quote": (text) => encode(text).replace(/^/gm, "&gt; "),
  "Teams' paragraphs": (text) =>
    `<div>${text
      .split("\n")
      .map((line) => `<p>${encode(line) || "&nbsp;"}</p>`)
      .join("")}</div>`,
  "Teams' line breaks": (text) => `<div>${encode(text).replaceAll("\n", "<br>")}</div>`,
  "Teams' code block": (text) =>
    `<codeblock class="Plaintext"><code>${encode(text).replaceAll("\n", "<br>")}</code></codeblock>`,
  "quote marks": (text) => text.replace(/^/gm, "> "),
  "two levels of quote marks": (text) => text.replace(/^/gm, ">> "),
  "a code fence": (text) => `\`\`\`\n${text}\n\`\`\``,
  "a code fence with words around it": (text) => `Hi, I got this today:\n\`\`\`\n${text}\n\`\`\`\nthanks`,
  "carriage returns": (text) => text.replaceAll("\n", "\r\n"),
};

const essence = ({ kind, recipients }: BounceReport) => ({
  kind,
  recipients: recipients.map(({ address, status, replyCode, reason }) => ({
    address,
    status,
    replyCode,
    reason,
  })),
});

describe.each(Object.entries(wrappings))("through %s", (_, wrap) => {
  test.each(forms)("the form is read the same: $form", async ({ text }) => {
    const raw = essence(await readBounce({ content: text }));
    expect(essence(await readBounce({ content: wrap(text) }))).toEqual(raw);
  });
});

test.each([
  {
    how: "wrapped at 60 columns",
    wrap: (text: string) =>
      text
        .split("\n")
        .map((line) => wrapAt(60, line))
        .join("\n"),
    share: 0.95,
  },
  { how: "joined into one line", wrap: (text: string) => text.split(/\s*\n\s*/).join(" "), share: 0.9 },
])("at least $share of the forms are read the same when $how", async ({ wrap, share }) => {
  const differing: string[] = [];
  for (const { form, text } of forms) {
    const raw = JSON.stringify(essence(await readBounce({ content: text })));
    if (JSON.stringify(essence(await readBounce({ content: wrap(text) }))) !== raw) differing.push(form);
  }
  expect(differing.length, differing.join(", ")).toBeLessThanOrEqual(forms.length * (1 - share));
});
