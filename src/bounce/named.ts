/** What a notification's text names, for the follow-up questions: domains, IP addresses, blocklists, pages. */
import { findAddresses } from "./addresses.ts";
import type { Named } from "./report.ts";

const MAX_NAMED = 50;
const URL_PATTERN = /https?:\/\/[^\s<>"'()[\]]{3,500}/gi;
const DOMAIN_PATTERN = /(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}[a-z]{2,24}(?![\w-])/gi;
const IPV4_PATTERN = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g;
const BLOCKLIST_PATTERN =
  /(?:blocked (?:using|by)|listed (?:at|in|on|by)|using)\s+((?:[a-z0-9-]{1,40}\.){1,5}[a-z]{2,12})|\b((?:[a-z0-9-]{1,40}\.){0,3}(?:spamhaus\.(?:org|net)|spamcop\.net|sorbs\.net|barracudacentral\.org|abuseat\.org|uceprotect\.net|surbl\.org|uribl\.com|mailspike\.net|psbl\.org|dnsbl\.[a-z.]{2,20}|rbl\.[a-z.]{2,20}))/gi;

export function findNamed(text: string): Named {
  const source = text.slice(0, 64 * 1024);
  const urls = unique(source.match(URL_PATTERN) ?? []).map((url) => url.replace(/[.,;:]+$/, ""));
  const addresses = unique(findAddresses(source).map(({ address }) => address));
  const blocklists = unique(
    [...source.matchAll(BLOCKLIST_PATTERN)].map((match) => (match[1] ?? match[2] ?? "").toLowerCase()),
  );
  const ipAddresses = unique(source.match(IPV4_PATTERN) ?? []).filter((ip) =>
    ip.split(".").every((octet) => Number(octet) < 256),
  );
  const domains = unique([
    ...addresses.map((address) => address.slice(address.lastIndexOf("@") + 1).toLowerCase()),
    ...(source.match(DOMAIN_PATTERN) ?? []).map((domain) => domain.toLowerCase()),
  ]).filter(
    (domain) => /\.[a-z]{2,}$/.test(domain) && !/\.(?:html?|php|pl|txt|eml|log|cgi|aspx?)$/.test(domain),
  );
  return { addresses, domains, ipAddresses, blocklists, urls };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].slice(0, MAX_NAMED);
}
