import { presence, type Resolver, reverseName } from "../dns/index.ts";
import { type Special, specialAddress } from "./special.ts";

/** The reverse names of an address; null where they could not be found out. */
export interface ReverseNames {
  readonly address: string;
  /** Why nothing was asked about the address; null for one of the public Internet. */
  readonly special: Special | null;
  readonly ptr: readonly string[] | null;
  /** One of the names leads back to the address (RFC 8601 §2.7.3); null where that could not be found out. */
  readonly forwardConfirmed: boolean | null;
}

/** Names of one address that are looked up; more than a few are a mistake or an attack. */
const MAX_NAMES = 10;

/** Special addresses are not asked about. */
export async function reverseLookup(
  resolver: Resolver,
  address: string,
  signal: AbortSignal,
): Promise<ReverseNames> {
  const special = specialAddress(address);
  const unknown: ReverseNames = { address, special, ptr: null, forwardConfirmed: null };
  const name = reverseName(address);
  if (special || name === null) return unknown;
  const outcome = await resolver.resolve(name, "PTR", { signal });
  if (presence(outcome.status) === "unknown") return unknown;
  const ptr = [...new Set(outcome.records)].slice(0, MAX_NAMES);
  const type = address.includes(":") ? "AAAA" : "A";
  const forward = await Promise.all(ptr.map((one) => resolver.resolve(one, type, { signal })));
  const confirmed = forward.some(({ records }) => records.includes(address));
  const open = forward.some(({ status }) => presence(status) === "unknown");
  return { address, special, ptr, forwardConfirmed: confirmed || (open ? null : false) };
}
