/** What somebody means by a domain: a name, a mail address or a web address. */
import { domainToASCII, domainToUnicode } from "node:url";
import { isAddress } from "./address.ts";

/** The name to audit, or why the text names none, as a sentence that says what was expected. */
export type ParsedDomain =
  | { readonly domain: string; readonly problem?: never }
  | { readonly problem: string; readonly code: string; readonly domain?: never };

/** Names that only mean something inside one network (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal). */
const LOCAL_SUFFIXES = ["localhost", "local", "internal", "lan", "home.arpa", "localdomain", "onion"];
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_TEXT = 1_000;

/**
 * Reads a domain strictly. An e-mail address or a URL is understood as its host name; letters beyond ASCII become A-labels
 * (UTS 46). `.test`, `.example` and `.invalid` are names like any other.
 *
 * @example parseDomain("anna@Bücher.example") // { domain: "xn--bcher-kva.example" }
 */
export function parseDomain(text: string): ParsedDomain {
  const trimmed = text.trim();
  if (trimmed === "") return refuse("no-domain", "A domain name was expected.");
  if (trimmed.length > MAX_TEXT) return refuse("not-a-domain", "A domain name has at most 253 characters.");
  const shown = trimmed.length > 80 ? `${trimmed.slice(0, 79)}…` : trimmed;
  const host = hostOf(trimmed);
  if (isAddress(host) || /^\[.*\]$/.test(host)) {
    return refuse("an-address", `A domain name was expected, but "${shown}" is an IP address.`);
  }
  const name = domainToASCII(host.replace(/\.$/, "")).toLowerCase();
  if (name === "" || isAddress(name)) {
    const what = name === "" ? "cannot be a domain name" : "is an IP address";
    return refuse("not-a-domain", `A domain name was expected, but "${shown}" ${what}.`);
  }
  return checkName(name, shown);
}

function refuse(code: string, problem: string): ParsedDomain {
  return { code, problem };
}

function hostOf(text: string): string {
  const bare = text.replace(/^<(.*)>$/s, "$1").replace(/^mailto:/i, "");
  const url = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#\\]*)/i.exec(bare);
  const authority = url?.[1] ?? bare.replace(/[/?#].*$/s, "");
  const host = authority.slice(authority.lastIndexOf("@") + 1).replace(/>$/, "");
  return host.startsWith("[") ? host.replace(/:\d+$/, "") : host.replace(/^([^:]*):\d{1,5}$/, "$1");
}

function checkName(name: string, shown: string): ParsedDomain {
  const labels = name.split(".");
  if (labels.includes("_domainkey") || labels.includes("_dmarc")) {
    const domain = name.replace(/^.*?_(?:domainkey|dmarc)\./, "");
    return refuse(
      "not-a-domain",
      `"${shown}" is the name of a record; ask for the domain itself: ${domain}.`,
    );
  }
  const local = LOCAL_SUFFIXES.find((suffix) => name === suffix || name.endsWith(`.${suffix}`));
  if (local !== undefined) {
    const reason = `names under .${local} mean something only inside one network, so there is nothing to ask DNS about`;
    return refuse("local-name", `"${shown}" is not a domain on the internet: ${reason}.`);
  }
  if (labels.length < 2) {
    return refuse(
      "single-label",
      `A whole domain name was expected; "${shown}" lacks its ending, such as .org.`,
    );
  }
  if (name.length > 253) return refuse("not-a-domain", "A domain name has at most 253 characters.");
  const wrong = labels.find((label) => !isLabel(label));
  if (wrong === undefined && /^\d+$/.test(labels.at(-1) ?? "")) {
    return refuse("not-a-domain", `A domain name was expected, but "${shown}" ends in a number.`);
  }
  if (wrong === undefined) return { domain: name };
  const reason =
    wrong === ""
      ? "two dots follow each other"
      : `"${wrong}" is not a label (letters, digits, hyphens inside, at most 63)`;
  return refuse("not-a-domain", `A domain name was expected; in "${shown}" ${reason}.`);
}

function isLabel(label: string): boolean {
  if (!LABEL.test(label)) return false;
  if (!label.startsWith("xn--")) return true;
  // A label that claims to be an A-label must stand for something, and for nothing else (RFC 5890 §2.3.2.1).
  const unicode = domainToUnicode(label);
  return unicode !== label && domainToASCII(unicode) === label;
}

/** Whether the text can be a DKIM selector (RFC 6376 §3.1), underscores included, which services use. */
export function isSelector(text: string): boolean {
  return (
    text.length <= 200 &&
    text.split(".").every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  );
}
