/** Enhanced status codes (RFC 3463 §2): class, subject and detail, such as 5.7.26. */

/** `class` is "X" where a text speaks of the code whatever its class, as the registry does. */
export interface EnhancedStatusCode {
  readonly class: "2" | "4" | "5" | "X";
  /** 0 to 999; 0 to 7 have a meaning (RFC 3463 §3). */
  readonly subject: number;
  /** 0 to 999. */
  readonly detail: number;
}

/**
 * Reads a code that stands alone: `5.7.26`, `X.7.26`, and with the `#` that some servers put before it (`#5.1.1`).
 * @returns `null` when the text is anything else
 */
export function parseEnhancedStatusCode(text: string): EnhancedStatusCode | null {
  const [, digit = "", subject = "", detail = ""] =
    /^#?([245X])\.(\d{1,3})\.(\d{1,3})$/i.exec(text.trim()) ?? [];
  const codeClass = classOf(digit);
  return codeClass && { class: codeClass, subject: Number(subject), detail: Number(detail) };
}

function classOf(digit: string): EnhancedStatusCode["class"] | null {
  const upper = digit.toUpperCase();
  return upper === "2" || upper === "4" || upper === "5" || upper === "X" ? upper : null;
}

/** The code as it is written: `5.7.26`. */
export function formatEnhancedStatusCode({ class: digit, subject, detail }: EnhancedStatusCode): string {
  return `${digit}.${subject}.${detail}`;
}

/** The code without its class, as the registry lists it (RFC 5248): `5.7.26` → `X.7.26`. */
export function registeredForm({ subject, detail }: EnhancedStatusCode): string {
  return `X.${subject}.${detail}`;
}

/**
 * The enhanced code that a three-digit code resembles when its dots are put back: `471` → `4.7.1`. Some servers write
 * their enhanced codes that way, though as reply codes no standard defines them.
 * @returns `null` for a first digit that is no class
 */
export function undottedStatusCode(replyCode: string): EnhancedStatusCode | null {
  return /^[245]\d\d$/.test(replyCode) ? parseEnhancedStatusCode([...replyCode].join(".")) : null;
}
