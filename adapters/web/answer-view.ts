/** An answer as plain web. */
import type { Answer, CheckRow, FollowUp, Inline, Section, Source, Status } from "../../src/bot/answer.ts";
import { element, type Node, outsideLink } from "./tree.ts";

export interface AnswerViewOptions {
  /** How a follow-up that asks Postie is shown: a button in the chat, a link on a page. */
  readonly ask: (followUp: Extract<FollowUp, { command: unknown }>) => Node;
  /** The heading of the title: the first of a page, or one of many in a chat. */
  readonly titleTag: "h1" | "h2";
}

/** A status is told by its sign and in words to those who cannot see it, never by colour alone. */
const SIGNS: Readonly<Record<Status, readonly [sign: string, word: string]>> = {
  ok: ["✓", "Fine: "],
  warning: ["!", "Warning: "],
  problem: ["✗", "Problem: "],
  info: ["i", ""],
  unknown: ["?", "Not known: "],
};

export function viewAnswer(answer: Answer, { ask, titleTag }: AnswerViewOptions): Node[] {
  const { title, status, summary, sections, followUps, sources } = answer;
  return [
    element(titleTag, { class: `verdict ${status}` }, ...viewStatus(status), element("span", {}, title)),
    ...(summary.length > 0 ? [element("p", { class: "summary" }, ...summary.map(viewInline))] : []),
    ...sections.map(viewSection),
    ...viewFollowUps(followUps, ask),
    ...viewSources(sources),
  ];
}

/** A status as its sign, with its word for those who listen. */
export function viewStatus(status: Status): Node[] {
  const [sign, word] = SIGNS[status];
  const shown = element("span", { class: `sign ${status}`, "aria-hidden": "true" }, sign);
  return word === "" ? [shown] : [shown, element("span", { class: "unseen" }, word)];
}

function viewInline(inline: Inline): Node {
  if ("href" in inline) return outsideLink(inline.text, inline.href);
  if (inline.style === "strong") return element("strong", {}, inline.text);
  return inline.style === "code" ? element("code", {}, inline.text) : inline.text;
}

function viewSection(section: Section): Node {
  switch (section.kind) {
    case "text":
      return element("p", {}, ...section.text.map(viewInline));
    case "heading":
      return element("h3", {}, section.text);
    case "checks":
      return element("ul", { class: "checks" }, ...section.rows.map(viewCheck));
    case "facts":
      return element(
        "dl",
        {},
        ...section.rows.flatMap(({ label, value }) => [
          element("dt", {}, label),
          element("dd", {}, ...value.map(viewInline)),
        ]),
      );
    case "list":
      return element(
        section.ordered ? "ol" : "ul",
        {},
        ...section.items.map((item) => element("li", {}, ...item.map(viewInline))),
      );
    case "table":
      return viewTable(section.header, section.rows);
    case "code":
      return viewCode(section.text, section.caption);
    case "details":
      return element(
        "details",
        {},
        element("summary", {}, section.title),
        ...section.sections.map(viewSection),
      );
  }
}

function viewCheck({ status, label, detail }: CheckRow): Node {
  const said = element("span", {}, element("strong", {}, label), " ", ...detail.map(viewInline));
  return element("li", {}, ...viewStatus(status), said);
}

function viewTable(header: readonly string[], rows: readonly Inline[][][]): Node {
  const titles = header.map((title) => element("th", { scope: "col" }, title));
  const lines = rows.map((row) =>
    element(
      "tr",
      {},
      ...header.map((_, column) => element("td", {}, ...(row[column] ?? []).map(viewInline))),
    ),
  );
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...titles)),
    element("tbody", {}, ...lines),
  );
  // What scrolls can be reached by the keyboard.
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Table" }, table);
}

function viewCode(text: string, caption: string | undefined): Node {
  const pre = element("pre", { tabindex: "0" }, text);
  if (caption === undefined) return pre;
  return element("figure", {}, element("figcaption", {}, caption), pre);
}

function viewFollowUps(followUps: readonly FollowUp[], ask: AnswerViewOptions["ask"]): Node[] {
  if (followUps.length === 0) return [];
  const steps = followUps.map((followUp) =>
    "href" in followUp ? outsideLink(followUp.label, followUp.href, "step") : ask(followUp),
  );
  return [element("div", { class: "steps", role: "group", "aria-label": "Next steps" }, ...steps)];
}

function viewSources(sources: readonly Source[]): Node[] {
  if (sources.length === 0) return [];
  const named = sources.flatMap(({ text, href }, index) => [
    index === 0 ? "Sources: " : ", ",
    href ? outsideLink(text, href) : text,
  ]);
  return [element("p", { class: "sources" }, ...named)];
}
