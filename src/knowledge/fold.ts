/**
 * Server text as literal tokens are compared with it: lower case, runs of blanks as one, and the lines of one reply
 * joined, without the codes that are only repeated. A line break stays where a new line really begins.
 */
export function foldReplyText(text: string): string {
  const lines = text
    .toLowerCase()
    .replace(QUOTES, (quote) => ("‘’‚‛".includes(quote) ? "'" : '"'))
    .split(/\r\n?|\n/);
  let folded = "";
  let previous = "";
  for (const line of lines) {
    const [repeated, code = ""] = REPEATED.exec(line) ?? [];
    if (repeated !== undefined && previous.includes(code)) folded += ` ${line.slice(repeated.length)}`;
    else if (/^[ \t]+\S/.test(line)) folded += ` ${line}`;
    else folded += `\n${line}`;
    previous = line;
  }
  return dropRepeatedCodes(
    folded
      .replace(/[^\S\n]+/g, " ")
      .replace(/ ?\n[ \n]*/g, "\n")
      .trim(),
  );
}

const QUOTES = /[‘’‚‛“”„‟]/g;

/** What begins a further line of a reply (RFC 5321 §4.2.1), quoted or not. */
const REPEATED = /^[\s>]{0,40}(?:<<< ?)?([2-5]\d\d)(?:[- ]|$)(?:#?[245]\.\d{1,3}\.\d{1,3}(?:[ :]|$))?/;

/** Some servers quote a multi-line reply in one line, the codes of every line still in it. */
function dropRepeatedCodes(text: string): string {
  const seen = new Set<string>();
  return text.replace(/(?<![\w.-])([2-5]\d\d)[- ](?:#?[245]\.\d{1,3}\.\d{1,3} )?/g, (found, code: string) => {
    if (seen.has(code)) return "";
    seen.add(code);
    return found;
  });
}
