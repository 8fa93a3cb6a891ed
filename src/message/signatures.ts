/** Verifies DKIM signatures twice: as they stand, and without their body, so that a changed body is told from a bad signature. */
import { once } from "node:events";
import type { DKIMResult } from "mailauth";
import type { HeaderField } from "./header-fields.ts";
import {
  DkimVerifier,
  type PreparedSignature,
  type Verifier,
  type VerifierOptions,
} from "./mailauth-parts.ts";

/** Takes every body hash for right. */
class HeaderVerifier extends DkimVerifier {
  override verifySignature(signature: PreparedSignature, fallback?: boolean): Promise<DKIMResult> {
    const key = fallback ? signature.fallbackBodyHashKey : signature.bodyHashKey;
    const body = this.bodyHashes.get(key ?? "");
    const claimed = signature.parsed?.bh?.value;
    if (body && claimed !== undefined) body.hash = claimed;
    return super.verifySignature(signature, fallback);
  }
}

/** The verifier after the whole message went through it: its results, the author addresses and the ARC chain. */
export async function verifyMessage(
  fields: readonly HeaderField[],
  body: string,
  options: VerifierOptions,
): Promise<Verifier> {
  return feed(new DkimVerifier(options), `${sourceOf(fields)}\r\n${body}`);
}

/** What the header fields alone say: whether each signature over them holds, whatever the body is. */
export async function verifyHeaders(
  fields: readonly HeaderField[],
  options: VerifierOptions,
): Promise<Verifier> {
  return feed(new HeaderVerifier(options), `${sourceOf(fields)}\r\n`);
}

function sourceOf(fields: readonly HeaderField[]): string {
  return fields.map(({ raw }) => raw).join("");
}

async function feed(verifier: Verifier, source: string): Promise<Verifier> {
  const finished = once(verifier, "finish");
  verifier.end(Buffer.from(source, "latin1"));
  await finished;
  return verifier;
}
