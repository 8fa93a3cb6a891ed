/**
 * The parts of mailauth that judge a message, those with the types that it does not declare among them. Its version is pinned
 * exactly, since these are not its public interface. Import this file only when it is used: mailauth is large.
 */
import { createRequire } from "node:module";
import type { ARCData, ARCResult, DKIMResult, DMARCResult, DNSResolver } from "mailauth";

export { arc, bimi, spf } from "mailauth";

const require = createRequire(import.meta.url);

/** A signature field as the verifier prepares it. */
export interface PreparedSignature {
  readonly parsed?: { readonly bh?: { readonly value: string } };
  readonly bodyHashKey: string;
  readonly fallbackBodyHashKey?: string;
}

export interface Verifier extends NodeJS.WritableStream {
  readonly headerFrom: string[];
  readonly fromFields: number;
  readonly headers: { parsed: { key: string; casedKey: string; line: Buffer }[]; original: Buffer } | false;
  readonly results: DKIMResult[];
  readonly arc: ARCData;
  readonly bodyHashes: Map<string, { hash?: string }>;
  verifySignature(signature: PreparedSignature, fallback?: boolean): Promise<DKIMResult>;
}

export interface VerifierOptions {
  readonly resolver: DNSResolver;
  readonly strict: boolean;
  readonly minBitLength: number;
  readonly sender?: string;
}

export const { DkimVerifier } = require("mailauth/lib/dkim/dkim-verifier") as {
  DkimVerifier: new (options: VerifierOptions) => Verifier;
};

export interface DmarcEvaluation {
  /** False where no author domain is found, or several. */
  readonly response: (DMARCResult & { error?: string }) | false;
  readonly reason?: string;
  /** The signing domains that are aligned. */
  readonly dkimAligned?: ReadonlySet<string>;
}

/** mailauth's DMARC, with the alignment of every domain. */
export const { evaluateDmarc } = require("mailauth/lib/dmarc") as {
  evaluateDmarc(options: {
    headerFrom: string[];
    fromFields: number;
    spfDomains: string[];
    dkimDomains: { domain: string; underSized?: number | undefined }[];
    arcResult: ARCResult | undefined;
    resolver: DNSResolver;
    strict: boolean;
  }): Promise<DmarcEvaluation>;
};

interface BodyHash {
  update(bytes: Uint8Array): void;
  digest(encoding: "base64"): string;
}

/** A running hash of a body by RFC 6376 §3.4.3 or §3.4.4. */
export const { dkimBody } = require("mailauth/lib/dkim/body") as {
  dkimBody(canonicalization: string, algorithm: string, maxLength: number | false): BodyHash;
};
