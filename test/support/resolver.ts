import { onTestFinished } from "vitest";
import { createResolver, type Resolver, type ResolverOptions } from "../../src/dns/index.ts";
import { type DnsServer, type DnsServerOptions, startDnsServer } from "./dns-server.ts";
import type { Zone } from "./dns-zone.ts";

/**
 * A DNS server with these records and a resolver that asks it; both end with the test.
 *
 * @example
 * const { server, resolver } = await serving({ "example.org": { A: "192.0.2.1" } }, { timeout: 500 });
 */
export async function serving(
  zone: Zone,
  options: Partial<ResolverOptions> & { server?: DnsServerOptions } = {},
): Promise<{ server: DnsServer; resolver: Resolver }> {
  const server = await aServer(zone, options.server);
  return { server, resolver: asking([server], options) };
}

/** A DNS server that ends with the test. */
export async function aServer(zone: Zone, options?: DnsServerOptions): Promise<DnsServer> {
  const server = await startDnsServer(zone, options);
  onTestFinished(() => server.close());
  return server;
}

/** A resolver that asks these servers, the first one first; it ends with the test. */
export function asking(servers: DnsServer[], options: Partial<ResolverOptions> = {}): Resolver {
  const resolver = createResolver({ servers: servers.map(({ address }) => address), ...options });
  onTestFinished(() => resolver.close());
  return resolver;
}
