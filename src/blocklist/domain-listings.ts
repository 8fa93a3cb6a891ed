/** Asks the blocklists that many receivers refuse by about a domain and its mail servers. */
import { isIP } from "node:net";
import { type DnsOutcome, presence, type Resolver } from "../dns/index.ts";
import type { Blocklists } from "./blocklists.ts";
import { checkBlocklists, type ZoneFinding } from "./check.ts";
import { specialAddress } from "./special.ts";
import { addressTarget, type Target } from "./target.ts";

/** What the lists said. A list that gave no answer is among the verdicts as `unchecked`, never as `clean`. */
export interface DomainListings {
  /** About the domain, then about the addresses in the order of their mail servers. */
  readonly verdicts: readonly ZoneFinding[];
  /** Why some of the domain or its mail servers could not be asked about, such as `A mx1.example.org: no answer in time`. */
  readonly open: readonly string[];
}

export interface DomainListingsOptions {
  readonly blocklists: Blocklists;
  /** Looks the mail servers up. */
  readonly resolver: Resolver;
  /** Ends it: what is not known by then is told as unchecked. */
  readonly signal: AbortSignal;
  /** Whether the lists are asked anew, whatever they said a moment ago. */
  readonly fresh?: boolean;
}

/** Mail servers, the preferred ones first, whose addresses are asked about, and addresses of them all. */
const MAX_HOSTS = 3;
const MAX_ADDRESSES = 3;

/**
 * The verdicts of the lists of high weight about a domain's name and up to three public addresses of its MX hosts. The names
 * are looked up with the audit's own questions, which a caching resolver asks once. A domain without MX has no mail server to
 * ask about: the address of an implicit one is mostly that of a web server.
 */
export async function domainListings(
  domain: string,
  { resolver, ...options }: DomainListingsOptions,
): Promise<DomainListings> {
  const [named, { verdicts, open }] = await Promise.all([
    verdictsOn({ kind: "domain", text: domain, name: domain }, options),
    mailAddresses(domain, resolver, options.signal).then(async ({ addresses, open }) => {
      const found = await Promise.all(
        addresses.map((address) => verdictsOn(addressTarget(address), options)),
      );
      return { verdicts: found.flat(), open };
    }),
  ]);
  return { verdicts: [...named, ...verdicts], open };
}

async function verdictsOn(
  target: Exclude<Target, { kind: "list" }>,
  { blocklists, signal, fresh = false }: Omit<DomainListingsOptions, "resolver">,
): Promise<readonly ZoneFinding[]> {
  const only = blocklists.zonesFor(target.kind).filter(({ weight }) => weight === "high");
  if (only.length === 0) return [];
  const { findings } = await checkBlocklists(target, { blocklists, only, signal, fresh });
  // of a name only the name itself: its own addresses take no mail
  return findings.filter(({ subject }) => target.kind !== "domain" || isIP(subject) === 0);
}

/** One address of each mail server before the second of any, so that three addresses tell most. */
async function mailAddresses(
  domain: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<{ addresses: string[]; open: string[] }> {
  const mx = await resolver.resolve(domain, "MX", { signal });
  const hosts = mx.records
    .toSorted((one, other) => one.preference - other.preference || byText(one.exchange, other.exchange))
    .map(({ exchange }) => exchange)
    .filter((exchange) => exchange !== "" && isIP(exchange) === 0);
  const looked = await Promise.all(
    [...new Set(hosts)]
      .slice(0, MAX_HOSTS)
      .map((host) =>
        Promise.all([resolver.resolve(host, "A", { signal }), resolver.resolve(host, "AAAA", { signal })]),
      ),
  );
  const ranked = looked.flatMap(([a, aaaa]) =>
    [...a.records.toSorted(byText), ...aaaa.records.toSorted(byText)]
      .filter((address) => specialAddress(address) === null)
      .map((address, rank) => ({ address, rank })),
  );
  const sorted = ranked.toSorted((one, other) => one.rank - other.rank).map(({ address }) => address);
  const outcomes: DnsOutcome[] = [mx, ...looked.flat()];
  return {
    addresses: [...new Set(sorted)].slice(0, MAX_ADDRESSES),
    open: outcomes.filter(({ status }) => presence(status) === "unknown").map(tellOpen),
  };
}

function byText(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

function tellOpen({ type, name, status, reason }: DnsOutcome): string {
  return `${type} ${name}: ${reason ?? status}`;
}
