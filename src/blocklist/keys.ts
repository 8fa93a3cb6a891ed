/** The keys by which keyed zones are asked, by the names that the zones use, and the variables that set them. */
export const KEY_VARIABLES = {
  dqs: "POSTIE_DQS_KEY",
  abusix: "POSTIE_ABUSIX_KEY",
  spamrats: "POSTIE_SPAMRATS_KEY",
} as const;

export type KeyName = keyof typeof KEY_VARIABLES;

/** Secret: they stand in the names of questions and in nothing that is shown or logged. */
export type BlocklistKeys = Partial<Record<KeyName, string>>;

/** Whether a text can be a key: it becomes a label of a name (RFC 1035 §2.3.1). */
export function isKey(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(text);
}
