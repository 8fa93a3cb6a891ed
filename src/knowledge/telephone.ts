/** Telephone numbers, whose groups of digits look like codes. */

/** Groups of two to five digits between single blanks, hyphens or slashes. */
const GROUPS = /(?<![\w.,:+-])\(?\+?\d{2,5}\)?(?:[ /-]\d{2,5}){2,6}(?![\w:]|[.,]\d)/g;

const FEWEST_DIGITS = 9;

export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a text holds what looks like a telephone number (555 123 4567). A list of reply codes (450 451 452) is none, nor is a
 * date with a code after it (2026-11-24 550).
 */
export function telephoneNumbers(text: string): Span[] {
  return [...text.matchAll(GROUPS)].flatMap(({ 0: found, index: start }) => {
    const groups = found.match(/\d+/g) ?? [];
    const digits = groups.join("").length;
    const others = groups.filter((group) => !/^[2-5]\d\d$/.test(group));
    const looksSo = digits >= FEWEST_DIGITS && others.length >= 2 && !/^\d{4}-\d\d-\d\d/.test(found);
    return looksSo ? [{ start, end: start + found.length }] : [];
  });
}
