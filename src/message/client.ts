/** Which server handed the message over to the receiver, and for which envelope sender: what SPF is asked about. */
import ipaddr from "ipaddr.js";
import { getDomain } from "tldts";
import { isPublicAddress, sameAddress } from "../domain/address.ts";
import type { ReceivedLine } from "./received.ts";
import type { Client } from "./report.ts";

/**
 * The line that the receiver's border server wrote. Lines above it are the receiver's own and can be believed; anybody can have
 * written those below. A line is passed over only for what its own writer saw: a private address, the writer's own network, or
 * a reverse name in the writer's own domain. What the client called itself is no reason.
 */
export function borderLine(lines: readonly ReceivedLine[]): ReceivedLine | null {
  let named: ReceivedLine | null = null;
  for (const line of lines) {
    if (line.address === null || isInside(line)) continue;
    if (isNamedAlike(line)) {
      named = line;
      continue;
    }
    // Mail between two customers of one provider: what comes below is the sender's side of it.
    const sendersSide = named !== null && (isSubmission(line) || domainOf(line.by) !== domainOf(named.by));
    return sendersSide ? named : line;
  }
  return named;
}

function isInside({ address, byAddress }: ReceivedLine): boolean {
  if (address === null || !isPublicAddress(address)) return true;
  return byAddress !== null && sameNetwork(address, byAddress);
}

function isNamedAlike({ by, reverseName }: ReceivedLine): boolean {
  const own = domainOf(by);
  return own !== null && domainOf(reverseName) === own;
}

/** Names below a suffix under which many register (`compute.amazonaws.com`) do not belong together. */
function domainOf(host: string | null): string | null {
  return host === null ? null : getDomain(host, { allowPrivateDomains: true });
}

/** `ESMTPA`, `ESMTPSA` (RFC 3848): somebody who logged in. */
function isSubmission({ protocol }: ReceivedLine): boolean {
  return /^(?:utf8)?(?:e?smtp|lmtp)s?a$/i.test(protocol ?? "");
}

function sameNetwork(one: string, other: string): boolean {
  const [a, b] = [ipaddr.process(one), ipaddr.process(other)];
  if (a.kind() !== b.kind()) return false;
  return a.match(b, a.kind() === "ipv4" ? 24 : 32);
}

/** The client by the asker's word, else by the border server's. */
export function clientOf(lines: readonly ReceivedLine[], given: string | null): Client | null {
  const border = borderLine(lines);
  if (given !== null) {
    const line = lines.find(({ address }) => address !== null && sameAddress(address, given));
    return { address: given, helo: heloOf(line ?? null), from: "given" };
  }
  return border?.address ? { address: border.address, helo: heloOf(border), from: "received" } : null;
}

function heloOf(line: ReceivedLine | null): string | null {
  const helo = line?.from ?? null;
  return helo !== null && /^[\w-]+(?:\.[\w-]+)+$/.test(helo) ? helo : null;
}
