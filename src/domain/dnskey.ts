import { createHash } from "node:crypto";
import type { RecordData } from "../dns/index.ts";

type DnsKey = RecordData["DNSKEY"];

/** The key's short name in DS and RRSIG records (RFC 4034 appendix B). */
export function keyTag(key: DnsKey): number {
  const sum = rdataOf(key).reduce((total, octet, i) => total + (i % 2 === 0 ? octet << 8 : octet), 0);
  return (sum + ((sum >>> 16) & 0xffff)) & 0xffff;
}

/** Whether it is meant to be named by a DS record: a zone key (RFC 4034 §2.1.1), a secure entry point, not revoked (RFC 5011 §7). */
export function isEntryPoint({ flags }: DnsKey): boolean {
  return (flags & 0x0101) === 0x0101 && (flags & 0x0080) === 0;
}

/**
 * The DS record that the parent zone needs for a key, with a SHA-256 digest (RFC 4034 §5.1.4, RFC 4509).
 *
 * @param owner the zone, in lower case A-labels without a final dot
 * @returns as in a zone file: `60485 5 2 D4B7D520…`
 */
export function dsRecord(owner: string, key: DnsKey): string {
  const labels = owner === "" ? [] : owner.split(".");
  const wireName = [
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.from([0]),
  ];
  const digest = createHash("sha256")
    .update(Buffer.concat([...wireName, rdataOf(key)]))
    .digest("hex");
  return `${keyTag(key)} ${key.algorithm} 2 ${digest.toUpperCase()}`;
}

function rdataOf({ flags, algorithm, key }: DnsKey): Buffer {
  const protocol = 3;
  return Buffer.concat([Buffer.from([flags >> 8, flags & 0xff, protocol, algorithm]), key]);
}
