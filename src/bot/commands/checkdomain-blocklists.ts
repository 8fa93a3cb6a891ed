import { type DomainListings, domainListings } from "../../blocklist/index.ts";
import type { Resolver } from "../../dns/index.ts";
import type { Services } from "../services.ts";

/**
 * What the weighty blocklists say of a domain and its mail servers, beside the audit. Their knowledge may be broken, which
 * checkip tells; the audit does not depend on it.
 *
 * @param options.signal ends it: what is not known by then is told as unchecked
 */
export async function listingsFor(
  domain: string,
  { services, resolver, signal }: { services: Services; resolver: Resolver; signal: AbortSignal },
): Promise<DomainListings> {
  const blocklists = await services.blocklists().catch(() => null);
  if (!blocklists) return { verdicts: [], open: ["the blocklists could not be loaded"] };
  return domainListings(domain, { blocklists, resolver, signal });
}
