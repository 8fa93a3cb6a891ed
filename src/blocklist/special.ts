import ipaddr from "ipaddr.js";

/** Why an address is not one of the public Internet. */
export type Special =
  | "private"
  | "loopback"
  | "documentation"
  | "cgnat"
  | "link-local"
  | "multicast"
  | "unspecified"
  | "broadcast"
  | "benchmarking"
  | "reserved";

/** From IANA's registries of special-purpose addresses (RFC 6890); the first that fits counts. */
const RANGES: readonly (readonly [range: string, special: Special])[] = [
  ["0.0.0.0/8", "unspecified"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "cgnat"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"],
  ["192.0.2.0/24", "documentation"],
  ["192.0.0.0/24", "reserved"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "benchmarking"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["255.255.255.255/32", "broadcast"],
  ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["64:ff9b:1::/48", "private"],
  ["2001:2::/48", "benchmarking"],
  ["2001:db8::/32", "documentation"],
  ["3fff::/20", "documentation"],
  ["fc00::/7", "private"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "private"],
  ["ff00::/8", "multicast"],
];
const PARSED = RANGES.map(([range, special]) => ({ range: ipaddr.parseCIDR(range), special }));
/** The only IPv6 space that is handed out (RFC 4291 §2.4, IANA). */
const GLOBAL6 = ipaddr.parseCIDR("2000::/3");

/**
 * Why no blocklist can know an address, or null for one of the public Internet.
 *
 * @param address IPv4 or IPv6
 */
export function specialAddress(address: string): Special | null {
  const parsed = ipaddr.process(address);
  const found = PARSED.find(
    ({ range }) => range[0].kind() === parsed.kind() && parsed.match(range as [ipaddr.IPv4, number]),
  );
  if (found) return found.special;
  return parsed.kind() === "ipv6" && !parsed.match(GLOBAL6 as [ipaddr.IPv4, number]) ? "reserved" : null;
}
