export { type BounceInput, MAX_INPUT_BYTES, readBounce } from "./read.ts";
export { recognisesBounce } from "./recognise.ts";
export { redactLocalParts } from "./redact.ts";
export type {
  Action,
  BounceCategory,
  BouncedRecipient,
  BounceKind,
  BounceReport,
  Confidence,
  Evidence,
  Named,
  OriginalMessage,
  Permanence,
  Reason,
  SmtpCommand,
} from "./report.ts";
export { type Cause, loadCauses } from "./rules.ts";
