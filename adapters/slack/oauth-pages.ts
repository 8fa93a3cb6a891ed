/** The pages that somebody sees who installs Postie in a workspace. Whatever comes from outside stands in them as text. */
import { createHash } from "node:crypto";
import { cleanText } from "../../src/bot/clean.ts";
import { shorten } from "./fit.ts";

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#1d1c1d;background:#fff}
a.button{display:inline-block;padding:.6rem 1.2rem;border-radius:.4rem;background:#1f4e79;color:#fff;text-decoration:none}
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#1a1d21}a{color:#8ab4f8}}`;

/** No script, no picture, nothing from elsewhere; and the code in the address is told to nobody. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
};

interface Page {
  readonly title: string;
  readonly text: string;
  readonly link?: { readonly href: string; readonly text: string };
}

function page({ title, text, link }: Page): string {
  const button = link
    ? `<p><a class="button" href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a></p>`
    : "";
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${button}</main></body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** @param url Slack's page that asks for consent */
export function installPage(url: string): string {
  return page({
    title: "Install Postie in Slack",
    text: "Postie explains mail: error codes, bounces, and whether a domain can be reached and trusted. Slack shows what it is allowed to do and asks for your consent.",
    link: { href: url, text: "Add to Slack" },
  });
}

/** @param name of the workspace or organisation, as Slack tells it */
export function installedPage(name: string | undefined, orgWide: boolean, team: string | undefined): string {
  const where = name ? `“${shorten(cleanText(name).replace(/\s+/g, " "), 80)}”` : "your workspace";
  const next = orgWide
    ? "Whoever manages the organisation's apps now adds it to workspaces."
    : "Try /smtp 550 anywhere, or invite Postie to a channel and paste a bounce.";
  const link =
    team !== undefined && /^\w+$/.test(team)
      ? { href: `https://app.slack.com/client/${team}`, text: "Open Slack" }
      : undefined;
  return page({
    title: "Postie is installed",
    text: `Postie is installed in ${where}. ${next}`,
    ...(link && { link }),
  });
}

export type Failure = "cancelled" | "state" | "store" | "slack";

const FAILURES: Record<Failure, { status: number; title: string; text: string }> = {
  cancelled: {
    status: 200,
    title: "Postie was not installed",
    text: "You did not give your consent, so nothing was changed.",
  },
  state: {
    status: 400,
    title: "This link has been used or is too old",
    text: "An installation must be finished within ten minutes, once, and in the browser that it was begun in. Nothing was changed. Begin again.",
  },
  store: {
    status: 503,
    title: "Postie cannot reach its store right now",
    text: "Nothing was installed. Begin again in a minute.",
  },
  slack: {
    status: 502,
    title: "Slack did not finish the installation",
    text: "Begin again. If it stays, whoever runs Postie finds the reason in its log.",
  },
};

export function failurePage(failure: Failure): { status: number; html: string } {
  const { status, title, text } = FAILURES[failure];
  return { status, html: page({ title, text, link: { href: AGAIN, text: "Begin again" } }) };
}

export const INSTALL_PATH = "/slack/install";
/** The same from where Slack leads back to, also behind a server that adds to the path. */
const AGAIN = "install";
