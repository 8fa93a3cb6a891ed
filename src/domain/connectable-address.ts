import ipaddr from "ipaddr.js";

/** All IPv6 addresses that are given out for the public Internet (IANA "IPv6 Global Unicast Address Assignments"). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether a connection may be opened to an address that a stranger chose. It has to belong to the public Internet: not to a
 * private network, this machine, a link, carrier-grade NAT, documentation, multicast, a translation prefix that may lead to
 * any of these, or another special-purpose range (RFC 6890).
 *
 * @param address IPv4 or IPv6 in text; anything else may not be connected to
 */
export function isConnectable(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).range() === "unicast";
  if (!ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.range() === "unicast" && parsed.match(GLOBAL_UNICAST);
}
