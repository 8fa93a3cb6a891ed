/** Cutting text to Slack's limits, visibly and never through a character. */

const ELLIPSIS = "…";

/** At most `max` UTF-16 code units; what was cut is shown by an ellipsis. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  return text.slice(0, characterBoundary(text, max - ELLIPSIS.length)).trimEnd() + ELLIPSIS;
}

/** Pieces of at most `max` code units that are the text again when joined, cut after a line or a space where one is near. */
export function pieces(text: string, max: number): string[] {
  const result: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const window = rest.slice(0, max);
    const line = window.lastIndexOf("\n") + 1;
    const space = window.lastIndexOf(" ") + 1;
    const end = line > max / 2 ? line : space > max / 2 ? space : characterBoundary(rest, max);
    result.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest) result.push(rest);
  return result;
}

/** The last index up to `index` that does not split a surrogate pair. */
function characterBoundary(text: string, index: number): number {
  const code = text.charCodeAt(index - 1);
  return code >= 0xd800 && code <= 0xdbff ? index - 1 : index;
}
