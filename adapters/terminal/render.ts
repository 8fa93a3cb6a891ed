import { styleText } from "node:util";
import stringWidth from "fast-string-width";
import { wrapAnsi } from "fast-wrap-ansi";
import type { Answer, FollowUp, Inline, Section, Status, Step } from "../../src/bot/answer.ts";

export interface RenderOptions {
  /** Columns to wrap at; records to copy are never wrapped. */
  width: number;
  color: boolean;
  /** Show what is folded elsewhere; otherwise its titles only. */
  details: boolean;
  /** Number the follow-ups, for a chat in which they can be chosen by number. */
  numbered: boolean;
}

const MARKS: Record<Status, string> = { ok: "✓", warning: "!", problem: "✗", info: "·", unknown: "?" };
const COLORS = { ok: "green", warning: "yellow", problem: "red", info: "cyan", unknown: "magenta" } as const;

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** An answer as lines of plain or coloured text, ending in a line feed. */
export function renderAnswer(answer: Answer, options: RenderOptions): string {
  const paint: Paint = options.color
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
  const blocks = [
    paint(["bold", COLORS[answer.status]], `${MARKS[answer.status]} `) + paint("bold", answer.title),
    renderInlines(answer.summary, paint),
  ].map((text) => wrap(text, options.width));
  const body = answer.sections.map((section) => renderSection(section, options, paint));
  const end = [renderFollowUps(answer.followUps, options, paint), renderSources(answer, options, paint)];
  return `${[blocks.filter(Boolean).join("\n"), ...body, ...end].filter(Boolean).join("\n\n")}\n`;
}

/** The steps of a running check on one line. */
export function renderProgress(steps: readonly Step[]): string {
  const marks = { running: "…", done: "✓", failed: "?" };
  return steps.map(({ label, state }) => `${marks[state]} ${label}`).join("  ");
}

function wrap(text: string, width: number, first = "", rest = first): string {
  const room = Math.max(20, width - stringWidth(rest));
  const lines = wrapAnsi(text, room, { hard: true }).split("\n");
  return lines.map((line, index) => ((index === 0 ? first : rest) + line).trimEnd()).join("\n");
}

function renderInlines(inlines: readonly Inline[], paint: Paint): string {
  return inlines
    .map((inline) => {
      if ("href" in inline)
        return inline.text === inline.href ? inline.href : `${inline.text} (${inline.href})`;
      if (inline.style === "strong") return paint("bold", inline.text);
      return inline.style === "code" ? paint("cyan", inline.text) : inline.text;
    })
    .join("");
}

function renderSection(section: Section, options: RenderOptions, paint: Paint): string {
  const { width } = options;
  switch (section.kind) {
    case "text":
      return wrap(renderInlines(section.text, paint), width);
    case "heading":
      return paint("bold", section.text);
    case "checks": {
      const labels = Math.max(...section.rows.map((row) => stringWidth(row.label)), 0);
      return section.rows
        .map(({ status, label, detail }) => {
          const mark = paint(COLORS[status], MARKS[status]);
          const head = `${mark} ${pad(label, labels)}  `;
          return wrap(renderInlines(detail, paint), width, head, " ".repeat(labels + 4));
        })
        .join("\n");
    }
    case "facts": {
      const labels = Math.min(28, Math.max(...section.rows.map((row) => stringWidth(row.label)), 0));
      return section.rows
        .map(({ label, value }) =>
          wrap(
            renderInlines(value, paint),
            width,
            `${paint("dim", pad(label, labels))}  `,
            " ".repeat(labels + 2),
          ),
        )
        .join("\n");
    }
    case "list":
      return section.items
        .map((item, index) => {
          const mark = section.ordered ? `${index + 1}. ` : "– ";
          return wrap(renderInlines(item, paint), width, mark, " ".repeat(mark.length));
        })
        .join("\n");
    case "table":
      return renderTable(section, paint);
    case "code": {
      const caption = section.caption ? `${wrap(section.caption, width)}\n` : "";
      return caption + section.text.trimEnd().replace(/^/gm, "    ");
    }
    case "details": {
      const title = paint("bold", `▸ ${section.title}`);
      if (!options.details) return title;
      const inner = { ...options, width: width - 2 };
      const body = section.sections.map((part) => renderSection(part, inner, paint)).join("\n\n");
      return `${title}\n${body.replace(/^(?=.)/gm, "  ")}`;
    }
  }
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

function renderTable({ header, rows }: Extract<Section, { kind: "table" }>, paint: Paint): string {
  const cells = [
    header.map((text) => paint("bold", text)),
    ...rows.map((row) => row.map((c) => renderInlines(c, paint))),
  ];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => stringWidth(row[column] ?? ""))));
  return cells
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function renderFollowUps(
  followUps: readonly FollowUp[],
  { numbered, width }: RenderOptions,
  paint: Paint,
): string {
  if (followUps.length === 0) return "";
  const lines = followUps.map((followUp, index) => {
    const mark = numbered ? `${index + 1}) ` : "– ";
    const target = "href" in followUp ? followUp.href : `${followUp.command} ${followUp.text}`.trim();
    const shown = target.length > 80 ? `${target.slice(0, 79)}…` : target.replace(/\s+/g, " ");
    const text = followUp.label === target ? followUp.label : `${followUp.label}: ${paint("cyan", shown)}`;
    return wrap(text, width, mark, "   ");
  });
  return [paint("bold", numbered ? "Next (type the number)" : "Next"), ...lines].join("\n");
}

function renderSources({ sources }: Answer, { width }: RenderOptions, paint: Paint): string {
  if (sources.length === 0) return "";
  const text = sources
    .map((source) => (source.href ? `${source.text} ${source.href}` : source.text))
    .join(" · ");
  return wrap(text, width, "Sources: ", "  ")
    .split("\n")
    .map((line) => paint("dim", line))
    .join("\n");
}
