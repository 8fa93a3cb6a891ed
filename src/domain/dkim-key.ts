/** Reads DKIM key records: RFC 6376 §3.6.1, RFC 8301, RFC 8463. Whether a key is usable is mailauth's verdict. */

export interface DkimKey {
  readonly text: string;
  /** `rsa`, `ed25519`, or what `k=` says; null where the key cannot be read. */
  readonly type: string | null;
  /** RSA: the length of the modulus. */
  readonly bits: number | null;
  /** `p=` is empty: the key has been withdrawn. */
  readonly revoked: boolean;
  /** `t=y`. */
  readonly testing: boolean;
  /** `t=s`: subdomains may not use the key. */
  readonly exactDomain: boolean;
  /** `h=`; null: all. */
  readonly hashes: readonly string[] | null;
  /** `s=` allows e-mail; a key for another service, such as TLS reports (RFC 8460 §3), signs no mail. */
  readonly forMail: boolean;
  /** Why mailauth cannot use it; null when it can, when it is revoked, or not for mail. */
  readonly fault: string | null;
}

/** Far above any real key record. */
const MAX_LENGTH = 8_192;

/** Whether a TXT record is a key, well or badly written, rather than something else that a wildcard put there. */
export function looksLikeKey(text: string): boolean {
  const start = text.slice(0, MAX_LENGTH);
  return /^\W{0,4}v\s*=\s*DKIM/i.test(start) || /(?:^|;)\s*p\s*=/.test(start);
}

/** @param strings the record's character-strings */
export async function readDkimKey(strings: readonly string[]): Promise<DkimKey> {
  const text = strings.join("").slice(0, MAX_LENGTH);
  const tags = readTags(text);
  const flags = list(tags.get("t"));
  const revoked = tags.has("p") && tags.get("p")?.replace(/\s/g, "") === "";
  const forMail = isForMail(text);
  const verdict = revoked || !forMail ? null : await askMailauth(text);
  return {
    text,
    type: verdict?.type ?? (verdict?.fault ? null : (tags.get("k")?.toLowerCase() ?? "rsa")),
    bits: verdict?.bits ?? null,
    revoked,
    testing: flags.includes("y"),
    exactDomain: flags.includes("s"),
    hashes: tags.has("h") ? list(tags.get("h")) : null,
    forMail,
    fault: verdict?.fault ?? null,
  };
}

/** Whether a key may sign e-mail: `s=` names it, names all services, or is not there (RFC 6376 §3.6.1). */
export function isForMail(text: string): boolean {
  const services = readTags(text.slice(0, MAX_LENGTH)).get("s");
  const named = list(services);
  return named.length === 0 || named.includes("*") || named.includes("email");
}

/** The record without its `t=y`, written as it is otherwise. */
export function withoutTesting(text: string): string {
  const entries = text.split(";");
  const changed = entries.flatMap((entry) => {
    const [name = "", value = ""] = entry.split("=", 2);
    if (name.trim() !== "t") return [entry];
    const flags = list(value).filter((flag) => flag !== "y");
    return flags.length === 0 ? [] : [entry.replace(/=.*$/s, `=${flags.join(":")}`)];
  });
  return changed.join(";");
}

function readTags(text: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const entry of text.split(";")) {
    const at = entry.indexOf("=");
    if (at > 0) tags.set(entry.slice(0, at).trim(), entry.slice(at + 1).trim());
  }
  return tags;
}

function list(value: string | undefined): string[] {
  if (value === undefined) return [];
  return value
    .split(":")
    .map((item) => item.trim().toLowerCase())
    .filter((item) => item !== "");
}

interface Verdict {
  readonly type: string | null;
  readonly bits: number | null;
  readonly fault: string | null;
}

/** mailauth's own reading of the record, with no least length, so that the length of a weak key is learned too. */
async function askMailauth(text: string): Promise<Verdict> {
  const { getPublicKey } = await import("./mailauth-parts.ts");
  try {
    const { keyType, modulusLength } = await getPublicKey("DKIM", "key", 1, async () => [[text]], {
      strict: true,
    });
    return { type: keyType, bits: modulusLength ?? null, fault: null };
  } catch (error) {
    return { type: null, bits: null, fault: error instanceof Error ? error.message : String(error) };
  }
}
