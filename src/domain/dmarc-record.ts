/** Reads DMARC policy records: RFC 9989 §4.7, §4.8. */
import { type DmarcFault, findFaults } from "./dmarc-faults.ts";

export type DmarcPolicy = "none" | "quarantine" | "reject";

export interface DmarcTag {
  readonly name: string;
  readonly value: string;
}

export interface ReportUri {
  readonly uri: string;
  /** The mail address of a `mailto:` URI that is sound; null for anything else. */
  readonly address: string | null;
}

export interface DmarcRecord {
  readonly text: string;
  readonly tags: readonly DmarcTag[];
  /** What the record asks for, with the rule for a missing or wrong policy applied (§4.10.1); null: no DMARC processing. */
  readonly policy: { p: DmarcPolicy; sp: DmarcPolicy | null; np: DmarcPolicy | null } | null;
  /** `t=y`: every policy is applied one level weaker. */
  readonly testing: boolean;
  readonly psd: "y" | "n" | "u";
  readonly alignment: { readonly dkim: "relaxed" | "strict"; readonly spf: "relaxed" | "strict" };
  readonly rua: readonly ReportUri[];
  readonly ruf: readonly ReportUri[];
  readonly faults: readonly DmarcFault[];
}

/** The version tag comes first; its value is case-sensitive, its name is not (RFC 9989 §4.8). */
const VERSION = /^v[ \t]*=[ \t]*(.*)$/is;
export const OBSOLETE_SIZE = /![0-9]+[kmgt]?$/i;
/** RFC 3986 with commas and exclamation marks percent-encoded, as RFC 9989 §4.8 wants them. */
const URI = /^[a-z][a-z0-9+.-]*:(?:[a-z0-9\-._~:/?#[\]@$&'()*+;=]|%[0-9a-f]{2})*$/i;
export const ADDRESS = /^[^\s@<>"(),:;\\[\]]{1,64}@[a-z0-9](?:[a-z0-9-]*\.)+[a-z0-9-]*[a-z0-9]$/i;
/** Far above any real record: what is longer is not read further. */
const MAX_LENGTH = 8_192;

/** Whether a TXT record at `_dmarc` counts as a DMARC policy record at all (RFC 9989 §4.10, step 2). */
export function isDmarcRecord(text: string): boolean {
  return versionOf(text) === "DMARC1";
}

/** Whether a TXT record was meant to be one and is not: a wrong version, or a version in the wrong place. */
export function isMeantAsDmarc(text: string): boolean {
  if (isDmarcRecord(text)) return false;
  const start = text.slice(0, 400);
  return (
    /^\W*v?\W*dmarc/i.test(start) ||
    /\bv\s*=\s*DMARC/i.test(start) ||
    /^\s*p\s*=\s*(none|quar|rej)/i.test(start)
  );
}

function versionOf(text: string): string | undefined {
  const [first = ""] = text.slice(0, MAX_LENGTH).trim().split(";", 1);
  return VERSION.exec(first)?.[1]?.replace(/[ \t]+$/, "");
}

/**
 * Reads a record that {@link isDmarcRecord} accepts. Unknown tags are ignored; a tag given twice makes receivers discard the
 * whole record (RFC 6376 §3.2), and then `policy` is null.
 */
export function parseDmarcRecord(text: string): DmarcRecord {
  const trimmed = text.slice(0, MAX_LENGTH).trim();
  const entries = trimmed
    .split(";")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const tags = entries.filter((entry) => entry.indexOf("=") > 0).map(readTag);
  const value = (name: string) => tags.find((tag) => tag.name === name)?.value;
  const repeated = tags.find(({ name }, index) => tags.findIndex((tag) => tag.name === name) !== index);
  const rua = readUris(value("rua"));
  const policy = repeated ? null : readPolicy(value, rua);
  const record = { text: trimmed, tags, policy };
  const draft = {
    ...record,
    testing: value("t")?.toLowerCase() === "y",
    psd: readPsd(value("psd")),
    alignment: { dkim: readAlignment(value("adkim")), spf: readAlignment(value("aspf")) },
    rua: rua.map(({ uri, address }) => ({ uri, address })),
    ruf: readUris(value("ruf")).map(({ uri, address }) => ({ uri, address })),
  };
  return { ...draft, faults: findFaults(entries, tags, policy, repeated?.name ?? null) };
}

/** Writes a record anew with some tags changed; null takes a tag away. A new tag comes after `p`. */
export function withTags(
  record: Pick<DmarcRecord, "tags">,
  changes: Readonly<Record<string, string | null>>,
): string {
  const kept = record.tags
    .filter(({ name }) => changes[name] !== null)
    .map(({ name, value }) => ({ name, value: changes[name] ?? value }));
  const added = Object.entries(changes)
    .filter(([name, value]) => value !== null && !record.tags.some((tag) => tag.name === name))
    .map(([name, value]) => ({ name, value: value ?? "" }));
  const after = kept.findIndex(({ name }) => name === "p") + 1 || 1;
  return writeTags([...kept.slice(0, after), ...added, ...kept.slice(after)]);
}

export function writeTags(tags: readonly DmarcTag[]): string {
  return tags.map(({ name, value }) => `${name}=${value}`).join("; ");
}

function readTag(entry: string, index: number): DmarcTag {
  const at = entry.indexOf("=");
  const name = entry.slice(0, at).trim();
  return { name: index === 0 ? name.toLowerCase() : name, value: entry.slice(at + 1).trim() };
}

export function isPolicy(value: string | undefined): value is DmarcPolicy {
  return value === "none" || value === "quarantine" || value === "reject";
}

/** RFC 9989 §4.10.1: a missing `p`, or any wrong policy, counts as `p=none` if reports are wanted, else the record is void. */
function readPolicy(
  value: (name: string) => string | undefined,
  rua: readonly { sound: boolean }[],
): DmarcRecord["policy"] {
  const [p, sp, np] = ["p", "sp", "np"].map((name) => value(name)?.toLowerCase());
  const sound = [sp, np].every((policy) => policy === undefined || isPolicy(policy));
  if (isPolicy(p) && sound) return { p, sp: isPolicy(sp) ? sp : null, np: isPolicy(np) ? np : null };
  return rua.some((uri) => uri.sound) ? { p: "none", sp: null, np: null } : null;
}

function readPsd(value: string | undefined): DmarcRecord["psd"] {
  const psd = value?.toLowerCase();
  return psd === "y" || psd === "n" ? psd : "u";
}

function readAlignment(value: string | undefined): "relaxed" | "strict" {
  return value?.toLowerCase() === "s" ? "strict" : "relaxed";
}

export function readUris(list: string | undefined): (ReportUri & { sound: boolean })[] {
  if (list === undefined) return [];
  return list
    .split(",")
    .slice(0, 50)
    .map((entry) => {
      const uri = entry.trim().replace(OBSOLETE_SIZE, "");
      return { uri: entry.trim(), address: mailAddress(uri), sound: URI.test(uri) };
    });
}

function mailAddress(uri: string): string | null {
  if (!/^mailto:/i.test(uri) || !URI.test(uri)) return null;
  const [path = ""] = uri.slice("mailto:".length).split("?", 1);
  try {
    const address = decodeURIComponent(path);
    // The two slashes of a web address belong to no mailbox.
    return ADDRESS.test(address) && !address.startsWith("//") ? address : null;
  } catch {
    return null;
  }
}
