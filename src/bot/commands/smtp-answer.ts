/** Tells what the matches of a question mean: the best one in full, the others in a line each. */
import type { Entry, GuideEntry, Knowledge, Match, MatchedBy } from "../../knowledge/index.ts";
import { findCodes, findReplies, outcomeOf } from "../../smtp/index.ts";
import {
  type Answer,
  code,
  type FollowUp,
  type Inline,
  plainText,
  type Section,
  type Source,
  say,
  strong,
} from "../answer.ts";
import {
  statusOf,
  tellBackground,
  tellRemedies,
  tellVerdict,
  type Verdict,
  verdictOfCategory,
} from "./explanation.ts";
import { guidePart, readGuide } from "./guide-sections.ts";

interface Explained {
  readonly query: string;
  readonly matches: readonly Match[];
  readonly knowledge: Knowledge;
}

/** The most other matches that are told. */
const MAX_OTHERS = 5;

export function explainMatches({ query, matches, knowledge }: Explained): Answer {
  const [lead, ...others] = matches;
  if (!lead) throw new TypeError("there is no match to explain");
  const { entry } = lead;
  const verdict = verdictOf(entry, query, knowledge);
  const summary = summaryOf(entry, verdict);
  const standard = standardMeaning(lead, others);
  return {
    title: titleOf(entry, query),
    status: statusOf(verdict.permanence),
    summary,
    sections: [
      ...(summary[0]?.text === entry.meaning ? [] : [text(say`${entry.meaning}`)]),
      ...(entry.kind === "myth" ? [text(say`${strong("Often claimed, wrongly:")} ${entry.claim}`)] : []),
      ...notes(lead, knowledge),
      ...whatToDo(entry, verdict),
      ...tryingAgain(entry, summary),
      ...(standard === null ? [] : [text(standard)]),
      ...tellOthers(entry, others, knowledge),
      text(matchedBy(lead, knowledge)),
      ...tellBackground(entry),
      ...pasted(query),
    ],
    followUps: followUps(entry, others, query, knowledge),
    sources: sourcesOf(entry),
  };
}

/** `550 5.7.26 — Gmail could not verify…`, with the codes that the question gives and the entry is about. */
function titleOf(entry: Entry, query: string): string {
  const asked = findCodes(query, { limit: 20 }).map((mention) => mention.code);
  const about = asked.filter((each) => isAbout(entry, each));
  const codes = [...new Set(about)].slice(0, 2).join(" ");
  return codes === "" || entry.title.startsWith(codes) ? entry.title : `${codes} — ${entry.title}`;
}

function isAbout(entry: Entry, asked: string): boolean {
  switch (entry.kind) {
    case "reply":
      return entry.code === asked;
    case "status":
      return /^[245X]\./.test(asked) ? asked.slice(1) === entry.code.slice(1) : true;
    case "subject":
      return /^[245X]\./.test(asked) ? asked.slice(1).startsWith(`${entry.code.slice(1)}.`) : true;
    case "provider":
    case "phrase":
      return true;
    default:
      return false;
  }
}

function verdictOf(entry: Entry, query: string, knowledge: Knowledge): Verdict {
  const { act, remedies } = entry;
  const category = entry.kind === "guide" ? knowledge.category(entry.key) : null;
  if (category) return verdictOfCategory(category);
  const permanence = permanenceOf(entry, query);
  // What the code alone says of an entry that is about either, says nothing of when a new try helps.
  return { permanence, retry: permanence === entry.permanence ? entry.retry : null, act, remedies };
}

/** What the question's own codes say; the reply code's first digit decides before the enhanced code's class. */
function permanenceOf(entry: Entry, query: string): Verdict["permanence"] {
  if (entry.permanence !== "either" && entry.permanence !== "unknown" && entry.kind !== "provider") {
    return entry.permanence;
  }
  const asked = findCodes(query, { limit: 20 });
  const reply = asked.find(({ kind }) => kind === "reply") ?? asked.find(({ kind }) => kind === "enhanced");
  return (reply ? outcomeOf(reply.code) : null) ?? entry.permanence;
}

/** A guide is summed up by what it says, and so is an entry of which nothing is known but that. */
function summaryOf(entry: Entry, verdict: Verdict): Inline[] {
  const told = tellVerdict(verdict);
  const meaning = say`${entry.meaning}`;
  if (told.every(({ text: words }) => words === "")) return meaning;
  return entry.kind === "guide" ? [...meaning, { text: " " }, ...told] : told;
}

function whatToDo(entry: Entry, verdict: Verdict): Section[] {
  const told = tellRemedies(verdict);
  if (told.length > 0 || entry.kind !== "guide") return told;
  const part = guidePart(entry, "What to do");
  return part.length > 0 ? [{ kind: "heading", text: "What to do" }, ...part] : [];
}

function notes({ entry, note, conditional, provider = "" }: Match, knowledge: Knowledge): Section[] {
  const sections = note === undefined ? [] : [text(say`${strong("Note:")} ${note}`)];
  if (conditional) {
    const name = knowledge.provider(provider)?.name ?? provider;
    sections.push(text(say`No standard defines this code; this is what ${name} means by it.`));
  }
  if (entry.kind === "provider" && entry.codeAssumed) {
    sections.push(text(say`This text was seen without a code; that it comes with this one is not certain.`));
  }
  if (entry.validUntil !== null) sections.push(text(say`This applied until ${entry.validUntil}.`));
  else if (entry.validFrom !== null) sections.push(text(say`This applies since ${entry.validFrom}.`));
  return sections;
}

function tryingAgain({ retryNote }: Entry, summary: readonly Inline[]): Section[] {
  if (retryNote === null) return [];
  const told = plainText(summary).toLowerCase().includes(retryNote.toLowerCase().replace(/\.$/, ""));
  return told ? [] : [text(say`${strong("Trying again:")} ${retryNote}`)];
}

/** What the standard says of a code that the provider uses in its own way. */
function standardMeaning({ entry }: Match, others: readonly Match[]): Inline[] | null {
  if (entry.kind !== "provider") return null;
  if (entry.standardSays !== null) return say`${strong("In the standard:")} ${entry.standardSays}`;
  const standard = others.find((other) => other.entry.kind === "status")?.entry;
  if (standard?.kind !== "status") return null;
  return say`${strong("In the standard")} ${code(standard.code)} means: ${standard.title}.`;
}

const levels: Record<MatchedBy, string> = {
  id: "its name",
  token: "the server's literal text",
  "provider-code": "provider code",
  phrase: "words that many servers use",
  "enhanced-code": "enhanced status code",
  subject: "class and subject of the enhanced status code; nobody has registered this detail",
  "reply-code": "reply code",
  words: "words of the question",
};

function matchedBy({ entry, matchedBy: level, provider }: Match, knowledge: Knowledge): Inline[] {
  const name = provider === undefined ? "" : ` Provider: ${knowledge.provider(provider)?.name ?? provider}.`;
  const local = entry.local ? " This comes from your own organisation's knowledge." : "";
  const isSystemError = entry.kind === "reply" && entry.code.startsWith("1");
  const by = level === "reply-code" && isSystemError ? "number of a system error" : levels[level];
  return say`${strong("Matched by:")} ${by}.${name}${local}`;
}

/** Other meanings and codes; not words that say again what the lead says, nor the subject of a code that is explained. */
function tellOthers(lead: Entry, others: readonly Match[], knowledge: Knowledge): Section[] {
  const told = others.filter(({ entry }) => isNews(entry, lead)).slice(0, MAX_OTHERS);
  if (told.length === 0) return [];
  return [
    { kind: "heading", text: "Also" },
    { kind: "list", items: told.map((match) => tellOther(match, knowledge)) },
  ];
}

function isNews(entry: Entry, lead: Entry): boolean {
  if (entry.kind === "guide") return false;
  if (entry.kind === "subject") return lead.kind !== "provider" && lead.kind !== "status";
  if (entry.kind !== "phrase") return true;
  const sameTopic =
    lead.kind === "guide" ? entry.guides.includes(lead.key) : entry.category === lead.category;
  return !sameTopic;
}

function tellOther({ entry, note, provider, conditional }: Match, knowledge: Knowledge): Inline[] {
  const name = provider === undefined ? "" : (knowledge.provider(provider)?.name ?? provider);
  switch (entry.kind) {
    case "reply":
    case "status":
    case "subject":
      return say`${code(entry.code)} ${entry.title}. ${note ?? ""}`;
    case "provider":
      return say`${conditional ? `If it came from ${name}` : name}: ${entry.title}.`;
    case "myth":
      return say`Wrong: ${strong(entry.claim)} Right: ${entry.meaning}`;
    default:
      return say`${entry.title}. ${note ?? ""}`;
  }
}

/** The most buttons, the longest label of one, and the longest text that one may carry. */
const MAX_FOLLOW_UPS = 5;
const MAX_LABEL = 40;
const MAX_FOLLOW_UP_TEXT = 1_500;

function followUps(entry: Entry, others: readonly Match[], query: string, knowledge: Knowledge): FollowUp[] {
  const bounce: FollowUp[] =
    looksPasted(query) && query.length <= MAX_FOLLOW_UP_TEXT
      ? [{ label: "Read it as a bounce", command: "bounce", text: query }]
      : [];
  const own = entry.kind === "guide" ? [entry.key] : [];
  const foundGuides = others.flatMap(({ entry: other }) => (other.kind === "guide" ? [other.key] : []));
  const guides = [...new Set([...own, ...foundGuides, ...entry.guides])]
    .map((key) => knowledge.entry(`guide:${key}`))
    .filter((guide): guide is GuideEntry => guide?.kind === "guide")
    .slice(0, 3)
    .map(readGuide);
  const explain = others.flatMap(({ entry: other }) => explainAlso(other) ?? []).slice(0, 2);
  return [...bounce, ...guides, ...explain].slice(0, MAX_FOLLOW_UPS);
}

/** A button for a code that the answer only mentions. */
function explainAlso(entry: Entry): FollowUp | null {
  switch (entry.kind) {
    case "reply":
    case "status":
      return { label: `Explain ${entry.code}`, command: "smtp", text: entry.code };
    case "provider": {
      const name = /^[245X]\.\d/.test(entry.key) ? `${entry.key} @${entry.provider}` : entry.id;
      return { label: `Explain ${name}`.slice(0, MAX_LABEL), command: "smtp", text: name };
    }
    default:
      return null;
  }
}

/** A text of several lines that holds a server's reply is rather a bounce. */
function looksPasted(query: string): boolean {
  return query.includes("\n") && findReplies(query.slice(0, 20_000)).length > 0;
}

function pasted(query: string): Section[] {
  if (!looksPasted(query) || query.length <= MAX_FOLLOW_UP_TEXT) return [];
  return [
    text(say`This looks like a whole bounce: ${code("bounce")} followed by it tells also whom it is about.`),
  ];
}

/** The most sources that are shown. */
const MAX_SOURCES = 5;

function sourcesOf({ sources }: Entry): Source[] {
  return sources
    .slice(0, MAX_SOURCES)
    .map(({ text: name, href }) => (href ? { text: name, href } : { text: name }));
}

function text(inlines: Inline[]): Section {
  return { kind: "text", text: inlines };
}
