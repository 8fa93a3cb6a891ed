/** Builds elements from the server's plain data. Text only ever becomes text; tags and attributes are those of this list. */

const TAGS = new Set(
  "a button code dd details div dl dt em figcaption figure h2 h3 li ol p pre s section span strong summary table tbody td th thead tr ul".split(
    " ",
  ),
);

const ATTRIBUTES = new Set(
  "aria-hidden aria-label class data-command data-text href rel role scope tabindex target type".split(" "),
);

export function build(node) {
  if (typeof node === "string") return document.createTextNode(node);
  if (!TAGS.has(node.tag)) throw new TypeError(`no element ${node.tag} is built here`);
  const element = document.createElement(node.tag);
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    if (ATTRIBUTES.has(name) && (name !== "href" || /^(https:\/\/|\/)/.test(value))) {
      element.setAttribute(name, value);
    }
  }
  element.append(...(node.children ?? []).map(build));
  return element;
}

/** An element of the page's own. */
export function make(tag, { className = "", text = "", ...attributes } = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
