const MAX_LENGTH = 1024;

/**
 * The TXT records of a listing as one line of plain text: control characters and what only hides or rearranges text are gone,
 * at most 1,024 characters are left. It remains outside text.
 *
 * @param records the character-strings of each record, each octet as one code unit
 * @param secret is not repeated, should the list say it
 */
export function listingText(
  records: readonly (readonly string[])[],
  secret?: string | undefined,
): string | null {
  const decoded = records.map((strings) => Buffer.from(strings.join(""), "latin1").toString("utf8"));
  const plain = decoded
    .join(" ")
    .slice(0, 8 * MAX_LENGTH)
    .toWellFormed()
    .replace(/\p{Cf}/gu, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const harmless = secret ? plain.replaceAll(new RegExp(escaped(secret), "giu"), "<key>") : plain;
  const cut = harmless.slice(0, MAX_LENGTH).replace(/[\ud800-\udbff]$/, "");
  return cut === "" ? null : cut;
}

function escaped(text: string): string {
  return text.replace(/[^a-z0-9]/gi, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
