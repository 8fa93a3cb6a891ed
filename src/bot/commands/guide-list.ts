import type { GuideEntry, Knowledge } from "../../knowledge/index.ts";
import { type Answer, code, type Section, say } from "../answer.ts";

/** What `mailguide` alone answers: every guide, by theme. */
export function listGuides(knowledge: Knowledge): Answer {
  const themes = knowledge.themes();
  const count = themes.reduce((sum, { guides }) => sum + guides.length, 0);
  return {
    title: "What do you want to read about?",
    status: "info",
    summary: say`There are ${count} guides. Name a topic in your own words, such as ${code("mailguide spf too many lookups")}.`,
    sections: [
      {
        kind: "facts",
        rows: themes.map(({ title, guides }) => ({
          label: title,
          value: [{ text: guides.map(({ key }) => key).join(", ") }],
        })),
      },
      ...themes.map(
        ({ title, guides }): Section => ({
          kind: "details",
          title,
          sections: [{ kind: "facts", rows: guides.map(row) }],
        }),
      ),
    ],
    followUps: ["read-ndr", "blocklist-removal", "dmarc"]
      .map((key) => knowledge.entry(`guide:${key}`))
      .flatMap((guide) =>
        guide
          ? [{ label: guide.title.split(":")[0] ?? guide.title, command: "mailguide", text: guide.id }]
          : [],
      ),
    sources: [],
  };
}

function row({ key, title }: GuideEntry) {
  return { label: key, value: [{ text: title }] };
}
