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
  return lines.find((line) => line.address !== null && !isInside(line)) ?? null;
}

function isInside({ address, by, byAddress, reverseName }: ReceivedLine): boolean {
  if (address === null || !isPublicAddress(address)) return true;
  if (byAddress !== null && sameNetwork(address, byAddress)) return true;
  const own = by === null ? null : getDomain(by);
  return own !== null && reverseName !== null && getDomain(reverseName) === own;
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
