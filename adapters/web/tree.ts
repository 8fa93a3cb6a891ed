/** What a page shows, as plain data: the server writes it as HTML, the chat builds it as elements. Text is always text. */

export interface Element {
  readonly tag: Tag;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly Node[];
}

/** A string is text, never markup. */
export type Node = Element | string;

/** `public/dom.js` builds the same tags and no others. */
export type Tag =
  | "a"
  | "button"
  | "code"
  | "dd"
  | "details"
  | "div"
  | "dl"
  | "dt"
  | "em"
  | "fieldset"
  | "figcaption"
  | "figure"
  | "footer"
  | "form"
  | "h1"
  | "h2"
  | "h3"
  | "header"
  | "input"
  | "label"
  | "legend"
  | "li"
  | "main"
  | "nav"
  | "ol"
  | "p"
  | "pre"
  | "s"
  | "section"
  | "span"
  | "strong"
  | "summary"
  | "table"
  | "tbody"
  | "td"
  | "textarea"
  | "th"
  | "thead"
  | "tr"
  | "ul";

const EMPTY: ReadonlySet<Tag> = new Set(["input"]);

/** An element; `attributes` are written as they are, so that addresses in them must come from {@link outsideLink} or Postie. */
export function element(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Node[]
): Element {
  return { tag, attributes, children };
}

/** A link to another site, which learns nothing of this page; plain text where the address is not `https:`. */
export function outsideLink(text: string, href: string, className = ""): Element {
  if (!URL.canParse(href) || new URL(href).protocol !== "https:") return element("span", {}, text);
  return element(
    "a",
    { href, target: "_blank", rel: "noopener noreferrer", ...(className ? { class: className } : {}) },
    text,
  );
}

/** The HTML of a node, with everything escaped that could be markup. */
export function toHtml(node: Node): string {
  if (typeof node === "string") return escapeText(node);
  const attributes = Object.entries(node.attributes ?? {})
    .map(([name, value]) => ` ${name}="${escapeText(value)}"`)
    .join("");
  if (EMPTY.has(node.tag)) return `<${node.tag}${attributes}>`;
  // A parser drops a line feed that comes first in these two.
  const first = node.tag === "pre" || node.tag === "textarea" ? "\n" : "";
  return `<${node.tag}${attributes}>${first}${(node.children ?? []).map(toHtml).join("")}</${node.tag}>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}
