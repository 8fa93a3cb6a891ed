/**
 * Block Kit as Slack shows it, for the types of blocks that Postie sends. Slack's own clients decide how it looks in truth;
 * text of a block stays text here as it does there. Source: docs.slack.dev/reference/block-kit
 */
import type { KnownBlock, RichTextBlock, RichTextBlockElement, RichTextElement } from "@slack/types";
import type { Status } from "../../src/bot/answer.ts";
import { decodeQuestion } from "../slack/buttons.ts";
import { statusSign } from "../slack/fallback.ts";
import { statusEmoji } from "../slack/rich-text.ts";
import { viewStatus } from "./answer-view.ts";
import { askButton } from "./ask-button.ts";
import { element, type Node, outsideLink } from "./tree.ts";

/** The blocks of one message. */
export function viewBlocks(blocks: readonly KnownBlock[]): Node[] {
  return blocks.map(viewBlock);
}

function viewBlock(block: KnownBlock): Node {
  switch (block.type) {
    case "header":
      return viewHeader(block.text.text);
    case "rich_text":
      return viewRichText(block);
    case "table":
      return viewTable(block.rows);
    case "container":
      return element(
        "details",
        { class: "slack-container" },
        element("summary", {}, textOf(block.title)),
        ...viewBlocks(block.child_blocks),
      );
    case "actions":
      return element(
        "div",
        { class: "steps", role: "group", "aria-label": "Next steps" },
        ...block.elements.flatMap((each) => (each.type === "button" ? [viewButton(each)] : [])),
      );
    default:
      return element(
        "p",
        { class: "missing" },
        `(a block of the type ${block.type}, which is not drawn here)`,
      );
  }
}

function textOf(title: string | { text: string } | undefined): string {
  return typeof title === "string" ? title : (title?.text ?? "");
}

function viewButton({ text, value, url }: { text: { text: string }; value?: string; url?: string }): Node {
  if (url !== undefined) return outsideLink(text.text, url, "step");
  const question = decodeQuestion(value);
  return question ? askButton(text.text, question) : element("span", { class: "step" }, text.text);
}

function viewRichText({ elements }: RichTextBlock): Node {
  return element("div", { class: "slack-text" }, ...elements.map(viewPart));
}

function viewPart(part: RichTextBlockElement): Node {
  switch (part.type) {
    case "rich_text_section":
      return element("p", {}, ...part.elements.map(viewRun));
    case "rich_text_list":
      return element(
        part.style === "ordered" ? "ol" : "ul",
        {},
        ...part.elements.map((item) =>
          element("li", {}, ...(item.type === "rich_text_section" ? item.elements.map(viewRun) : [])),
        ),
      );
    case "rich_text_preformatted":
      return element("pre", { tabindex: "0" }, ...part.elements.map(viewRun));
    case "rich_text_quote":
      return element("p", { class: "slack-quote" }, ...part.elements.map(viewRun));
  }
}

/** The emoji of a status as a drawn sign, since not every machine has a font with emoji. */
function statusOf(emoji: string): Status | undefined {
  return statuses.find((status) => statusEmoji[status] === emoji || statusSign[status] === emoji);
}

const statuses = Object.keys(statusEmoji) as Status[];

function viewHeader(text: string): Node {
  const [sign = "", ...words] = text.split(" ");
  const status = statusOf(sign);
  const shown = status ? [...viewStatus(status), " ", words.join(" ")] : [text];
  return element("h2", { class: "slack-header" }, ...shown);
}

function viewRun(run: RichTextElement): Node {
  switch (run.type) {
    case "text":
      return styled(run.text, run.style);
    case "link":
      return outsideLink(run.text ?? run.url, run.url);
    case "emoji":
      return viewEmoji(run.name);
    default:
      return "";
  }
}

function viewEmoji(name: string): Node {
  const status = statusOf(name);
  return status ? element("span", {}, ...viewStatus(status)) : `:${name}:`;
}

function styled(text: string, style: { bold?: boolean; code?: boolean } | undefined): Node {
  if (style?.code) return element("code", {}, text);
  return style?.bold ? element("strong", {}, text) : text;
}

type Rows = Extract<KnownBlock, { type: "table" }>["rows"];

function viewTable(rows: Rows): Node {
  const [header = [], ...lines] = rows;
  const cell = (each: Rows[number][number]): Node =>
    each.type === "rich_text" ? viewRichText(each) : "text" in each ? String(each.text) : "";
  return element(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": "Table" },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element("tr", {}, ...header.map((each) => element("th", { scope: "col" }, cell(each)))),
      ),
      element(
        "tbody",
        {},
        ...lines.map((line) => element("tr", {}, ...line.map((each) => element("td", {}, cell(each))))),
      ),
    ),
  );
}
