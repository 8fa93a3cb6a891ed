/** Text as Slack delivers it: escaped, with what it recognises as a link or an address wrapped (platform facts in adapters/slack/text-in.ts). */

const recognised =
  /(?<url>https?:\/\/[^\s<>|"]+)|(?<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(?<host>\b(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+(?:com|org|net|example|de|dk|fr|nl)\b)/gi;

export function escapeSlack(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** The `text` of a message in which somebody typed `typed`. */
export function asSlackText(typed: string): string {
  let result = "";
  let end = 0;
  for (const match of typed.matchAll(recognised)) {
    result += escapeSlack(typed.slice(end, match.index));
    const shown = escapeSlack(match[0]);
    const { url, mail } = match.groups ?? {};
    if (url) result += `<${shown}>`;
    else if (mail) result += `<mailto:${shown}|${shown}>`;
    else result += `<http://${shown}|${shown}>`;
    end = match.index + match[0].length;
  }
  return result + escapeSlack(typed.slice(end));
}

/** The `blocks` of the same message: its text as composed. */
export function asRichText(typed: string): unknown[] {
  const elements: unknown[] = [];
  let end = 0;
  const add = (text: string) => text && elements.push({ type: "text", text });
  for (const match of typed.matchAll(recognised)) {
    add(typed.slice(end, match.index));
    const { url, mail } = match.groups ?? {};
    if (url) elements.push({ type: "link", url: match[0] });
    else if (mail) elements.push({ type: "link", url: `mailto:${match[0]}`, text: match[0] });
    else elements.push({ type: "link", url: `http://${match[0]}`, text: match[0] });
    end = match.index + match[0].length;
  }
  add(typed.slice(end));
  return [{ type: "rich_text", block_id: "abc", elements: [{ type: "rich_text_section", elements }] }];
}
