/** The knowledge base as pages: every entry and every provider has an address of its own. */

import type { Answer, Section } from "../../src/bot/answer.ts";
import { cleanAnswer } from "../../src/bot/clean.ts";
import { guideSections } from "../../src/bot/commands/guide-sections.ts";
import { explainMatches } from "../../src/bot/commands/smtp-answer.ts";
import type { Entry, Knowledge } from "../../src/knowledge/index.ts";
import { viewAnswer } from "./answer-view.ts";
import { questionAddress } from "./ask-button.ts";
import { htmlPage } from "./layout.ts";
import { element, type Node } from "./tree.ts";

/** The longest search that is looked up, in characters. */
const MAX_QUERY = 500;

/** What there is, or what a search finds. */
export async function knowledgeIndex(knowledge: Knowledge, asked: string): Promise<string> {
  const query = asked.slice(0, MAX_QUERY).trim();
  const found = query === "" ? null : await searchAll(knowledge, query);
  return htmlPage({
    title: query === "" ? "Knowledge" : `“${query}” in the knowledge`,
    kind: "reading",
    main: [
      element("h1", {}, "What Postie knows"),
      searchForm(query),
      ...(found ? viewFound(query, found) : viewAll(knowledge)),
    ],
  });
}

async function searchAll(knowledge: Knowledge, query: string): Promise<Entry[]> {
  const matches = [...(await knowledge.search(query)), ...(await knowledge.searchGuides(query))];
  return [...new Set(matches.map(({ entry }) => entry))].slice(0, 40);
}

/** The page of an entry (`reply:550`) or of a provider (`gmail`); `null` where there is neither. */
export function knowledgePage(knowledge: Knowledge, id: string): string | null {
  const entry = knowledge.entry(id);
  if (entry) return entryPage(knowledge, entry);
  const provider = knowledge.provider(id.toLowerCase());
  if (!provider) return null;
  const entries = knowledge.entries.filter(
    (each) => each.kind === "provider" && each.provider === provider.slug,
  );
  return htmlPage({
    title: provider.name,
    kind: "reading",
    main: [
      back(),
      element("h1", {}, provider.name),
      element(
        "p",
        {},
        entries.length > 0
          ? `What ${entries.length} replies of ${provider.name} mean.`
          : `No replies of its own are known for ${provider.name}; the standard codes apply.`,
      ),
      links(entries),
    ],
  });
}

/** Says that there is no such page. */
export function missingPage(): string {
  return htmlPage({
    title: "Not found",
    kind: "reading",
    main: [element("h1", {}, "There is no such page"), searchForm("")],
  });
}

function entryPage(knowledge: Knowledge, entry: Entry): string {
  const answer = cleanAnswer(answerAbout(knowledge, entry));
  const view = viewAnswer(answer, {
    titleTag: "h1",
    ask: (followUp) => element("a", { class: "step", href: addressOf(knowledge, followUp) }, followUp.label),
  });
  return htmlPage({
    title: answer.title,
    kind: "reading",
    main: [back(), element("section", { class: "answer", "aria-label": "Entry" }, ...view)],
  });
}

function answerAbout(knowledge: Knowledge, entry: Entry): Answer {
  const query = "code" in entry ? entry.code : "";
  const told = explainMatches({ query, matches: [{ entry, matchedBy: "id" }], knowledge });
  // There was no question here that something could have matched.
  const answer = { ...told, sections: told.sections.filter((section) => !tellsTheMatch(section)) };
  if (entry.kind !== "guide") return answer;
  return { ...answer, status: "info", summary: [{ text: entry.meaning }], sections: guideSections(entry) };
}

function tellsTheMatch(section: Section): boolean {
  return section.kind === "text" && section.text[0]?.text === "Matched by:";
}

/** A guide has a page here; everything else is asked in the chat. */
function addressOf(knowledge: Knowledge, followUp: Parameters<typeof questionAddress>[0]): string {
  const { command, text } = followUp;
  const guide = knowledge.entry(text) ?? knowledge.entry(`guide:${text.trim().toLowerCase()}`);
  return command === "mailguide" && guide?.kind === "guide" ? entryAddress(guide) : questionAddress(followUp);
}

function back(): Node {
  return element("p", {}, element("a", { href: "/knowledge" }, "← All knowledge"));
}

function searchForm(query: string): Node {
  return element(
    "form",
    { class: "search", role: "search", action: "/knowledge", method: "get" },
    element("label", { for: "search" }, "Search"),
    element("input", { id: "search", type: "search", name: "q", value: query, maxlength: String(MAX_QUERY) }),
    element("button", { type: "submit", class: "step main" }, "Search"),
  );
}

function viewFound(query: string, found: readonly Entry[]): Node[] {
  if (found.length === 0) {
    return [
      element("p", {}, `Nothing fits “${query}”. `, element("a", { href: "/knowledge" }, "See all there is")),
    ];
  }
  const asked = questionAddress({ command: "interpret", text: query });
  return [
    element("p", {}, `${found.length} that fit “${query}”. `, element("a", { href: asked }, "Ask Postie")),
    links(found),
  ];
}

function viewAll(knowledge: Knowledge): Node[] {
  const { byKind, byProvider } = knowledge.counts;
  const kind = (wanted: Entry["kind"]) => knowledge.entries.filter((entry) => entry.kind === wanted);
  const providers = [...knowledge.providers].sort((a, b) => a.name.localeCompare(b.name, "en"));
  const folded = (title: string, ...content: Node[]) =>
    element("details", {}, element("summary", {}, title), ...content);
  return [
    element("h2", {}, "Guides"),
    ...knowledge.themes().map(({ title, guides }) => folded(`${title} (${guides.length})`, links(guides))),
    element("h2", {}, "Codes"),
    folded(`Reply codes (${byKind.reply})`, links(kind("reply"))),
    ...kind("subject").map((subject) => {
      const codes = kind("status").filter(({ id }) => id.startsWith(`status:${codeOf(subject)}.`));
      return folded(
        `${codeOf(subject)} — ${subject.title} (${codes.length + 1})`,
        links([subject, ...codes]),
      );
    }),
    element("h2", {}, "Providers"),
    element(
      "ul",
      { class: "columns" },
      ...providers.map(({ slug, name }) =>
        element(
          "li",
          {},
          element("a", { href: `/knowledge/${encodeURIComponent(slug)}` }, name),
          byProvider[slug] ? ` (${byProvider[slug]})` : "",
        ),
      ),
    ),
    element("h2", {}, "Words and mistakes"),
    folded(`Words that many servers use (${byKind.phrase})`, links(kind("phrase"))),
    folded(`Often claimed, wrongly (${byKind.myth})`, links(kind("myth"))),
  ];
}

function links(entries: readonly Entry[]): Node {
  return element(
    "ul",
    { class: "entries" },
    ...entries.map((entry) => {
      const name = nameOf(entry);
      return element(
        "li",
        {},
        element(
          "a",
          { href: entryAddress(entry) },
          ...(name === "" ? [] : [element("code", {}, name), " "]),
          entry.kind === "myth" ? entry.claim : entry.title,
        ),
      );
    }),
  );
}

function codeOf(entry: Entry): string {
  return "code" in entry ? entry.code : "";
}

function nameOf(entry: Entry): string {
  return entry.kind === "provider" ? entry.id : codeOf(entry);
}

function entryAddress({ id }: Entry): string {
  return `/knowledge/${encodeURIComponent(id).replaceAll("%3A", ":")}`;
}
