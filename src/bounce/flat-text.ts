/** A text on one line, which still knows where its lines and paragraphs began. */
import { fold } from "./phrases.ts";

export interface FlatText {
  /** Lines joined by one blank, runs of blanks collapsed. */
  readonly text: string;
  /** The same, folded for phrases. */
  readonly folded: string;
  /** Positions in `text` where a line begins, ascending, and whether a blank line stood before it. */
  readonly lines: readonly { at: number; paragraph: boolean }[];
  /** The line that a position lies in, for evidence. */
  lineAt(position: number): string;
  startsLine(position: number): boolean;
}

export function flatten(source: string): FlatText {
  const lines: { at: number; paragraph: boolean }[] = [];
  const starts = new Set<number>();
  const pieces: string[] = [];
  let length = 0;
  let blank = true;
  for (const raw of source.split("\n")) {
    const line = raw.replace(/\s+/g, " ").trim();
    if (!line) {
      blank = true;
      continue;
    }
    lines.push({ at: length, paragraph: blank });
    starts.add(length);
    pieces.push(line);
    length += line.length + 1;
    blank = false;
  }
  const text = pieces.join(" ");
  return {
    text,
    folded: fold(text),
    lines,
    lineAt(position) {
      let low = 0;
      let high = lines.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((lines[middle]?.at ?? 0) <= position) low = middle;
        else high = middle - 1;
      }
      return pieces[low] ?? "";
    },
    startsLine: (position) => starts.has(position),
  };
}
