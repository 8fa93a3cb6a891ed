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

interface Measure {
  readonly lines: readonly string[];
  /** The longest line's length. */
  readonly width: number;
  /** For every line whether its end may be the width's doing: the next line's first word has no room on it. */
  readonly forced: readonly boolean[];
  /** Nearly every line within a paragraph ends so. */
  readonly filled: boolean;
}

/** Of the line ends within paragraphs, how many must be forced before the text counts as filled. */
const FILLED_SHARE = 0.9;

function measure(text: string): Measure {
  const lines = text.split("\n");
  let width = 0;
  for (const line of lines) width = Math.max(width, line.length);
  let inner = 0;
  let byWidth = 0;
  const forced = lines.map((line, index) => {
    const next = lines[index + 1];
    if (!next?.trim() || !line.trim()) return false;
    inner += 1;
    const fits = line.length + 1 + (/^\S+/.exec(next)?.[0].length ?? 0) <= width;
    if (fits || /^\s/.test(next)) return false;
    byWidth += 1;
    return true;
  });
  return { lines, width, forced, filled: inner > 0 && byWidth >= inner * FILLED_SHARE };
}

/**
 * Lines that were cut in the middle of words. Then the lines of exactly the greatest length are more than those that end a
 * little earlier because the next word had no room. An address that is cut open is put together in any case.
 */
function rejoinCutLines(text: string): string {
  const { lines, width, forced, filled } = measure(text);
  if (width < MIN_WIDTH || width > MAX_WIDTH) return text;
  const full = new Set(lines.filter((line, index) => line.length === width && lines[index + 1]?.trim())).size;
  const early = lines.filter((line, index) => forced[index] && line.length < width).length;
  const long = lines.filter((line) => line.length > width * 0.75).length;
  const several = full > (filled ? early * 4 : early) && full > 1;
  const single = full === 1 && early === 0 && long === 1 && COMMON_WIDTHS.has(width);
  let joined = "";
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1] ?? "";
    const cut = line.length === width && (several || (single && !wholeWords(line, next)));
    const open = line.length === width && /<[^<>\s]{0,128}@?[^<>\s]{0,128}$/.test(line);
    joined += line + (index === lines.length - 1 || open || cut ? "" : "\n");
  }
  return joined;
}

/** The line ends with a whole word and the next one begins with one: a reply code and a status, or a capital letter. */
function wholeWords(line: string, next: string): boolean {
  return (/\p{Ll}$/u.test(line) && /^\p{Lu}/u.test(next)) || (/\b\d{3}$/.test(line) && /^\d\.\d/.test(next));
}

/** A word, mostly an address, that was broken after a hyphen. */
function rejoinHyphens(text: string): string {
  return text.replace(/(?<=\p{L}-)\n(?=[\p{L}\p{N}])/gu, "");
}

/** Paragraphs that were filled anew: where nearly every line ends because the next word had no room, line ends mean nothing. */
function rejoinFilledLines(text: string): string {
  const { lines, width, forced, filled } = measure(text);
  if (!filled || width < MIN_WIDTH || width > MAX_WIDTH) return text;
  // A reply's code is known by its place at a line's beginning.
  const joins = (index: number) =>
    forced[index] && !/^[45]\d\d[ -](?:[245]\.\d|\p{Lu})/u.test(lines[index + 1] ?? "");
  const end = (index: number) => (index === lines.length - 1 ? "" : joins(index) ? " " : "\n");
  return lines.map((line, index) => line + end(index)).join("");
}
