import type { CommandName } from "../../src/bot/request.ts";

/**
 * The elements of Adaptive Cards 1.5 that Postie uses, as small functions. Text is put only where no client reads markdown
 * in it: in the runs of a RichTextBlock, in titles of actions and in fallback texts. `TextBlock` and `FactSet` are not used,
 * since both read markdown. Source: adaptivecards.io/explorer, and Microsoft's page on cards in Teams.
 */

export type Color = "default" | "good" | "warning" | "attention" | "accent";

export interface TextRun {
  type: "TextRun";
  text: string;
  weight?: "bolder";
  size?: "small" | "medium" | "large";
  color?: Color;
  isSubtle?: true;
  underline?: true;
  fontType?: "monospace";
  selectAction?: OpenUrl;
}

interface Common {
  id?: string;
  isVisible?: false;
  spacing?: "none" | "small" | "medium" | "large" | "padding";
  separator?: true;
}

export type RichTextBlock = Common & { type: "RichTextBlock"; inlines: TextRun[] };

export type Container = Common & {
  type: "Container";
  items: Element[];
  style?: "default" | "emphasis" | "good" | "warning" | "attention" | "accent";
  bleed?: true;
  selectAction?: ToggleVisibility;
};

export interface Column {
  type: "Column";
  /** A number shares what is left by weight. */
  width: "auto" | "stretch" | `${number}px` | number;
  items: Element[];
  spacing?: "none" | "small";
}

export type ColumnSet = Common & { type: "ColumnSet"; columns: Column[]; selectAction?: ToggleVisibility };

export interface TableCell {
  type: "TableCell";
  items: Element[];
}

export type Table = Common & {
  type: "Table";
  columns: { width: number }[];
  rows: { type: "TableRow"; cells: TableCell[] }[];
  firstRowAsHeader?: boolean;
  showGridLines?: boolean;
};

export type InputText = Common & {
  type: "Input.Text";
  id: string;
  label?: string;
  placeholder?: string;
  isMultiline?: true;
  isRequired?: true;
  errorMessage?: string;
  maxLength?: number;
  value?: string;
};

export type ActionSet = Common & { type: "ActionSet"; actions: Action[] };

export type Element = RichTextBlock | Container | ColumnSet | Table | InputText | ActionSet;

export interface OpenUrl {
  type: "Action.OpenUrl";
  title?: string;
  url: string;
}

export interface ToggleVisibility {
  type: "Action.ToggleVisibility";
  title: string;
  targetElements: string[];
}

/** A button that asks Postie something. */
export interface Ask {
  command: CommandName | "interpret";
  text: string;
}

export interface Submit {
  type: "Action.Submit";
  title: string;
  data: object;
  mode?: "secondary";
}

export interface Execute {
  type: "Action.Execute";
  title: string;
  verb: string;
  data: object;
  mode?: "secondary";
  fallback: Submit;
}

export type Action = OpenUrl | ToggleVisibility | Submit | Execute;

export interface Card {
  type: "AdaptiveCard";
  version: "1.5";
  /** What a client shows that cannot show the card, and what screen readers may say. */
  fallbackText: string;
  body: Element[];
  actions?: Action[];
  msteams?: { width: "Full" };
}

/** Clients refuse elements without any text, so that empty ones hold a blank. */
export function run(text: string, look: Omit<TextRun, "type" | "text"> = {}): TextRun {
  return { type: "TextRun", text: literal(text) || " ", ...look };
}

export function rich(inlines: TextRun[], look: Common = {}): RichTextBlock {
  return { type: "RichTextBlock", inlines: inlines.length > 0 ? inlines : [run(" ")], ...look };
}

export function openUrl(title: string, url: string): OpenUrl {
  return { type: "Action.OpenUrl", title: label(title), url };
}

export function toggle(title: string, targetElements: string[]): ToggleVisibility {
  return { type: "Action.ToggleVisibility", title: label(title), targetElements };
}

export const ASK_VERB = "ask";

/** A button that asks Postie; clients without universal actions send the same data as a message. */
export function askButton(title: string, { command, text }: Ask, mode?: "secondary"): Execute {
  const data = { verb: ASK_VERB, command, text };
  const look = mode ? { mode } : {};
  return {
    type: "Action.Execute",
    title: label(title),
    verb: ASK_VERB,
    data,
    ...look,
    fallback: { type: "Action.Submit", title: label(title), data, ...look },
  };
}

export function label(title: string): string {
  return literal(title) || "…";
}

/**
 * Text without the one thing that clients still read in plain runs: functions such as `{{DATE(…)}}`. A word joiner, which
 * has no width, keeps the braces apart.
 */
export function literal(text: string): string {
  return text.replaceAll(/\{(?=\{)/g, "{\u2060");
}
