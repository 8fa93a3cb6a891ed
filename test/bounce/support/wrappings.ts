/** The ways in which chats, mail clients and copying wrap a text; each gives what a reader gets to see. */
import { decodeText, richTextToText } from "../../../adapters/slack/text-in.ts";
import { asRichText, asSlackText, escapeSlack } from "../../support/slack-text.ts";

export interface Wrapping {
  readonly name: string;
  /** The least share of texts that must be read as they are unwrapped. */
  readonly share: number;
  readonly wrap: (text: string) => string;
}

const ALL = 0.99;
const WRAPPED = 0.95;
const JOINED = 0.9;
const WIDTH = 60;

/** Words put into lines of at most `width` characters; `breakable` says where a word may end a line and what is too long for one. */
function fill(text: string, { hyphens = false, longWords = false } = {}, width = WIDTH): string {
  const words = text.split(" ").flatMap((word) => {
    const parts = hyphens ? word.split(/(?<=\w-)(?=\w)/) : [word];
    const pieces = longWords
      ? parts.flatMap((part) => part.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""])
      : parts;
    return pieces.map((piece, index) => ({ piece, glue: index === 0 ? " " : "" }));
  });
  const lines: string[] = [];
  let line = "";
  for (const { piece, glue } of words) {
    const longer = line === "" ? piece : line + glue + piece;
    if (longer.length > width && line !== "") {
      lines.push(line);
      line = piece;
    } else line = longer;
  }
  return [...lines, line].join("\n");
}

const eachLine = (text: string, change: (line: string) => string) => text.split("\n").map(change).join("\n");
const cut = (line: string) => line.match(new RegExp(`.{1,${WIDTH}}`, "gu"))?.join("\n") ?? "";
const joined = (text: string) =>
  text
    .trim()
    .split(/\s*\n\s*/)
    .join(" ");
const paragraphs = (text: string, change: (paragraph: string) => string) =>
  text
    .split(/\n[ \t]*\n/)
    .map((paragraph) => change(joined(paragraph)))
    .join("\n\n");

const slackControl = (text: string) =>
  escapeSlack(text).replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "<mailto:$&|$&>");
const richText = (text: string) => {
  const [block] = asRichText(text) as Parameters<typeof richTextToText>;
  return block ? richTextToText(block) : "";
};

/** The same text inside Slack, Teams, a quotation, a code fence, or with its lines broken or joined. */
export const wrappings: readonly Wrapping[] = [
  { name: "raw", share: 1, wrap: (text) => text },
  {
    name: "Slack's encoding, undone by the adapter",
    share: ALL,
    wrap: (text) => decodeText(asSlackText(text)),
  },
  { name: "Slack's rich text, undone by the adapter", share: ALL, wrap: richText },
  { name: "Slack's encoding as it is", share: ALL, wrap: asSlackText },
  { name: "Slack's addresses only", share: ALL, wrap: slackControl },
  {
    name: "Slack's quote",
    share: ALL,
    wrap: (text) => eachLine(escapeSlack(text), (line) => `&gt; ${line}`),
  },
  {
    name: "Teams' paragraphs",
    share: ALL,
    wrap: (text) =>
      `<div>${eachLine(text, (line) => `<p>${escapeSlack(line) || "&nbsp;"}</p>`).replaceAll("\n", "")}</div>`,
  },
  {
    name: "Teams' line breaks",
    share: ALL,
    wrap: (text) => `<div>${escapeSlack(text).replaceAll("\n", "<br>")}</div>`,
  },
  {
    name: "Teams' paragraphs with line breaks",
    share: ALL,
    wrap: (text) =>
      text
        .split(/\n[ \t]*\n/)
        .map((paragraph) => `<p>${escapeSlack(paragraph).replaceAll("\n", "<br>\n")}</p>`)
        .join("\n<p>&nbsp;</p>\n"),
  },
  {
    name: "Teams' code block",
    share: ALL,
    wrap: (text) =>
      `<codeblock class="Plaintext"><code>${escapeSlack(text).replaceAll("\n", "<br>")}</code></codeblock>`,
  },
  { name: "quote marks", share: ALL, wrap: (text) => eachLine(text, (line) => `> ${line}`) },
  { name: "two levels of quote marks", share: ALL, wrap: (text) => eachLine(text, (line) => `>> ${line}`) },
  { name: "a code fence", share: ALL, wrap: (text) => `\`\`\`\n${text}\n\`\`\`` },
  {
    name: "a code fence with words around it",
    share: ALL,
    wrap: (text) => `Hi, I got this today:\n\`\`\`\n${text}\n\`\`\`\nthanks`,
  },
  { name: "carriage returns", share: ALL, wrap: (text) => text.replaceAll("\n", "\r\n") },
  { name: "60 columns, at words", share: WRAPPED, wrap: (text) => eachLine(text, (line) => fill(line)) },
  {
    name: "60 columns, at words and hyphens",
    share: WRAPPED,
    wrap: (text) => eachLine(text, (line) => fill(line, { hyphens: true, longWords: true })),
  },
  { name: "60 columns, in the middle of words", share: WRAPPED, wrap: (text) => eachLine(text, cut) },
  {
    name: "60 columns, paragraphs re-flowed",
    share: WRAPPED,
    wrap: (text) => paragraphs(text, (paragraph) => fill(paragraph)),
  },
  {
    name: "60 columns, paragraphs re-flowed at hyphens",
    share: WRAPPED,
    wrap: (text) => paragraphs(text, (paragraph) => fill(paragraph, { hyphens: true, longWords: true })),
  },
  { name: "60 columns, all re-flowed", share: JOINED, wrap: (text) => fill(joined(text)) },
  { name: "60 columns, re-flowed and cut in words", share: JOINED, wrap: (text) => cut(joined(text)) },
  { name: "all lines joined", share: JOINED, wrap: joined },
];
