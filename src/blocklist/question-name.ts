import ipaddr from "ipaddr.js";
import { reverseName } from "../dns/index.ts";

/**
 * What a list is asked (RFC 5782 §2.1, §2.4, §3): the address reversed, or the name, before the list's own name.
 *
 * @param subject an address or a name; unlike elsewhere, `::ffff:7f00:2` stays an IPv6 address, since it is a test point
 */
export function questionName(subject: string, apex: string): string {
  if (!subject.includes(":")) return reverseName(subject, apex) ?? `${subject}.${apex}`;
  const octets = ipaddr.IPv6.parse(subject).toByteArray();
  const nibbles = octets.map((octet) => octet.toString(16).padStart(2, "0")).join("");
  return `${[...nibbles].reverse().join(".")}.${apex}`;
}
