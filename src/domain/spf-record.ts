/** Reads SPF records: RFC 7208 §4.5, §4.6, §12. */
import { validateTerms } from "./mailauth-parts.ts";

export type SpfQualifier = "+" | "-" | "~" | "?";
export type SpfMechanism = "all" | "include" | "a" | "mx" | "ptr" | "ip4" | "ip6" | "exists";

export interface SpfTerm {
  /** As it stands in the record. */
  readonly text: string;
  /** null for modifiers and for what is no term at all. */
  readonly mechanism: SpfMechanism | null;
  /** The name of a modifier in lower case, such as `redirect`. */
  readonly modifier: string | null;
  readonly qualifier: SpfQualifier;
  /** The domain-spec or address, without prefix lengths; empty when there is none. */
  readonly value: string;
  /** Prefix lengths of `a`, `mx`, `ip4` (first) and `ip6` (second). */
  readonly prefix4: number | null;
  readonly prefix6: number | null;
}

export interface SpfRecord {
  readonly text: string;
  readonly terms: readonly SpfTerm[];
  /** The first syntax error in mailauth's words; null when there is none. */
  readonly error: string | null;
}

/** Far above any record that works: what is longer is not read as SPF. */
const MAX_LENGTH = 16_384;

/** Whether a TXT record is an SPF record (RFC 7208 §4.5). */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** Whether a TXT record was meant to be an SPF record and is not one. */
export function isMeantAsSpf(text: string): boolean {
  return (
    !isSpfRecord(text) &&
    /^[\s"']{0,8}(?:v\s{0,4}[=:]?\s{0,4})?spf\s{0,2}[v]?[12]?\b/i.test(text.slice(0, 100))
  );
}

export function parseSpfRecord(text: string): SpfRecord {
  const parts = text
    .slice(0, MAX_LENGTH)
    .split(" ")
    .filter((part) => part !== "")
    .slice(1);
  const foreign = /[^\x20-\x7e]/.test(text)
    ? "the record holds a character that is not printable ASCII"
    : null;
  return { text, terms: parts.map(parseTerm), error: foreign ?? (validateTerms(parts) || null) };
}

const MECHANISM = /^([+\-?~]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?=[:/]|$)(.*)$/is;

function parseTerm(text: string): SpfTerm {
  const plain = {
    text,
    mechanism: null,
    modifier: null,
    qualifier: "+",
    value: "",
    prefix4: null,
    prefix6: null,
  } as const;
  const modifier = /^([a-z][a-z0-9\-_.]*)=(.*)$/is.exec(text);
  if (modifier) return { ...plain, modifier: modifier[1]?.toLowerCase() ?? "", value: modifier[2] ?? "" };
  const found = MECHANISM.exec(text);
  if (!found) return plain;
  const [, qualifier = "", name = "", rest = ""] = found;
  const mechanism = name.toLowerCase() as SpfMechanism;
  const base = { ...plain, mechanism, qualifier: (qualifier || "+") as SpfQualifier };
  if (mechanism === "ip4" || mechanism === "ip6") {
    const [value = "", prefix] = rest.replace(/^:/, "").split("/", 2);
    const bits = prefix === undefined ? null : Number(prefix);
    return {
      ...base,
      value,
      prefix4: mechanism === "ip4" ? bits : null,
      prefix6: mechanism === "ip6" ? bits : null,
    };
  }
  if (mechanism === "a" || mechanism === "mx") {
    const [, value = "", four, six] = /^(?::([^/]*))?(?:\/(\d{1,3}))?(?:\/\/(\d{1,3}))?$/.exec(rest) ?? [];
    return {
      ...base,
      value,
      prefix4: four === undefined ? null : Number(four),
      prefix6: six === undefined ? null : Number(six),
    };
  }
  return { ...base, value: rest.replace(/^:/, "") };
}

/** Whether evaluating the term costs one of the ten DNS look-ups (RFC 7208 §4.6.4). */
export function costsLookup({ mechanism, modifier }: SpfTerm): boolean {
  return modifier === "redirect" || (mechanism !== null && !["all", "ip4", "ip6"].includes(mechanism));
}

/** Whether what the term asks for depends on the message. */
export function hasMacro({ value }: SpfTerm): boolean {
  return /%\{/.test(value);
}

/** Whether the term asks for the sender's reverse name by the macro `p`. */
export function usesReverseName({ value }: SpfTerm): boolean {
  return /%\{p/i.test(value);
}
