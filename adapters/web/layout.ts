import { element, type Node, toHtml } from "./tree.ts";

export interface Page {
  readonly title: string;
  readonly main: readonly Node[];
  /** Files of `public/`, or `adaptivecards.js`. */
  readonly scripts?: readonly string[];
  /** A word for `class` of the body. */
  readonly kind: "chat" | "reading";
}

/** A whole page as HTML. */
export function htmlPage({ title, main, scripts = [], kind }: Page): string {
  const header = element(
    "header",
    { class: "top" },
    element("a", { href: "/", class: "name" }, "Postie"),
    element(
      "nav",
      { "aria-label": "Pages" },
      element("a", { href: "/" }, "Ask"),
      element("a", { href: "/knowledge" }, "Knowledge"),
    ),
  );
  const loaded = scripts.map((script) =>
    script === "adaptivecards.js"
      ? `<script src="/web/${script}" defer></script>`
      : `<script type="module" src="/web/${script}"></script>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${titleHtml(title)}
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/web/style.css">
${loaded.join("\n")}
</head>
<body class="${kind}">
<a class="unseen skip" href="#main">Skip to the content</a>
${toHtml(header)}
${toHtml(element("main", { id: "main" }, ...main))}
</body>
</html>
`;
}

function titleHtml(title: string): string {
  return `<title>${toHtml(`${title} · Postie`)}</title>`;
}
