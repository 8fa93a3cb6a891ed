/** Asks DNS blocklists about addresses and names (RFC 5782), and tells the truth about each list. */
export { type Blocklists, type BlocklistsOptions, createBlocklists } from "./blocklists.ts";
export { type BlocklistCheck, type CheckOptions, checkBlocklists, type ZoneFinding } from "./check.ts";
export {
  type DomainListings,
  type DomainListingsOptions,
  domainListings,
} from "./domain-listings.ts";
export { type BlocklistKeys, isKey, KEY_VARIABLES } from "./keys.ts";
export { blocklistMentions, type Mention } from "./mentions.ts";
export { type BlocklistReport, type Summary, summarize, toReport, type ZoneReport } from "./report.ts";
export type { ReverseNames } from "./reverse-lookup.ts";
export { type Special, specialAddress } from "./special.ts";
export {
  addressTarget,
  findBlocklist,
  readQuestionName,
  readTarget,
  type Subject,
  type Target,
} from "./target.ts";
export { type Judgement, judge, type UncheckedReason, type Verdict, type ZoneVerdict } from "./verdict.ts";
export {
  type Code,
  type KnownZones,
  loadZones,
  type SubjectKind,
  type Zone,
} from "./zones.ts";
