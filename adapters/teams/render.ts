import {
  type Answer,
  type CheckRow,
  type Inline,
  plainText,
  type Section,
  type Status,
  type Step,
} from "../../src/bot/answer.ts";
import type { Message } from "./activity.ts";
import {
  type Action,
  askButton,
  type Card,
  type Color,
  type ColumnSet,
  type Container,
  type Element,
  literal,
  openUrl,
  type RichTextBlock,
  rich,
  run,
  type TextRun,
  toggle,
} from "./card.ts";

/** The answer as an Adaptive Card beside its summary as text. Pure; {@link fitMessage} brings it under the limits. */
export function renderAnswer(answer: Answer): Message {
  const summary = `${answer.title}: ${plainText(answer.summary)}`.slice(0, 1000);
  const buttons = renderFollowUps(answer);
  const actions = buttons.slice(0, BUTTONS_IN_A_ROW);
  const further = buttons.slice(BUTTONS_IN_A_ROW);
  const card: Card = {
    type: "AdaptiveCard",
    version: "1.5",
    fallbackText: literal(summary),
    msteams: { width: "Full" },
    body: [
      header(answer),
      ...(answer.summary.length > 0 ? [rich(answer.summary.map(inlineRun), { spacing: "medium" })] : []),
      ...renderSections(answer.sections, { next: 1 }),
      ...renderSources(answer),
      ...(further.length > 0 ? [{ type: "ActionSet" as const, actions: further }] : []),
    ],
  };
  return { summary, card: actions.length > 0 ? { ...card, actions } : card };
}

/** The steps of a running check. */
export function renderProgress(steps: readonly Step[]): Message {
  const done = steps.filter(({ state }) => state !== "running").length;
  const summary = `Checking: ${done} of ${steps.length} done`;
  return {
    summary,
    card: {
      type: "AdaptiveCard",
      version: "1.5",
      fallbackText: summary,
      body: [
        rich([run("Checking…", { weight: "bolder", size: "medium" })]),
        ...steps.map(({ label, state }) => {
          const look = STEP_LOOKS[state];
          return marked(run(look.symbol, { color: look.color, weight: "bolder" }), [
            run(label, state === "running" ? { isSubtle: true } : {}),
          ]);
        }),
      ],
    },
  };
}

interface Look {
  symbol: string;
  color: Color;
  style: NonNullable<Container["style"]>;
}

/** A status is told by its symbol too, never by colour alone. */
const LOOKS: Readonly<Record<Status, Look>> = {
  ok: { symbol: "✓", color: "good", style: "good" },
  warning: { symbol: "!", color: "warning", style: "warning" },
  problem: { symbol: "✗", color: "attention", style: "attention" },
  info: { symbol: "i", color: "accent", style: "accent" },
  unknown: { symbol: "?", color: "default", style: "emphasis" },
};

const STEP_LOOKS: Readonly<Record<Step["state"], { symbol: string; color: Color }>> = {
  running: { symbol: "…", color: "default" },
  done: { symbol: "✓", color: "good" },
  failed: { symbol: "?", color: "warning" },
};

function header({ title, status }: Answer): Container {
  const { symbol, color, style } = LOOKS[status];
  return {
    type: "Container",
    style,
    bleed: true,
    items: [
      marked(run(symbol, { weight: "bolder", size: "medium", color }), [
        run(title, { weight: "bolder", size: "medium" }),
      ]),
    ],
  };
}

/** A symbol, then text beside it that wraps under itself. */
function marked(
  symbol: TextRun,
  inlines: TextRun[],
  look: { wide?: boolean; first?: boolean } = {},
): ColumnSet {
  return {
    type: "ColumnSet",
    spacing: look.first ? "medium" : "small",
    columns: [
      { type: "Column", width: look.wide ? "34px" : "20px", items: [rich([symbol])] },
      { type: "Column", width: "stretch", spacing: "none", items: [rich(inlines)] },
    ],
  };
}

function inlineRun(inline: Inline): TextRun {
  if ("href" in inline) {
    return run(inline.text, {
      color: "accent",
      underline: true,
      selectAction: openUrl(inline.text, inline.href),
    });
  }
  if (inline.style === "strong") return run(inline.text, { weight: "bolder" });
  return inline.style === "code" ? run(inline.text, { fontType: "monospace" }) : run(inline.text);
}

/** Gives ids that are unique within a card. */
interface Ids {
  next: number;
}

function renderSections(sections: readonly Section[], ids: Ids): Element[] {
  return sections.flatMap((section) => renderSection(section, ids));
}

function renderSection(section: Section, ids: Ids): Element[] {
  switch (section.kind) {
    case "text":
      return [rich(section.text.map(inlineRun))];
    case "heading":
      return [heading(section.text)];
    case "checks":
      return section.rows.map((row, index) => checkRow(row, index === 0));
    case "facts":
      return factRows(section.rows);
    case "list":
      return section.items.map((item, index) =>
        marked(run(section.ordered ? `${index + 1}.` : "•", { isSubtle: true }), item.map(inlineRun)),
      );
    case "table":
      return section.header.length > 0 ? [table(section.header, section.rows)] : [];
    case "code":
      return codeBlock(section.text, section.caption);
    case "details":
      return folded(section.title, section.sections, ids);
  }
}

function heading(text: string): RichTextBlock {
  return rich([run(text, { weight: "bolder" })], { spacing: "medium" });
}

function checkRow({ status, label, detail }: CheckRow, first: boolean): ColumnSet {
  const { symbol, color } = LOOKS[status];
  const inlines = [
    run(label, { weight: "bolder" }),
    ...(detail.length > 0 ? [run("  "), ...detail.map(inlineRun)] : []),
  ];
  return marked(run(symbol, { color, weight: "bolder" }), inlines, { first });
}

/** Values up to this length stand beside their labels; a phone leaves too little room for longer ones. */
const SHORT_VALUE = 80;

function factRows(rows: readonly { label: string; value: Inline[] }[]): Element[] {
  const short = rows.every(({ value }) => plainText(value).length <= SHORT_VALUE);
  return rows.flatMap(({ label, value }): Element[] =>
    short ? [besideLabel(label, value)] : underLabel(label, value),
  );
}

function besideLabel(label: string, value: Inline[]): ColumnSet {
  return {
    type: "ColumnSet",
    spacing: "small",
    columns: [
      { type: "Column", width: 2, items: [rich([run(label, { isSubtle: true })])] },
      { type: "Column", width: 5, spacing: "small", items: [rich(value.map(inlineRun))] },
    ],
  };
}

function underLabel(label: string, value: Inline[]): RichTextBlock[] {
  return [
    rich([run(label, { weight: "bolder", isSubtle: true })], { spacing: "small" }),
    rich(value.map(inlineRun), { spacing: "none" }),
  ];
}

function table(header: readonly string[], rows: readonly Inline[][][]): Element {
  const cell = (inlines: TextRun[]) => ({ type: "TableCell" as const, items: [rich(inlines)] });
  return {
    type: "Table",
    spacing: "medium",
    firstRowAsHeader: true,
    showGridLines: true,
    columns: columnWidths(header, rows).map((width) => ({ width })),
    rows: [
      { type: "TableRow", cells: header.map((title) => cell([run(title, { weight: "bolder" })])) },
      ...rows.map((row) => ({
        type: "TableRow" as const,
        cells: header.map((_, column) => cell((row[column] ?? []).map(inlineRun))),
      })),
    ],
  };
}

/** Columns share the width by the length of what is in them, within bounds that keep every one readable. */
function columnWidths(header: readonly string[], rows: readonly Inline[][][]): number[] {
  return header.map((title, column) => {
    const lengths = rows.map((row) => plainText(row[column] ?? []).length);
    const longest = Math.max(title.length, ...lengths);
    return Math.min(Math.max(longest + 4, 10), 32);
  });
}

/** Exact text to copy: every line is a block of its own, so that nothing runs together. */
function codeBlock(text: string, caption: string | undefined): Element[] {
  const lines = text.replace(/\n+$/, "").split("\n");
  const block: Container = {
    type: "Container",
    style: "emphasis",
    spacing: "small",
    items: lines.map((line, index) =>
      rich([run(line || " ", { fontType: "monospace" })], index > 0 ? { spacing: "none" } : {}),
    ),
  };
  return caption ? [rich([run(caption, { isSubtle: true })]), block] : [block];
}

/** A title that folds its sections in and out. */
function folded(title: string, sections: readonly Section[], ids: Ids): Element[] {
  const number = ids.next++;
  const [closed, open, content] = [`closed${number}`, `open${number}`, `details${number}`];
  const line = (id: string, symbol: string, hidden: boolean) =>
    rich([run(`${symbol} ${title}`, { weight: "bolder", color: "accent" })], {
      id,
      spacing: "none",
      ...(hidden ? { isVisible: false as const } : {}),
    });
  return [
    {
      type: "Container",
      spacing: "medium",
      items: [line(closed, "▸", false), line(open, "▾", true)],
      selectAction: toggle(`Show or hide: ${title}`, [closed, open, content]),
    },
    {
      type: "Container",
      id: content,
      isVisible: false,
      spacing: "small",
      items: sections.length > 0 ? renderSections(sections, ids) : [rich([])],
    },
  ];
}

function renderSources({ sources }: Answer): Element[] {
  if (sources.length === 0) return [];
  const runs = sources.flatMap(({ text, href }, index) => {
    const separator = index > 0 ? [run(" · ", { isSubtle: true, size: "small" })] : [];
    const look = { isSubtle: true, size: "small" } as const;
    const source = href
      ? run(text, {
          ...look,
          underline: true,
          selectAction: openUrl(text, href),
        })
      : run(text, look);
    return [...separator, source];
  });
  return [rich([run("Sources: ", { isSubtle: true, size: "small" }), ...runs], { spacing: "medium" })];
}

/** Clients show no more in one row, and some nothing at all of a longer one; the rest makes a row of its own. */
const BUTTONS_IN_A_ROW = 5;
const MOST_BUTTONS = 2 * BUTTONS_IN_A_ROW;

function renderFollowUps({ followUps }: Answer): Action[] {
  return followUps.slice(0, MOST_BUTTONS).map((followUp) => {
    return "href" in followUp ? openUrl(followUp.label, followUp.href) : askButton(followUp.label, followUp);
  });
}
