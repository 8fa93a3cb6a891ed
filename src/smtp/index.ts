/** The grammar of SMTP replies. What the codes mean stands in `knowledge/`. */
export {
  type EnhancedStatusCode,
  formatEnhancedStatusCode,
  parseEnhancedStatusCode,
  registeredForm,
  undottedStatusCode,
} from "./enhanced-status-code.ts";
export { type CodeMention, findCodes } from "./find-codes.ts";
export { findReplies, type Reply } from "./find-replies.ts";
export { isHttpStatus } from "./http-status.ts";
export { isReplyCode, type Outcome, outcomeOf, topicOf } from "./reply-code.ts";
