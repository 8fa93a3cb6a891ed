/**
 * Undoes Slack's encoding, so that the bot reads what the person typed or pasted. Slack escapes `&`, `<` and `>`, wraps
 * what it recognised (links, addresses, mentions) in `<…>` with the typed text as its label, and keeps the composed
 * message as `rich_text` blocks besides (docs.slack.dev, "Formatting message text").
 */
import type { RichTextBlock, RichTextElement } from "@slack/types";

const encoded = /<([^<>]*)>|&(amp|lt|gt);/g;
const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">" };

/** The text that a person typed, from the `text` of a message or slash command. */
export function decodeText(text: string): string {
  return text.replace(encoded, (_, control: string | undefined, entity: string | undefined) =>
    control === undefined ? (entities[entity ?? ""] ?? "") : controlText(control),
  );
}

function decodeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_, entity: string) => entities[entity] ?? "");
}

/** What stood where Slack put `<…>`: the label if there is one, else the target as it would have been typed. */
function controlText(control: string): string {
  const bar = control.indexOf("|");
  const target = decodeEntities(bar < 0 ? control : control.slice(0, bar));
  const label = bar < 0 ? "" : decodeEntities(control.slice(bar + 1));
  const sigil = target[0];
  if (sigil === "@" || sigil === "#") return label ? sigil + label.replace(/^[@#]/, "") : target;
  if (sigil === "!") return label || `@${target.slice(1).replace(/\^.*$/s, "")}`;
  return label || target.replace(/^(mailto|tel):/, "");
}

/** The text of a composed message. Code, quotes and lists give their lines without the marks that Slack draws. */
export function richTextToText(block: RichTextBlock): string {
  let text = "";
  for (const part of block.elements) {
    if (text && !text.endsWith("\n")) text += "\n";
    if (part.type === "rich_text_list") {
      text += part.elements.map((item) => `- ${elementsToText(item.elements)}`).join("\n");
    } else {
      text += elementsToText(part.elements);
    }
  }
  return text;
}

function elementsToText(elements: readonly RichTextElement[]): string {
  return elements.map(elementToText).join("");
}

function elementToText(element: RichTextElement): string {
  switch (element.type) {
    case "text":
      return element.text;
    case "link":
      return element.text ?? element.url.replace(/^(mailto|tel):/, "");
    case "emoji":
      return `:${element.name}:`;
    case "user":
      return `@${element.user_id}`;
    case "usergroup":
      return `@${element.usergroup_id}`;
    case "team":
      return `@${element.team_id}`;
    case "channel":
      return `#${element.channel_id}`;
    case "broadcast":
      return `@${element.range}`;
    case "date":
      return element.fallback ?? new Date(element.timestamp * 1000).toISOString();
    case "color":
      return element.value;
  }
}

/** The text without the mentions of the bot, as `decodeText` and `richTextToText` spell them. */
export function withoutMention(text: string, botUserId: string): string {
  const mention = new RegExp(`@${botUserId}(\\|[^\\s]*)?\\b:?`, "g");
  return text.replace(mention, "").trim();
}

/**
 * A short question as it was meant: some keyboards turn straight quotes into curly ones and spaces into unbreakable
 * ones, and people put commands into backticks. Text of more than one line is evidence and stays as it is.
 */
export function tidyQuestion(text: string): string {
  const fenced = /^\s*```\n?([^`]*?)\n?```\s*$/.exec(text);
  const inner = fenced?.[1] ?? text;
  if (inner.trim().includes("\n")) return inner;
  return inner
    .replace(/[\u00a0\u202f]/g, " ")
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replace(/[\u2018\u2019\u201a]/g, "'")
    .replace(/^\s*`([^`]*)`\s*$/, "$1")
    .trim();
}
