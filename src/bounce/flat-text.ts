/** A text on one line, which still knows where its lines and paragraphs began. */
import { fold } from "./rules.ts";

export interface FlatText {
  /** Lines joined by one blank, paragraphs by two; other runs of blanks collapsed. */
  readonly text: string;
  /** The same with its line ends; every position is the same as in `text`. */
  readonly lined: string;
  /** `text` folded as the rules are. */
  readonly folded: string;
  /** The line that a position lies in, for evidence. */
  lineAt(position: number): string;
  startsLine(position: number): boolean;
  /** True when nothing but marks (dashes, stars, quote signs) stands before it on its line. */
  beginsLine(position: number): boolean;
}

export function flatten(source: string): FlatText {
  const starts: number[] = [];
  const pieces: string[] = [];
  let lined = "";
  let blank = false;
  for (const raw of source.split("\n")) {
    const line = raw.replace(/\s+/g, " ").trim();
    if (!line) {
      blank = true;
      continue;
    }
    if (pieces.length > 0) lined += blank ? "\n\n" : "\n";
    starts.push(lined.length);
    pieces.push(line);
    lined += line;
    blank = false;
  }
  const text = lined.replaceAll("\n", " ");
  const known = new Set(starts);
  return {
    text,
    lined,
    folded: fold(text),
    lineAt(position) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= position) low = middle;
        else high = middle - 1;
      }
      return pieces[low] ?? "";
    },
    startsLine: (position) => known.has(position),
    beginsLine(position) {
      for (let at = position; at >= 0 && position - at < 100; at -= 1) {
        if (known.has(at)) return true;
        if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) return false;
      }
      return false;
    },
  };
}
