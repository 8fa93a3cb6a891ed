/** Answers a person's question from what is known. */
import { type CodeMention, findCodes, findReplies, isHttpStatus, outcomeOf } from "../smtp/index.ts";
import type { Codes } from "./code-index.ts";
import { editDistance } from "./edit-distance.ts";
import { type Explaining, explainReply, findTokens, MAX_REPLY_TEXT, type Match, unique } from "./explain.ts";
import type { Entry } from "./model.ts";
import { telephoneNumbers } from "./telephone.ts";
import type { WordIndex, WordMatch } from "./words.ts";

export interface Searching extends Explaining {
  readonly entry: (id: string) => Entry | null;
  readonly words: () => Promise<WordIndex>;
}

/** Longer texts are not questions: only their codes and literal server texts count. */
const LONGEST_QUESTION = 300;

/** The longest question in which a number such as 111 is taken for an error number, in words. */
const MAX_SYSTEM_ERROR_WORDS = 5;

/** The most codes of one text that are explained. */
const MAX_CODES = 6;

/** The most entries that are found by words beside those that codes and server text led to. */
const MAX_RELATED = 3;

/** What must be known of an entry's words for it to be worth showing beside an exact match. */
const RELATED_SCORE = 0.6;

export async function search(
  knowledge: Searching,
  query: string,
  options: { provider?: string | null } = {},
): Promise<Match[]> {
  const named = knowledge.entry(query.trim());
  if (named) return [{ entry: named, matchedBy: "id" }];
  // Digits of full width, as Asian keyboards write them, are digits.
  const text = query.slice(0, MAX_REPLY_TEXT).normalize("NFKC").slice(0, MAX_REPLY_TEXT);
  const family = subjectNamed(knowledge, text);
  if (family) return [{ entry: family, matchedBy: "subject" }];
  if (isHttpStatus(text)) return [];
  const providers = options.provider ? [options.provider] : providersOf(knowledge, text);
  const codes = codesOf(text);
  const exact = exactMatches(knowledge, text, codes, providers);
  const words = remainingWords(knowledge, text, exact);
  // A number that is no code may stand in many a provider's own codes; without the provider it says nothing.
  if (providers.length === 0 && /^\P{L}*$/u.test(text)) {
    return exact.length > 0 ? exact : claimsOf(knowledge, text.trim());
  }
  if (text.length > LONGEST_QUESTION || !/[\p{L}\p{N}]{2}/u.test(words)) return exact;
  const byWords = (await knowledge.words()).search(words, { providers });
  const slip = codes.length === 1 ? misspeltCode(exact, byWords, codes[0], providers) : null;
  const first = slip ?? claimAboutCode(knowledge, exact, byWords, codes);
  return merge(knowledge, first ? [first, ...exact] : exact, byWords, codes);
}

/** The subject that a family of codes stands for: 5.7.x, 5.7.*, X.7. */
function subjectNamed(knowledge: Searching, text: string): Entry | null {
  const [, subject] =
    /^\s*[245x]\.(\d)\.(?:x{1,3}|\*|nn?)[\s?]*$|^\s*x\.(\d)[\s?]*$/i.exec(text)?.filter(Boolean) ?? [];
  return subject === undefined ? null : knowledge.entry(`subject:X.${subject}`);
}

/** The corrections of claims about a number that is no code, such as the misprint 21 for 211. */
function claimsOf(knowledge: Searching, number: string): Match[] {
  const claims = knowledge.codes.myths({ replyCode: number, enhancedStatusCode: null });
  return claims.map((entry) => ({ entry, matchedBy: "reply-code" }));
}

/** Whom a question names; in a long text, whom the lines before its first failure name. */
function providersOf(knowledge: Searching, text: string): string[] {
  let named = text;
  if (text.length > LONGEST_QUESTION) {
    const start = findReplies(text).find(isFailure)?.start ?? 0;
    const before = text.slice(Math.max(0, start - LONGEST_QUESTION), start);
    named = before.slice(before.lastIndexOf("\n\n") + 1);
  }
  return knowledge.providers.namedIn(named).map(({ slug }) => slug);
}

function isFailure({ replyCode }: { replyCode: string }): boolean {
  return /^(temporary|permanent)$/.test(outcomeOf(replyCode) ?? "");
}

/** The correction of a wrong claim about the code, when the words are rather the claim's than the code's own. */
function claimAboutCode(
  knowledge: Searching,
  exact: readonly Match[],
  byWords: readonly WordMatch[],
  codes: readonly Codes[],
): Match | null {
  const claims = new Set<Entry>(codes.flatMap((pair) => knowledge.codes.myths(pair)));
  const claim = byWords.find(({ entry }) => claims.has(entry));
  const own = byWords.find(({ entry }) => exact.some((match) => match.entry === entry));
  return claim && claim.score > (own?.score ?? 0) ? { entry: claim.entry, matchedBy: "words" } : null;
}

/**
 * A code of the named provider that differs by one character from the code that was asked about, when that provider has no such
 * code and the words are those of the other.
 */
function misspeltCode(
  exact: readonly Match[],
  byWords: readonly WordMatch[],
  codes: Codes | undefined,
  providers: readonly string[],
): Match | null {
  const asked = codes?.enhancedStatusCode;
  if (!asked || exact.some(({ entry }) => entry.kind === "provider")) return null;
  for (const { entry } of byWords) {
    if (entry.kind !== "provider" || !providers.includes(entry.provider)) continue;
    const meant = entry.statusCodes.find((code) => editDistance(code, asked) === 1);
    if (meant === undefined) continue;
    const note = `You asked about ${asked}; the words are those of ${meant}.`;
    return { entry, matchedBy: "words", provider: entry.provider, note };
  }
  return null;
}

/** The guides that fit a topic's words; for a code, those that its explanation names. */
export async function searchGuides(
  knowledge: Searching,
  query: string,
  { lenient = false }: { lenient?: boolean } = {},
): Promise<Match[]> {
  const byWords = (await knowledge.words()).search(query.slice(0, LONGEST_QUESTION), {
    only: "guide",
    lenient,
  });
  if (byWords.length > 0) return byWords.map(({ entry }) => ({ entry, matchedBy: "words" }));
  const [best] = await search(knowledge, query);
  return (best?.entry.guides ?? []).flatMap((key): Match[] => {
    const guide = knowledge.entry(`guide:${key}`);
    return guide && best ? [{ entry: guide, matchedBy: best.matchedBy }] : [];
  });
}

/** The codes of a text, those of one reply together. */
function codesOf(text: string): Codes[] {
  const replies = findReplies(text);
  // In a pasted bounce only what refused or delayed the message matters.
  const failures = replies.filter(isFailure);
  if (text.length > LONGEST_QUESTION && failures.length > 0) return distinct(failures);
  const mentions = mentionsIn(text);
  const reply = mentions.filter(({ kind }) => kind === "reply");
  const enhanced = mentions.filter(({ kind }) => kind === "enhanced");
  if (codesIn(reply).length === 1 && codesIn(enhanced).length === 1) {
    return [{ replyCode: reply[0]?.code ?? null, enhancedStatusCode: enhanced[0]?.code ?? null }];
  }
  const inReply = (code: string) =>
    replies.some(
      ({ replyCode, enhancedStatusCode }) =>
        enhancedStatusCode && (code === replyCode || code === enhancedStatusCode),
    );
  return distinct([
    ...replies.filter(({ enhancedStatusCode }) => enhancedStatusCode),
    ...mentions
      .filter(({ code }) => !inReply(code))
      .map(({ kind, code }) =>
        kind === "reply"
          ? { replyCode: code, enhancedStatusCode: null }
          : { replyCode: null, enhancedStatusCode: code },
      ),
  ]);
}

/** The codes of a text in their order, and in a short question also numbers of system errors. */
function mentionsIn(text: string): CodeMention[] {
  const telephones = text.length > LONGEST_QUESTION ? [] : telephoneNumbers(text);
  return [...findCodes(text, { limit: 20 }), ...systemErrors(text)]
    .filter(({ start, end }) => !telephones.some((number) => number.start <= start && end <= number.end))
    .sort((a, b) => a.start - b.start);
}

/** Errors of the operating system that programs show in place of a reply: 111. In a short question they are meant. */
function systemErrors(text: string): CodeMention[] {
  if (text.trim().split(/\s+/).length > MAX_SYSTEM_ERROR_WORDS) return [];
  return text
    .matchAll(/(?<![\p{L}\p{N}.,:/-])1\d\d(?![\p{L}\p{N}]|[.,:/-]\d)/gu)
    .map(
      ({ 0: code, index }): CodeMention => ({ kind: "reply", code, start: index, end: index + code.length }),
    )
    .toArray();
}

function codesIn(mentions: readonly CodeMention[]): string[] {
  return [...new Set(mentions.map(({ code }) => code))];
}

function distinct(all: readonly Codes[]): Codes[] {
  const byText = new Map(
    all.map(({ replyCode, enhancedStatusCode }) => [
      `${replyCode} ${enhancedStatusCode}`,
      { replyCode, enhancedStatusCode },
    ]),
  );
  return [...byText.values()].slice(0, MAX_CODES);
}

/** What the codes and the literal text lead to: of several replies, the most specific explanations first. */
function exactMatches(
  knowledge: Searching,
  text: string,
  codes: readonly Codes[],
  providers: readonly string[],
): Match[] {
  const hits = findTokens(knowledge, text);
  const none: Codes = { replyCode: null, enhancedStatusCode: null };
  // With two providers named, a code's meanings are told apart by name.
  const [provider] = providers.length === 1 ? providers : [];
  const all = (codes.length > 0 ? codes : [none]).flatMap((pair) =>
    explainReply(knowledge, { text, ...pair, provider }, hits),
  );
  return unique(codes.length > 1 ? all.sort((a, b) => level(a) - level(b)) : all);
}

function level({ matchedBy, conditional }: Match): number {
  const levels = [
    "id",
    "token",
    "provider-code",
    "phrase",
    "enhanced-code",
    "subject",
    "reply-code",
    "words",
  ];
  return matchedBy === "provider-code" && conditional
    ? levels.indexOf("enhanced-code")
    : levels.indexOf(matchedBy);
}

/** The question without the codes that were found and the provider that was named: those have been made use of. */
function remainingWords(knowledge: Searching, text: string, exact: readonly Match[]): string {
  const explained = new Set(exact.flatMap(({ entry }) => codesOfEntry(entry)));
  const codeless = mentionsIn(text)
    .filter(({ code }) => explained.has(code) || explained.has(code.replace(/^[245]/, "X")))
    .reduceRight((rest, { start, end }) => `${rest.slice(0, start)} ${rest.slice(end)}`, text);
  const words = codeless.split(/\s+/).filter((word) => !/^@[\w.-]+$/.test(word));
  const others = words.filter((word) => !knowledge.providers.byName(word.replace(/[?!.,]+$/, "")));
  return (others.some((word) => /[\p{L}\p{N}]{2}/u.test(word)) || exact.length > 0 ? others : words).join(
    " ",
  );
}

function codesOfEntry(entry: Entry): readonly string[] {
  switch (entry.kind) {
    case "reply":
    case "status":
      return [entry.code];
    case "provider":
      return [...entry.replyCodes, ...entry.statusCodes];
    default:
      return [];
  }
}

function merge(
  knowledge: Searching,
  exact: readonly Match[],
  byWords: readonly WordMatch[],
  codes: readonly Codes[],
): Match[] {
  const [lead, ...rest] = exact;
  if (!lead) return unique(byWords.map(toMatch));
  const related = byWords.filter(({ score }) => score >= RELATED_SCORE).slice(0, MAX_RELATED);
  if (lead.matchedBy !== "phrase") return unique([...exact, ...related.map(toMatch)]);
  const [topic] = lead.entry.guides.map((key) => knowledge.entry(`guide:${key}`));
  const read: Match[] = topic ? [{ entry: topic, matchedBy: "phrase" }] : [];
  if (codes.length > 0) return unique([lead, ...read, ...rest, ...related.map(toMatch)]);
  // Without a code it is rather a person's words than a server's: they ask about the topic.
  const guides = related.filter(({ entry }) => entry.kind === "guide");
  return unique([...guides.map(toMatch), ...read, lead, ...rest, ...related.map(toMatch)]);
}

function toMatch({ entry }: WordMatch): Match {
  return entry.kind === "provider"
    ? { entry, matchedBy: "words", provider: entry.provider }
    : { entry, matchedBy: "words" };
}
