import ipaddr from "ipaddr.js";

/** Ranges for documentation (RFC 5737, RFC 3849, RFC 9637): they stand for public addresses wherever they are written. */
const DOCUMENTATION = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"].map(
  (range) => ipaddr.parseCIDR(range),
);

/** Whether mail from the internet can reach the address: it is neither private, loopback, link-local nor otherwise reserved. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() === "unicast") return true;
  return DOCUMENTATION.some(
    ([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits),
  );
}

/** Whether the text is an IPv4 address in four decimal parts or an IPv6 address, as opposed to a name. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

/** Whether two texts are the same address. An IPv4-mapped IPv6 address counts as IPv4. */
export function sameAddress(one: string, other: string): boolean {
  if (!ipaddr.isValid(one) || !ipaddr.isValid(other)) return false;
  return ipaddr.process(one).toNormalizedString() === ipaddr.process(other).toNormalizedString();
}
