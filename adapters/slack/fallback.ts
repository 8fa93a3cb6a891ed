/** The plain text beside the blocks: what a notification and a screen reader say. */
import { type Answer, plainText, type Section, type Status } from "../../src/bot/answer.ts";
import { cleanText } from "../../src/bot/clean.ts";
import { shorten } from "./fit.ts";

export const statusSign: Record<Status, string> = {
  ok: "✅",
  warning: "⚠️",
  problem: "❌",
  info: "ℹ️",
  unknown: "❔",
};

/** Title and summary of an answer, escaped, at most `max` code units. */
export function notificationText({ title, summary }: Answer, max: number): string {
  const said = plainText(summary).replace(/\s+/g, " ").trim();
  const end = /[.!?…]$/.test(title) || !said ? "" : ".";
  return escapeText(`${title}${end} ${said}`.trim() || "Postie", max);
}

/**
 * Plain text for a field that Slack parses: its three special characters are escaped, and what could still turn into a
 * mention, an emoji or formatting is broken by an invisible word joiner (U+2060).
 * @param max the longest result, in UTF-16 code units; never cut inside an escape
 */
export function escapeText(text: string, max: number): string {
  const clean = cleanText(text).trim() || "…";
  let length = Math.min(clean.length, max);
  for (;;) {
    const escaped = shorten(clean, length)
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      .replace(/[*_~`@#]|:(?=[\w+-])|(?<=[a-z\d])\.(?=[a-z])/gi, "$&\u2060");
    if (escaped.length <= max) return escaped;
    length = Math.max(1, length - Math.max(1, Math.ceil((escaped.length - max) / 5)));
  }
}

/** A whole answer as plain lines, for when Slack does not take its blocks. Not escaped. */
export function answerAsText(answer: Answer): string {
  const followUps = answer.followUps.map((followUp) =>
    "href" in followUp
      ? `${followUp.label}: ${followUp.href}`
      : `${followUp.label}: ${followUp.command} ${followUp.text}`,
  );
  const sources = answer.sources.map(({ text, href }) => `Source: ${text}${href ? ` (${href})` : ""}`);
  return [
    `${statusSign[answer.status]} ${answer.title}`,
    plainText(answer.summary),
    ...answer.sections.map(sectionAsText),
    ...followUps,
    ...sources,
  ]
    .filter(Boolean)
    .join("\n");
}

function sectionAsText(section: Section): string {
  switch (section.kind) {
    case "text":
      return plainText(section.text);
    case "heading":
      return `\n${section.text}`;
    case "checks":
      return section.rows
        .map(({ status, label, detail }) => `${statusSign[status]} ${label}  ${plainText(detail)}`)
        .join("\n");
    case "facts":
      return section.rows.map(({ label, value }) => `${label}: ${plainText(value)}`).join("\n");
    case "list":
      return section.items
        .map((item, index) => `${section.ordered ? `${index + 1}.` : "-"} ${plainText(item)}`)
        .join("\n");
    case "table":
      return tableAsText(
        section.header,
        section.rows.map((row) => row.map(plainText)),
      );
    case "code":
      return section.caption ? `${section.caption}\n${section.text}` : section.text;
    case "details":
      return [`\n${section.title}`, ...section.sections.map(sectionAsText)].join("\n");
  }
}

/** A table as lines with aligned columns, for where only one real table fits or none. */
export function tableAsText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map((cell) => cleanText(cell).replace(/\s+/g, " ")));
  const widths = header.map((_, column) =>
    Math.min(40, Math.max(...all.map((row) => row[column]?.length ?? 0))),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
