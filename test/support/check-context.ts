import type { CheckContext } from "../../src/domain/check.ts";
import { isConnectable } from "../../src/domain/connectable-address.ts";
import { checkDmarc } from "../../src/domain/dmarc.ts";
import { createFetcher } from "../../src/domain/fetch.ts";
import { checkMx } from "../../src/domain/mx.ts";
import type { DnsServer } from "./dns-server.ts";
import type { Zone } from "./dns-zone.ts";
import { type HttpsServer, type Page, serveHttps, tlsFile } from "./https-server.ts";
import { serving } from "./resolver.ts";

/**
 * What a check of `domain` works with: real DNS and HTTPS servers on loopback, which end with the test. Hosts of `pages`
 * that the zone does not have are given the address 127.0.0.1.
 *
 * @example
 * const { context, dns } = await checking("example.org", { "example.org": { MX: … } }, { "www.example.org/a": { body: "…" } });
 * dns.behave({ answer: "SERVFAIL" });
 * const { findings } = await checkMtaSts(context);
 */
export async function checking(
  domain: string,
  zone: Zone,
  pages: Record<string, Page> = {},
): Promise<{ context: CheckContext; dns: DnsServer; web: HttpsServer }> {
  const webHosts = Object.keys(pages).map((place): [string, { A: string }] => [
    place.slice(0, place.indexOf("/")),
    { A: "127.0.0.1" },
  ]);
  const patience = { timeout: 300, tries: [0] };
  const { resolver, server: dns } = await serving({ ...Object.fromEntries(webHosts), ...zone }, patience);
  const web = await serveHttps(pages);
  const context: CheckContext = {
    domain,
    resolver,
    fetch: createFetcher({
      resolver,
      mayConnect: (address) => address === "127.0.0.1" || isConnectable(address),
      port: web.port,
      ca: tlsFile("ca.pem"),
      timeout: 1000,
    }),
    signal: new AbortController().signal,
    now: new Date("2027-01-01"),
    selectors: [],
    senderIp: null,
    mx: () => checkMx(context),
    dmarc: () => checkDmarc(context),
  };
  return { context, dns, web };
}
