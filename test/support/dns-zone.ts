import type dnsPacket from "dns-packet";
import type { RecordType } from "../../src/dns/index.ts";

/**
 * The records of one name. Each type takes one record or several. A TXT record is a string (cut into pieces of 255
 * octets) or, as an array inside the array, its own pieces; each character is one octet.
 */
export interface ZoneNode {
  A?: Many<string>;
  AAAA?: Many<string>;
  CAA?: Many<{ critical?: boolean; tag: "issue" | "issuewild" | "iodef"; value: string }>;
  CNAME?: string;
  DNSKEY?: Many<{ flags: number; algorithm: number; key: Buffer }>;
  DS?: Many<{ keyTag: number; algorithm: number; digestType: number; digest: Buffer }>;
  MX?: Many<{ preference: number; exchange: string }>;
  NS?: Many<string>;
  PTR?: Many<string>;
  SOA?: { mname?: string; rname?: string; serial?: number; minimum: number };
  SPF?: string | (string | string[])[];
  TLSA?: Many<{ usage: number; selector: number; matchingType: number; data: Buffer }>;
  TXT?: string | (string | string[])[];
  /** Seconds, for all records of the name; default 300. */
  ttl?: number;
}

/** Names (any case, no final dot) and their records. `*.example.org` is a wildcard (RFC 4592). */
export type Zone = Record<string, ZoneNode>;

type Many<T> = T | T[];

export interface ZoneAnswer {
  rcode: "NOERROR" | "NXDOMAIN";
  answers: dnsPacket.Answer[];
  authorities: dnsPacket.Answer[];
}

const DEFAULT_TTL = 300;
const MAX_CNAMES = 8;

/** A zone by lower case name, with an empty node for each name that exists only because something is below it. */
export type IndexedZone = ReadonlyMap<string, ZoneNode>;

export function indexZone(zone: Zone): IndexedZone {
  const nodes = new Map<string, ZoneNode>();
  for (const [name, node] of Object.entries(zone)) {
    nodes.set(name.toLowerCase(), node);
    for (const above of namesAbove(name.toLowerCase())) if (!nodes.has(above)) nodes.set(above, {});
  }
  return nodes;
}

/**
 * What a recursive resolver would answer if `zone` were the whole DNS: CNAMEs are followed, a name with something below it
 * exists (RFC 8020), and negative answers carry the closest SOA record above the name, or one of the root.
 *
 * @param options.follow false leaves an answer at its first CNAME
 */
export function lookUp(
  zone: IndexedZone,
  name: string,
  type: string,
  options: { follow?: boolean } = {},
): ZoneAnswer {
  const answers: dnsPacket.Answer[] = [];
  let owner = name;
  for (let hops = 0; hops <= MAX_CNAMES; hops++) {
    const node = findNode(zone, owner.toLowerCase());
    if (node === undefined) return { rcode: "NXDOMAIN", answers, authorities: [soaFor(zone, owner)] };
    const records = recordsOf(node, owner, type);
    if (records.length > 0) return { rcode: "NOERROR", answers: [...answers, ...records], authorities: [] };
    if (node.CNAME === undefined) return { rcode: "NOERROR", answers, authorities: [soaFor(zone, owner)] };
    answers.push(...recordsOf(node, owner, "CNAME"));
    if (options.follow === false) break;
    owner = node.CNAME.replace(/\.$/, "");
  }
  return { rcode: "NOERROR", answers, authorities: [] };
}

/** The name's own records, or those of the wildcard below the closest name that exists. */
function findNode(zone: IndexedZone, name: string): ZoneNode | undefined {
  const own = zone.get(name);
  if (own) return own;
  const encloser = namesAbove(name).find((above) => zone.has(above));
  return encloser === undefined ? undefined : zone.get(`*.${encloser}`);
}

/** From the parent up to the top-level domain. */
function namesAbove(name: string): string[] {
  const labels = name.split(".");
  return labels.slice(1).map((_, i) => labels.slice(i + 1).join("."));
}

function recordsOf(node: ZoneNode, name: string, type: string): dnsPacket.Answer[] {
  const data = Object.hasOwn(node, type) ? node[type as RecordType] : undefined;
  if (data === undefined) return [];
  const ttl = node.ttl ?? DEFAULT_TTL;
  return [data]
    .flat()
    .map((one) => ({ name, ttl, ...wireData(type as RecordType, one) }) as dnsPacket.Answer);
}

/** The data in the form that dns-packet writes. */
function wireData(type: RecordType, data: unknown): { type: string; data: unknown } {
  if (type === "TXT") return { type, data: pieces(data as string | string[]) };
  // dns-packet knows the number of type SPF, not its form
  if (type === "SPF") return { type, data: withoutLength(pieces(data as string | string[])) };
  if (type === "TLSA")
    return { type, data: { ...(data as object), certificate: (data as { data: Buffer }).data } };
  if (type === "CAA") return { type, data: { ...(data as object), flags: critical(data) ? 128 : 0 } };
  if (type === "SOA")
    return { type, data: { mname: "ns.invalid", rname: "hostmaster.invalid", ...(data as object) } };
  return { type, data };
}

function critical(caa: unknown): boolean {
  return (caa as { critical?: boolean }).critical === true;
}

function pieces(text: string | string[]): Buffer[] {
  if (Array.isArray(text)) return text.map((piece) => Buffer.from(piece, "latin1"));
  const octets = Buffer.from(text, "latin1");
  const count = Math.max(1, Math.ceil(octets.length / 255));
  return Array.from({ length: count }, (_, i) => octets.subarray(i * 255, (i + 1) * 255));
}

function withoutLength(strings: Buffer[]): Buffer {
  return Buffer.concat(strings.flatMap((string) => [Buffer.from([string.length]), string]));
}

function soaFor(zone: IndexedZone, name: string): dnsPacket.Answer {
  const lowerCase = name.toLowerCase();
  for (const apex of [lowerCase, ...namesAbove(lowerCase)]) {
    const [soa] = recordsOf(zone.get(apex) ?? {}, apex, "SOA");
    if (soa) return soa;
  }
  const data = { mname: "ns.invalid", rname: "hostmaster.invalid", minimum: DEFAULT_TTL };
  return { name: ".", type: "SOA", ttl: DEFAULT_TTL, data };
}
