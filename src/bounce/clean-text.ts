/**
 * Undoes what chats, mail clients and copying do to a text, so that the grammar sees what the mail system wrote: line
 * ends, control characters, quote marks, code fences, Slack's and Teams' link and character encodings.
 */

// Control characters (but for tab and line feed) and characters that only hide or rearrange text.
const UNSEEN = /[[\p{Cc}\p{Cf}]--[\t\n]]/gv;

/** The text with `\n` line ends, tabs and blanks only as blanks, and no control or invisible characters. */
export function cleanText(text: string): string {
  let clean = text.includes("\r") ? text.replace(/\r{1,4}\n|\r/g, "\n") : text;
  clean = clean.replace(UNSEEN, "");
  clean = clean.replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, " ");
  return clean;
}

/** Slack's and Markdown's wrapping undone: `<mailto:a@b|a@b>`, `[a@b](mailto:a@b)`, `&lt;`, fences, quote marks. */
export function unwrapChat(text: string): string {
  let plain = text;
  if (plain.includes("mailto:") || /<https?:[^>\s]*\|/.test(plain)) {
    plain = plain
      .replace(/<mailto:([^|>\s]{1,320})\|([^>]{1,320})>/gi, "$2")
      .replace(/\[([^\]\n]{1,320})\]\(mailto:([^)\s]{1,320})\)/gi, "$1")
      .replace(
        /<https?:\/\/([^|>\s]{1,2000})\|([^>\s]{1,2000})>/gi,
        (whole, target: string, label: string) => (target.replace(/\/$/, "") === label ? label : whole),
      )
      .replace(/<(https?:[^|>\s]{1,2000})\|[^>\n]{0,2000}>/gi, "$1")
      .replace(/([^\s<>@]{1,128}@[^\s<>@]{1,255})<mailto:([^>\s]{1,320})>/gi, "$1")
      .replace(/<mailto:([^>\s]{1,320})>/gi, " <$1>");
  }
  if (plain.includes("&")) {
    plain = plain
      .replace(/&lt;/gi, "<")
      .replace(/&gt;/gi, ">")
      .replace(/&quot;|&#34;/gi, '"')
      .replace(/&#0?39;|&apos;/gi, "'")
      .replace(/&nbsp;/gi, " ")
      .replace(/&amp;/gi, "&");
  }
  plain = fencedText(plain) ?? plain;
  plain = plain.replace(/^[ \t]*(```|~~~)[\w-]*[ \t]*$/gm, "").replace(/```/g, "\n");
  return unquote(plain);
}

/** What stands in the only code fence, where no more than a remark stands around it; else `null`. */
function fencedText(text: string): string | null {
  const pieces = text.split("```", 4);
  const [before = "", inside = "", after = ""] = pieces;
  const remark = `${before}\n${after}`.trim();
  if (pieces.length !== 3 || remark.length > MAX_REMARK || /[@<]|\b[45]\d\d\b/.test(remark)) return null;
  return inside.trim().length > 20 ? inside.replace(/^[\w-]*[ \t]*\n/, "") : null;
}

const MAX_REMARK = 200;

/** Quote marks before (nearly) every line are the chat's or a reply's, not the mail system's. */
function unquote(text: string): string {
  let plain = text;
  for (let depth = 0; depth < 5; depth += 1) {
    const lines = plain.split("\n");
    const filled = lines.filter((line) => line.trim() !== "");
    const quoted = filled.filter((line) => /^\s{0,3}[>|]( |>|$|[^> ])/.test(line)).length;
    if (
      filled.length === 0 ||
      quoted < filled.length * 0.6 ||
      quoted < 1 ||
      (filled.length === 1 && quoted === 1 && /^\s*>>>/.test(plain))
    )
      return plain;
    if (lines.some((line) => /^\s*>>> [A-Z]{4}/.test(line)) && lines.some((line) => /^\s*<<< \d/.test(line)))
      return plain;
    plain = lines.map((line) => line.replace(/^\s{0,3}[>|] ?/, "")).join("\n");
  }
  return plain;
}

/** True for text that is HTML as a whole, as a Teams message or a notification's source is; HTML inside it is not enough. */
export function looksLikeHtml(text: string): boolean {
  if (
    /^\s*<(?:!doctype|html|head|meta|body|div|p|table|pre|codeblock|blockquote|span|ul|ol)\b/i.test(
      text.slice(0, 500),
    )
  )
    return /<\/[a-z]{1,12}>/i.test(text);
  const start = text.slice(0, 1_500);
  const breaks = start.match(/<br ?\/?>|<\/(?:p|div)>/gi)?.length ?? 0;
  return breaks > 1 && (start.match(/\n/g)?.length ?? 0) <= breaks;
}

const BLOCK =
  /\s?<\/?(?:p|div|tr|li|h[1-6]|table|tbody|blockquote|pre|ul|ol|hr|body|html|codeblock)\b[^<>]{0,2000}>\s?/gi;

/** HTML to lines of text. Only what a notification needs: blocks become lines, tags and styles go, entities are read. */
export function htmlToLines(html: string): string {
  const preformatted = /<(?:pre|codeblock)\b/i.test(html);
  const text = html
    .replace(/<(style|script|head|title)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/<!--[\s\S]*?-->/g, " ")
    .replace(/[ \t]{2,}/g, " ")
    .replace(/(<br\b[^<>]{0,200}>) ?\n/gi, "$1")
    .replace(/\n ?(?:\n ?)+/g, "\n\n")
    .replace(/ ?\n ?/g, preformatted ? "\n" : " ")
    .replace(/ {2,}/g, " ")
    .replace(BLOCK, BLOCK_END)
    .replace(/<br\b[^<>]{0,200}>/gi, "\n")
    .replace(/<\/?[a-z][^<>@]{0,2000}>/gi, "")
    .replace(/<\/?(?:a|span|font|td|img|at)\b[^<>]{0,2000}>/gi, "")
    .replace(BLOCK_ENDS, "\n");
  return decodeEntities(text);
}

const BLOCK_END = "\u0001";
// The ends and beginnings of neighbouring blocks make one line end together.
const BLOCK_ENDS = new RegExp(`(?:[ \\n]*${BLOCK_END})+[ ]*`, "g");

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", amp: "&" };

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi,
    (whole, dec?: string, hex?: string, name?: string) => {
      if (name) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = dec ? Number(dec) : Number.parseInt(hex ?? "", 16);
      return code > 31 && code < 0x110000 ? String.fromCodePoint(code) : " ";
    },
  );
}
