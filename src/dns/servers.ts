import { getServers } from "node:dns";
import { isIP } from "node:net";

/** A resolver to ask, over UDP and TCP. */
export interface ServerAddress {
  /** An IPv4 or IPv6 address, the latter without brackets. */
  readonly address: string;
  readonly port: number;
}

const DEFAULT_PORT = 53;
const EXAMPLE = "127.0.0.1:5301, [::1]:53, 192.0.2.53";

/**
 * Reads a list of resolvers, as `POSTIE_DNS` and `--resolver` take it.
 *
 * @param text addresses with an optional port (default 53), separated by commas; an IPv6 address with a port in brackets
 * @throws Error that says what was expected, with an example
 */
export function parseServers(text: string): ServerAddress[] {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (entries.length === 0) throw new Error(`Expected DNS servers such as ${EXAMPLE}, got nothing`);
  return entries.map(parseServer);
}

/** The resolvers that the system is configured with. */
export function systemServers(): ServerAddress[] {
  return parseServers(getServers().join(","));
}

/** As `parseServers` reads it. */
export function formatServer({ address, port }: ServerAddress): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function parseServer(entry: string): ServerAddress {
  if (isIP(entry) !== 0) return { address: entry, port: DEFAULT_PORT };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(entry);
  const [, ipv6, ipv4, portText] = match ?? [];
  const address = ipv6 ?? ipv4 ?? "";
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  const isAddress = ipv6 === undefined ? isIP(address) === 4 : isIP(address) === 6;
  if (!isAddress || port < 1 || port > 65_535) {
    throw new Error(
      `Expected DNS servers as IP addresses with an optional port, such as ${EXAMPLE}, got "${entry}"`,
    );
  }
  return { address, port };
}
