/**
 * Bytes to text when the label may be wrong or missing. A label is believed as long as it fits; then UTF-8, ISO-2022-JP
 * (by its escape sequences, RFC 1468), and what the bytes look like among the East Asian charsets.
 */

const ESCAPES = ["\u001b$@", "\u001b$B", "\u001b(J"];

/** @param label the charset parameter, or `null` */
export function decodeText(bytes: Uint8Array, label: string | null): string {
  const ascii = isAscii(bytes);
  if (ascii) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    return ESCAPES.some((sequence) => text.includes(sequence))
      ? (decodeAs(bytes, "iso-2022-jp", false) ?? text)
      : text;
  }
  const named =
    label && !/^(us-ascii|ascii|iso-8859-1|latin1|windows-1252|unknown-8bit|x-unknown)$/i.test(label)
      ? decodeAs(bytes, label, true)
      : null;
  if (named !== null) return named;
  const utf8 = decodeAs(bytes, "utf-8", true);
  if (utf8 !== null) return utf8;
  if (label && /^(iso-8859-1|latin1|windows-1252)$/i.test(label) && !looksEastAsian(bytes))
    return decodeAs(bytes, "windows-1252", false) ?? "";
  return (
    guess(bytes) ??
    decodeAs(bytes, label ?? "windows-1252", false) ??
    decodeAs(bytes, "windows-1252", false) ??
    ""
  );
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i += 1) if ((bytes[i] as number) > 0x7f) return false;
  return true;
}

function decodeAs(bytes: Uint8Array, label: string, strict: boolean): string | null {
  try {
    return new TextDecoder(label, { fatal: strict }).decode(bytes);
  } catch {
    return null;
  }
}

/** Long runs of high bytes are double-byte text; accents in Western text stand alone. */
function looksEastAsian(bytes: Uint8Array): boolean {
  let high = 0;
  let paired = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    if ((bytes[i] as number) < 0x80) continue;
    high += 1;
    if (i > 0 && (bytes[i - 1] as number) >= 0x80) paired += 1;
  }
  return high > 3 && paired > high * 0.6;
}

function guess(bytes: Uint8Array): string | null {
  if (!looksEastAsian(bytes)) return null;
  for (const label of ["euc-jp", "shift_jis", "gb18030", "big5", "euc-kr"]) {
    const text = decodeAs(bytes, label, true);
    if (text === null) continue;
    // Kana decide for Japanese; without them the same bytes are more often Chinese.
    const japanese = /[\u3041-\u30ff]/.test(text);
    if (label === "euc-jp" || label === "shift_jis" ? japanese && !/[\uff61-\uff9f]{4}/.test(text) : true)
      return text;
  }
  return null;
}
