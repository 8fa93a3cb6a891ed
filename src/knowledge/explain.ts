/**
 * What one server reply means. The most specific knowledge comes first: a literal token, then what its provider means by the
 * code, then words that many servers use, then the enhanced status code, the reply code.
 */
import { parseEnhancedStatusCode } from "../smtp/index.ts";
import type { CodeIndex, Codes } from "./code-index.ts";
import { foldReplyText } from "./fold.ts";
import type { IdentifierIndex } from "./identifiers.ts";
import type { Category, Entry, PhraseEntry, ProviderEntry } from "./model.ts";
import type { ProviderDirectory } from "./providers.ts";
import type { TokenHit, TokenMatcher } from "./tokens.ts";

/** How an entry was found, from the most specific to the least. */
export type MatchedBy =
  | "id"
  | "token"
  | "provider-code"
  | "phrase"
  | "enhanced-code"
  | "subject"
  | "reply-code"
  | "words";

export interface Match {
  readonly entry: Entry;
  readonly matchedBy: MatchedBy;
  /** The slug of the provider whose meaning this is. */
  readonly provider?: string;
  /** True when nobody knows who said it: the meaning holds only if it came from that provider. */
  readonly conditional?: boolean;
  /** What to know about this match, in a sentence. */
  readonly note?: string;
}

/** A reply to explain; what is not known is `null` or left out. */
export interface ReplyToExplain {
  readonly text: string;
  readonly replyCode?: string | null | undefined;
  readonly enhancedStatusCode?: string | null | undefined;
  /** The slug of the provider that said it, when it is known. */
  readonly provider?: string | null | undefined;
  /** The host that said it: shows the provider where that is not given. */
  readonly host?: string | null | undefined;
}

/** The most meanings that are offered when a code means different things and nobody knows who said it. */
const MAX_CONDITIONAL = 3;

/** The most characters of a reply that are read. */
export const MAX_REPLY_TEXT = 65_536;

export interface Explaining {
  readonly codes: CodeIndex;
  readonly providers: ProviderDirectory;
  readonly category: (id: string) => Category | null;
  /** Made on first use, as the identifiers are: a bare code needs none. */
  readonly tokens: () => TokenMatcher<ProviderEntry | PhraseEntry>;
  readonly identifiers: () => IdentifierIndex;
}

/** Every entry that explains the reply, the best first, none twice. */
export function explainReply(
  knowledge: Explaining,
  reply: ReplyToExplain,
  hits: readonly Hit[] = findTokens(knowledge, reply.text),
): Match[] {
  const codes: Codes = {
    replyCode: reply.replyCode ?? null,
    enhancedStatusCode: reply.enhancedStatusCode ?? null,
  };
  const given = reply.provider ?? (reply.host ? knowledge.providers.byHost(reply.host)?.slug : undefined);
  const named = findIdentifiers(knowledge, reply.text, given);
  const tokens = rankTokens([...named.map(asHit), ...hits], codes, given);
  // Whose token it is, shows who said it.
  const provider = given ?? tokens[0]?.provider;
  const matches = [
    ...tokens.map((entry): Match => ({ entry, matchedBy: "token", provider: entry.provider })),
    ...providerMeaning(knowledge, codes, provider),
    ...phrasesAndCodes(knowledge, codes, hits, provider),
  ];
  // The words have said which of the provider's rules it is; the others that share its code are beside the point.
  const said = tokens.some((entry) => entry.provider === provider);
  const possible = said ? [] : providerMeanings(knowledge, codes, provider);
  // Of a bare code of a known provider, what that provider may mean by it is all that can be said.
  return unique(hasWords(reply.text) ? [...matches, ...possible] : [...possible, ...matches]);
}

export function unique(matches: readonly Match[]): Match[] {
  const first = new Map<string, Match>();
  for (const match of matches) if (!first.has(match.entry.id)) first.set(match.entry.id, match);
  return [...first.values()];
}

export type Hit = TokenHit<ProviderEntry | PhraseEntry>;

export function findTokens(knowledge: Explaining, text: string): Hit[] {
  if (!hasWords(text)) return [];
  return knowledge.tokens()(foldReplyText(text.slice(0, MAX_REPLY_TEXT)));
}

function findIdentifiers(knowledge: Explaining, text: string, provider: string | undefined): ProviderEntry[] {
  const read = text.slice(0, MAX_REPLY_TEXT);
  return /[a-z]/i.test(read) ? knowledge.identifiers()(read, provider) : [];
}

/** False for a text of nothing but codes, which holds no tokens. */
function hasWords(text: string): boolean {
  return /\p{L}{2}/u.test(text.slice(0, MAX_REPLY_TEXT));
}

/** A code of a provider's own is as sure as a long token: nothing else looks like it. */
function asHit(value: ProviderEntry): Hit {
  return { value, token: value.key, weight: 50 };
}

/** Provider entries whose token is in the text, the surest first. */
function rankTokens(hits: readonly Hit[], codes: Codes, provider: string | undefined): ProviderEntry[] {
  const believed = hits.flatMap(({ value, weight }) => {
    if (value.kind !== "provider") return [];
    const known = value.provider === provider;
    if (value.needsProvider && !known) return [];
    return [{ entry: value, sure: weight + (known ? 1000 : 0) + 100 * codeFit(value, codes) }];
  });
  return believed.sort((a, b) => b.sure - a.sure).map(({ entry }) => entry);
}

/** How well an entry's codes go with the codes that were given: below 0 where they contradict them. */
function codeFit(entry: ProviderEntry, { replyCode, enhancedStatusCode }: Codes): number {
  if (enhancedStatusCode !== null && entry.statusCodes.length > 0) {
    if (entry.statusCodes.includes(enhancedStatusCode)) return 2;
    if (!entry.codeAssumed && entry.statusCodes.every((code) => code[0] !== enhancedStatusCode[0])) return -1;
  }
  if (replyCode !== null && entry.replyCodes.length > 0) {
    if (entry.replyCodes.includes(replyCode)) return 1;
    if (!entry.codeAssumed && entry.replyCodes.every((code) => code[0] !== replyCode[0])) return -1;
  }
  return 0;
}

/** What the provider, when it is known, means by the code: its only rule for it, or the one that is called after it. */
function providerMeaning(knowledge: Explaining, codes: Codes, provider: string | undefined): Match[] {
  if (provider === undefined) return [];
  const [first, ...others] = knowledge.codes.providerEntries(codes, provider);
  const sure = first && (others.length === 0 || first.key === (codes.enhancedStatusCode ?? codes.replyCode));
  return sure ? [{ entry: first, matchedBy: "provider-code", provider }] : [];
}

/** The provider's rules that share the code: without the words, any single one of them would be a guess. */
function providerMeanings(knowledge: Explaining, codes: Codes, provider: string | undefined): Match[] {
  if (provider === undefined || providerMeaning(knowledge, codes, provider).length > 0) return [];
  const name = knowledge.providers.bySlug(provider)?.name ?? provider;
  const note = `${name} uses this code for several things; the server's words tell which.`;
  return knowledge.codes
    .providerEntries(codes, provider)
    .slice(0, MAX_CONDITIONAL)
    .map((entry) => ({ entry, matchedBy: "provider-code", provider, note }));
}

function phrasesAndCodes(
  knowledge: Explaining,
  codes: Codes,
  hits: readonly Hit[],
  provider: string | undefined,
): Match[] {
  const phrases = hits
    .flatMap(({ value, weight }) => (value.kind === "phrase" ? [{ entry: value, weight }] : []))
    .sort((a, b) => b.weight - a.weight)
    .map(({ entry }): Match => ({ entry, matchedBy: "phrase" }));
  const standards = standardMeanings(knowledge, codes, provider);
  const category = phrases[0]?.entry.category ?? null;
  // Where one provider alone means by the code what the words say, and the standard does not, it is that provider's reply.
  const [own, ...others] = standards.filter(({ entry }) => entry.kind === "provider");
  if (own && others.length === 0 && category !== null) {
    const agrees = own.entry.category === category && standards[0]?.entry.category !== category;
    if (agrees) return [own, ...phrases, ...standards];
  }
  // Where words and code say the same, or the words name no cause, the code says it more exactly.
  const same = category !== null && standards[0]?.entry.category === category;
  const general = category !== null && knowledge.category(category)?.general;
  return same || general
    ? [...standards.slice(0, 1), ...phrases, ...standards.slice(1)]
    : [...phrases, ...standards];
}

function standardMeanings(knowledge: Explaining, codes: Codes, provider: string | undefined): Match[] {
  const { replyCode, enhancedStatusCode } = codes;
  const note = disagreement(codes);
  const reply = replyCode === null ? null : knowledge.codes.reply(replyCode);
  const replyMatch: Match[] = reply ? [{ entry: reply, matchedBy: "reply-code" }] : [];
  if (enhancedStatusCode === null) return [...replyMatch, ...conditional(knowledge, codes, provider)];

  const status = knowledge.codes.status(enhancedStatusCode);
  const others = conditional(knowledge, codes, provider);
  if (status) {
    return [{ entry: status, matchedBy: "enhanced-code", ...note }, ...others, ...replyMatch];
  }
  const subject = knowledge.codes.subject(enhancedStatusCode);
  const bySubject: Match[] = subject ? [{ entry: subject, matchedBy: "subject", ...note }] : [];
  return [...others, ...bySubject, ...replyMatch];
}

/** What providers mean by the code where that is not what the standard says, or the standard says nothing. */
function conditional(knowledge: Explaining, codes: Codes, provider: string | undefined): Match[] {
  if (provider !== undefined) return [];
  const { replyCode, enhancedStatusCode } = codes;
  const registered =
    enhancedStatusCode === null
      ? replyCode !== null && knowledge.codes.reply(replyCode) !== null
      : knowledge.codes.status(enhancedStatusCode) !== null;
  const differing = knowledge.codes
    .providerEntries(codes)
    .filter((entry) => !registered || entry.standardSays !== null)
    // A rule that is told by its words or its enhanced code is not what the bare reply code means.
    .filter((entry) => enhancedStatusCode !== null || entry.key === replyCode);
  const perProvider = new Map<string, ProviderEntry>();
  for (const entry of differing) if (!perProvider.has(entry.provider)) perProvider.set(entry.provider, entry);
  return knowledge.providers
    .inOrder([...perProvider.values()])
    .slice(0, MAX_CONDITIONAL)
    .map((entry) => ({
      entry,
      matchedBy: "provider-code",
      provider: entry.provider,
      conditional: true,
    }));
}

/** The sending server goes by the reply code (RFC 5321 §4.2.1), whatever class the enhanced code has. */
function disagreement({ replyCode, enhancedStatusCode }: Codes): { note?: string } {
  const code = enhancedStatusCode === null ? null : parseEnhancedStatusCode(enhancedStatusCode);
  if (replyCode === null || !code || code.class === "X" || code.class === replyCode[0]) return {};
  const retries = replyCode[0] === "4" ? "it is tried again" : "it is not tried again";
  return {
    note: `${replyCode} and ${enhancedStatusCode} disagree; the first digit of ${replyCode} decides: ${retries}.`,
  };
}
