/** Authenticates a whole message and reads its trail. */
export { type CheckMessageOptions, checkMessage } from "./check-message.ts";
export { MAX_MESSAGE_BYTES, type NoMessage } from "./input.ts";
export { looksLikeHeaders } from "./recognise.ts";
export type {
  ArcReport,
  BimiReport,
  Claim,
  Client,
  DkimReport,
  DmarcReport,
  Hop,
  MessageForm,
  MessageReport,
  SpfReport,
  Trusted,
} from "./report.ts";
export { inWords, slowestHop } from "./trail-findings.ts";
