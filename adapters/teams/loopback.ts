import { BlockList, isIP } from "node:net";
import type { Request } from "express";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * Whether a request was made on this machine, for this machine: not passed on by a proxy or tunnel, and not by a web page
 * whose own host name was made to point here (DNS rebinding).
 */
export function cameFromLoopback({ socket, headers }: Request): boolean {
  const forwarded = headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined;
  const host = `http://${headers.host ?? ""}`;
  return !forwarded && isLoopbackAddress(socket.remoteAddress ?? "") && isLoopbackUrl(host);
}

export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "localhost" || isLoopbackAddress(hostname.replace(/^\[|\]$/g, ""));
}

function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  const family = isIP(plain);
  return family !== 0 && loopback.check(plain, family === 4 ? "ipv4" : "ipv6");
}
