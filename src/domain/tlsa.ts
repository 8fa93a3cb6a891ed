import { createPublicKey, X509Certificate } from "node:crypto";
import type { RecordData } from "../dns/index.ts";

type Tlsa = RecordData["TLSA"];

const DIGEST_BYTES = new Map([
  [1, 32],
  [2, 64],
]);

/** What makes a TLSA record useless for mail (RFC 6698 §2.1, RFC 7672 §3.1), or null. */
export function tlsaFault({ usage, selector, matchingType, data }: Tlsa): string | null {
  if (usage === 0 || usage === 1) {
    return `certificate usage ${usage} is not for mail: senders pass over it, only 2 and 3 count`;
  }
  if (usage > 3) return `there is no certificate usage ${usage}`;
  if (selector > 1) return `there is no selector ${selector}`;
  if (matchingType > 2) return `there is no matching type ${matchingType}`;
  const expected = DIGEST_BYTES.get(matchingType);
  if (expected !== undefined && data.length !== expected) {
    return `matching type ${matchingType} needs ${expected} bytes, there are ${data.length}`;
  }
  if (expected === undefined && !isWhole(selector, Buffer.from(data))) {
    return `with matching type 0 the data has to be a whole ${selector === 0 ? "certificate" : "public key"}, and is not`;
  }
  return null;
}

/** The same record with a usage that counts for mail: a server's or an authority's certificate remains what it is. */
export function withMailUsage(tlsa: Tlsa): Tlsa | null {
  if (tlsa.usage > 1) return null;
  const mended = { ...tlsa, usage: tlsa.usage + 2 };
  return tlsaFault(mended) === null ? mended : null;
}

/** As in a zone file: `3 1 1 E3B0C442…`. */
export function writeTlsa({ usage, selector, matchingType, data }: Tlsa): string {
  return `${usage} ${selector} ${matchingType} ${Buffer.from(data).toString("hex").toUpperCase()}`;
}

function isWhole(selector: number, der: Buffer): boolean {
  try {
    if (selector === 0) new X509Certificate(der);
    else createPublicKey({ key: der, format: "der", type: "spki" });
    return true;
  } catch {
    return false;
  }
}
