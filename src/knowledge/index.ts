/** What Postie knows: the files of `knowledge/`, loaded, looked up and searched. */
export type { Match, MatchedBy, ReplyToExplain } from "./explain.ts";
export { foldReplyText } from "./fold.ts";
export { type GuideBlock, type GuideInline, parseGuideMarkdown } from "./guide-markdown.ts";
export type { Knowledge } from "./knowledge.ts";
export { checkKnowledge, type LoadOptions, loadKnowledge } from "./load.ts";
export {
  type Actor,
  type Category,
  type Entry,
  type EntryKind,
  type GuideEntry,
  type KnowledgeCounts,
  KnowledgeError,
  type MythEntry,
  type Permanence,
  type PhraseEntry,
  type Problem,
  type Provider,
  type ProviderEntry,
  type Remedies,
  type ReplyEntry,
  type Retry,
  type Source,
  type StatusEntry,
  type SubjectEntry,
} from "./model.ts";
export { type DataFileOptions, readDataFile } from "./read-data-file.ts";
export { createTokenMatcher, type TokenHit, type TokenMatcher } from "./tokens.ts";
