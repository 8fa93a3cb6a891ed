/**
 * SMTP reply codes (RFC 5321 §4.2): three digits. The first says how it went, the second what it is about, the third
 * tells the cases of one kind apart.
 */

/** What the first digit of a reply code, or the class of an enhanced status code, says of the outcome. */
export type Outcome = "success" | "intermediate" | "temporary" | "permanent";

/** The reply codes that are met, `200` to `599`: servers use more than the `[2-5][0-5][0-9]` of RFC 5321 §4.2. */
export function isReplyCode(text: string): boolean {
  return /^[2-5]\d\d$/.test(text);
}

/**
 * What the first digit says (RFC 5321 §4.2.1). It alone decides whether the sending server tries again.
 * @returns `null` for anything that does not begin with 2, 3, 4 or 5
 */
export function outcomeOf(code: string): Outcome | null {
  switch (code[0]) {
    case "2":
      return "success";
    case "3":
      return "intermediate";
    case "4":
      return "temporary";
    case "5":
      return "permanent";
    default:
      return null;
  }
}

/** What the second digit of a reply code says it is about (RFC 5321 §4.2.1); `null` for 6 to 9, which have no meaning. */
export function topicOf(replyCode: string): string | null {
  switch (replyCode[1]) {
    case "0":
      return "syntax: commands that are wrong, unknown or not implemented";
    case "1":
      return "information, such as status or help";
    case "2":
      return "the connection";
    case "3":
    case "4":
      return "nothing that the standard lays down";
    case "5":
      return "the mail system and what it did with the message";
    default:
      return null;
  }
}
