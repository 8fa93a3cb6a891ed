/**
 * Puts together lines that a mail client or a form broke at a fixed width: in the middle of words, at hyphens, or by filling
 * whole paragraphs anew. What the mail system itself wrote on lines of its own stays on them.
 */

/** The text with the line ends that only a width caused taken out. */
export function rejoinLines(text: string): string {
  return rejoinFilledLines(rejoinHyphens(rejoinCutLines(text)));
}

const MIN_WIDTH = 40;
const MAX_WIDTH = 200;
const COMMON_WIDTHS = new Set([60, 64, 65, 70, 72, 76, 78, 79, 80]);

/** The longest line's length, and for every line whether its end may be the width's doing: the next line's first word has no room. */
function forcedEnds(lines: readonly string[]): { width: number; forced: boolean[] } {
  let width = 0;
  for (const line of lines) width = Math.max(width, line.length);
  const forced = lines.map((line, index) => {
    const next = lines[index + 1];
    if (!next?.trim() || !line.trim() || /^\s/.test(next)) return false;
    return line.length + 1 + (/^\S+/.exec(next)?.[0].length ?? 0) > width;
  });
  return { width, forced };
}

/**
 * Lines that were cut in the middle of words. Then the lines of exactly the greatest length are more than those that end a
 * little earlier because the next word had no room. An address that is cut open is put together in any case.
 */
function rejoinCutLines(text: string): string {
  const lines = text.split("\n");
  const { width, forced } = forcedEnds(lines);
  if (width < MIN_WIDTH || width > MAX_WIDTH) return text;
  const full = new Set(lines.filter((line) => line.length === width)).size;
  const early = lines.filter((line, index) => forced[index] && line.length < width).length;
  const long = lines.filter((line) => line.length > width * 0.75).length;
  const cut = full > early && (full > 1 || (long === 1 && COMMON_WIDTHS.has(width)));
  let joined = "";
  for (const [index, line] of lines.entries()) {
    const open = line.length === width && /<[^<>\s]{0,128}@?[^<>\s]{0,128}$/.test(line);
    joined += line + (index === lines.length - 1 || open || (cut && line.length === width) ? "" : "\n");
  }
  return joined;
}

/** A word, mostly an address, that was broken after a hyphen. */
function rejoinHyphens(text: string): string {
  return text.replace(/(?<=\p{L}-)\n(?=[\p{L}\p{N}])/gu, "");
}

/** Paragraphs that were filled anew: where nearly every line ends because the next word had no room, line ends mean nothing. */
function rejoinFilledLines(text: string): string {
  const lines = text.split("\n");
  const { width, forced } = forcedEnds(lines);
  if (width < MIN_WIDTH || width > MAX_WIDTH) return text;
  const inner = lines.filter((line, index) => line.trim() && lines[index + 1]?.trim()).length;
  const byWidth = forced.filter(Boolean).length;
  if (inner < 2 || byWidth < inner * FILLED_SHARE) return text;
  return lines
    .map((line, index) => line + (index === lines.length - 1 ? "" : forced[index] ? " " : "\n"))
    .join("");
}

/** Of the line ends within paragraphs, how many must be forced before the text counts as filled. */
const FILLED_SHARE = 0.9;
