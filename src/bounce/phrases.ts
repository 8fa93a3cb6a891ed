/** Phrases of the data files, found in text: case, runs of blanks and typographic quotes do not matter. */

export interface Phrase {
  /** Where the phrase stands in a folded text, or -1. */
  find(folded: string, from?: number): { start: number; end: number } | null;
}

/** Text as phrases see it: lower case, straight quotes. Positions stay the same. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  const same =
    lower.length === text.length ? lower : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return /[\u2018\u2019\u201c\u201d\u00a0]/.test(same)
    ? same
        .replace(/[\u2018\u2019]/g, "'")
        .replace(/[\u201c\u201d]/g, '"')
        .replace(/\u00a0/g, " ")
    : same;
}

/** `*` stands for up to 80 characters, `(a|b)` for either, `(a)?` for an optional piece; `**` is literal. */
export function compilePhrase(source: string): Phrase {
  const folded = fold(source);
  if (!/(?<!\*)\*(?!\*)|\([^)]*\||\)\?/.test(folded)) {
    const literal = folded;
    return {
      find(text, from = 0) {
        const start = text.indexOf(literal, from);
        return start < 0 ? null : { start, end: start + literal.length };
      },
    };
  }
  const head = (/^[^*(]{2,}/.exec(folded)?.[0] ?? "").trimEnd();
  const pattern = folded
    .split(/(\*\*|\*|\([^)]*\)\??)/)
    .map((piece) => {
      if (piece === "*") return "[^\\n]{0,80}?";
      if (/^\([^)]*\|/.test(piece) || piece.endsWith(")?"))
        return `(?:${piece
          .replace(/^\(|\)\??$/g, "")
          .split("|")
          .map(literally)
          .join("|")})${piece.endsWith("?") ? "?" : ""}`;
      return literally(piece);
    })
    .join("");
  const regex = new RegExp(pattern, "g");
  return {
    find(text, from = 0) {
      const first = head ? text.indexOf(head, from) : from;
      if (first < 0) return null;
      regex.lastIndex = first;
      const match = regex.exec(text);
      return match ? { start: match.index, end: match.index + match[0].length } : null;
    },
  };
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
