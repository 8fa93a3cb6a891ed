import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";

/** A name that can be asked, in lower case A-labels without the final dot (the root is ""), or why it cannot. */
export type NormalizedName = { name: string; problem?: never } | { name?: never; problem: string };

/** A name that is written as it goes on the wire, as nearly all are; its length is looked at besides. */
const USUAL = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
const MAX_LABEL = 63;
const MAX_NAME = 253;
/** Far above any real name: a longer text is not looked at. */
const MAX_TEXT = 1024;

/**
 * The name as it goes on the wire (RFC 1035 §2.3.4, RFC 5890 §2.3.2.1). Every printable ASCII character may stand in a
 * label, since SPF macros look up names with spaces, `%` or `:`. Only letters beyond ASCII are turned into A-labels.
 *
 * @param text in A-label or U-label form, any case, with or without the final dot; "." is the root
 */
export function normalizeName(text: string): NormalizedName {
  if (text.length <= MAX_NAME && USUAL.test(text)) return { name: text };
  if (text === ".") return { name: "" };
  if (text === "") return { problem: "the name is empty" };
  if (text.length > MAX_TEXT) return { problem: `the name is longer than ${MAX_NAME} characters` };
  // UTS 46 §4 takes these three for label separators.
  const labels = text
    .replace(/[\u3002\uff0e\uff61]/g, ".")
    .replace(/\.$/, "")
    .split(".");
  const wire: string[] = [];
  for (const label of labels) {
    if (label === "") return { problem: "the name has an empty label" };
    // What RFC 1035 §5.1 writes as \DDD stands for an octet that a name in text cannot hold.
    if (hasControls(label) || /\\\d{3}/.test(label)) {
      return { problem: "the name has an octet that is not a printable character" };
    }
    const ascii = toALabel(label).toLowerCase();
    if (ascii === "" || ascii.includes(".")) return { problem: `"${label}" cannot be written as an A-label` };
    if (ascii.length > MAX_LABEL) {
      return { problem: `a label of the name is longer than ${MAX_LABEL} characters` };
    }
    wire.push(ascii);
  }
  const name = wire.join(".");
  if (name.length > MAX_NAME) return { problem: `the name is longer than ${MAX_NAME} characters` };
  return { name };
}

/**
 * The name below which an address keeps its PTR record (RFC 1035 §3.5, RFC 3596 §2.5), and, without the last two labels
 * and under a zone, what a DNS blocklist is asked (RFC 5782 §2.1, §2.4). An IPv4-mapped IPv6 address counts as IPv4.
 *
 * @param suffix instead of `in-addr.arpa` or `ip6.arpa`: the blocklist's zone
 * @returns for example `1.2.0.192.in-addr.arpa`, or null when `address` is not an IP address
 */
export function reverseName(address: string, suffix?: string): string | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  const octets = parsed.toByteArray();
  if (parsed.kind() === "ipv4") return `${octets.reverse().join(".")}.${suffix ?? "in-addr.arpa"}`;
  const nibbles = octets.map((octet) => octet.toString(16).padStart(2, "0")).join("");
  return `${[...nibbles].reverse().join(".")}.${suffix ?? "ip6.arpa"}`;
}

function toALabel(label: string): string {
  return isAscii(label) ? label : domainToASCII(label);
}

function isAscii(text: string): boolean {
  return [...text].every((character) => character < "\u0080");
}

function hasControls(text: string): boolean {
  return [...text].some((character) => character < " " || (character >= "\u007f" && character < "\u00a0"));
}
