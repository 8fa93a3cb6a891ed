/** Who takes a domain's mail: RFC 5321 §5.1, RFC 7505. Looks at each server's addresses and their reverse names. */
import { type DnsOutcome, presence, type Resolver, reverseName } from "../dns/index.ts";
import { isAddress, isPublicAddress, sameAddress } from "./address.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { unansweredEvidence } from "./finding.ts";
import { mxFindings } from "./mx-findings.ts";

export interface MxAddress {
  readonly address: string;
  readonly public: boolean;
  /** The names of its PTR records; null: could not be checked. */
  readonly reverseNames: readonly string[] | null;
  /** Whether one of them leads back to the address (forward-confirmed); null: no PTR record, or could not be checked. */
  readonly confirmed: boolean | null;
}

export interface MxHost {
  /** null for the domain itself as the implicit mail server. */
  readonly preference: number | null;
  /** As the record has it; "" is the null MX. */
  readonly exchange: string;
  readonly kind: "host" | "address" | "null";
  /** The name that a CNAME record leads to, which RFC 5321 §5.1 does not allow. */
  readonly canonicalName: string | null;
  readonly addresses: readonly MxAddress[];
  /** Whether it has an address; null: could not be checked. */
  readonly resolves: boolean | null;
}

export interface MxRecords {
  /** `mx`: by MX records; `implicit`: no MX record, the domain's own address; `none`: neither; null: could not be checked. */
  readonly source: "mx" | "implicit" | "null" | "none" | null;
  /** By preference. At most {@link MAX_HOSTS} are looked at. */
  readonly hosts: readonly MxHost[];
  /** Questions about servers and their addresses that were not answered. */
  readonly unanswered: readonly string[];
}

/** More mail servers than any domain needs; hostile zones list hundreds. */
export const MAX_HOSTS = 20;
const MAX_ADDRESSES = 8;
const MAX_REVERSE_NAMES = 4;

/** Audits the mail servers. */
export async function checkMx({ domain, resolver }: CheckContext): Promise<CheckResult<MxRecords>> {
  const [mx, a, aaaa] = await Promise.all([
    resolver.resolve(domain, "MX"),
    resolver.resolve(domain, "A"),
    resolver.resolve(domain, "AAAA"),
  ]);
  const unanswered = new Set<string>();
  const note = (outcome: DnsOutcome) => {
    if (presence(outcome.status) === "unknown") unanswered.add(unansweredEvidence(outcome));
    return outcome;
  };
  const hosts = await readHosts({ domain, mx, a, aaaa, resolver, note });
  const records: MxRecords = { source: sourceOf(mx, [a, aaaa]), hosts, unanswered: [...unanswered] };
  return { ...stateOf(records), records, findings: mxFindings(domain, records) };
}

interface Reading {
  domain: string;
  mx: DnsOutcome<"MX">;
  a: DnsOutcome<"A">;
  aaaa: DnsOutcome<"AAAA">;
  resolver: Resolver;
  /** Remembers a question that was not answered. */
  note: (outcome: DnsOutcome) => DnsOutcome;
}

async function readHosts({ domain, mx, a, aaaa, resolver, note }: Reading): Promise<MxHost[]> {
  note(mx);
  if (mx.status === "ok") {
    const records = [...mx.records]
      .sort((one, other) => one.preference - other.preference || compare(one.exchange, other.exchange))
      .slice(0, MAX_HOSTS);
    return Promise.all(
      records.map(({ preference, exchange }) => readHost(preference, exchange, resolver, note)),
    );
  }
  if (presence(mx.status) === "unknown") return [];
  note(a);
  note(aaaa);
  const hasAddress = a.status === "ok" || aaaa.status === "ok";
  return hasAddress ? [await readHost(null, domain, resolver, note)] : [];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

async function readHost(
  preference: number | null,
  exchange: string,
  resolver: Resolver,
  note: Reading["note"],
): Promise<MxHost> {
  const plain = { preference, exchange, canonicalName: null, addresses: [], resolves: false };
  if (exchange === "") return { ...plain, kind: "null" };
  if (isAddress(exchange)) return { ...plain, kind: "address" };
  const outcomes = await Promise.all([resolver.resolve(exchange, "A"), resolver.resolve(exchange, "AAAA")]);
  outcomes.forEach(note);
  const found = outcomes.flatMap<string>(({ records }) => records).slice(0, MAX_ADDRESSES);
  const addresses = await Promise.all(found.map((address) => readAddress(address, resolver, note)));
  const unknown = outcomes.some(({ status }) => presence(status) === "unknown");
  return {
    preference,
    exchange,
    kind: "host",
    canonicalName: outcomes.map(({ cnames }) => cnames.at(-1)).find((name) => name !== undefined) ?? null,
    addresses,
    resolves: addresses.length > 0 ? true : unknown ? null : false,
  };
}

async function readAddress(address: string, resolver: Resolver, note: Reading["note"]): Promise<MxAddress> {
  if (!isPublicAddress(address)) return { address, public: false, reverseNames: null, confirmed: null };
  const reverse = reverseName(address);
  if (reverse === null) return { address, public: true, reverseNames: null, confirmed: null };
  const ptr = await resolver.resolve(reverse, "PTR");
  note(ptr);
  if (presence(ptr.status) === "unknown")
    return { address, public: true, reverseNames: null, confirmed: null };
  const reverseNames = ptr.records.slice(0, MAX_REVERSE_NAMES);
  if (reverseNames.length === 0) return { address, public: true, reverseNames, confirmed: null };
  const type = address.includes(":") ? "AAAA" : "A";
  const forward = await Promise.all(reverseNames.map((name) => resolver.resolve(name, type)));
  forward.forEach(note);
  const confirmed = forward.some(({ records }) => records.some((found) => sameAddress(found, address)));
  const unknown = forward.some(({ status }) => presence(status) === "unknown");
  return { address, public: true, reverseNames, confirmed: confirmed || (unknown ? null : false) };
}

function sourceOf(mx: DnsOutcome<"MX">, addresses: readonly DnsOutcome[]): MxRecords["source"] {
  if (mx.status === "ok") return mx.records.every(({ exchange }) => exchange === "") ? "null" : "mx";
  if (presence(mx.status) === "unknown") return null;
  if (addresses.some(({ status }) => status === "ok")) return "implicit";
  return addresses.some(({ status }) => presence(status) === "unknown") ? null : "none";
}

/** Whether mail can reach the domain: a server that resolves to a public address. null: could not be checked. */
export function takesMail({ source, hosts, unanswered }: MxRecords): boolean | null {
  if (source === null) return null;
  if (source === "null" || source === "none") return false;
  if (hosts.some(({ addresses }) => addresses.some((address) => address.public))) return true;
  return hosts.some(({ resolves }) => resolves === null) && unanswered.length > 0 ? null : false;
}

function stateOf(records: MxRecords): Pick<CheckResult<MxRecords>, "state" | "summary"> {
  const { source, hosts } = records;
  const takes = takesMail(records);
  if (takes === null) return { state: "unknown", summary: "could not be checked" };
  if (source === "null")
    return { state: "absent", summary: "the domain says that it takes no mail (null MX)" };
  if (source === "none") return { state: "absent", summary: "neither MX record nor address" };
  if (!takes) return { state: "failed", summary: "no server with a public address" };
  if (source === "implicit")
    return { state: "passed", summary: "no MX record, so at the domain's own address" };
  const reachable = hosts.filter(({ addresses }) => addresses.some((address) => address.public)).length;
  const servers = `${hosts.length} ${hosts.length === 1 ? "server" : "servers"}`;
  const summary = reachable === hosts.length ? servers : `${servers}, ${reachable} with a public address`;
  return { state: "passed", summary };
}
