import { type DnsOutcome, type Presence, presence, type Resolver } from "../dns/index.ts";
import { isConnectable } from "./connectable-address.ts";
import { httpsGet } from "./https-get.ts";

/**
 * What an HTTPS question can end in. An outcome is a value, never an exception.
 *
 * | status        | meaning                                                             | so the file is |
 * |---------------|---------------------------------------------------------------------|----------------|
 * | `ok`          | status 200 and a body within the limit                              | present |
 * | `invalid-url` | not a URL that may be asked: other than https, port 443 and a host name | absent |
 * | `no-address`  | the host does not exist or has no address                           | absent  |
 * | `not-public`  | the host's addresses all lie outside the public Internet            | absent  |
 * | `connection`  | the host refuses connections or breaks them off                     | absent  |
 * | `tls`         | the TLS handshake failed or the certificate is not valid for the host | absent |
 * | `redirect`    | the answer leads elsewhere, more often than may be followed         | absent  |
 * | `http-status` | another status than 200                                             | absent  |
 * | `too-large`   | the body is above the limit                                         | absent  |
 * | `encoded`     | the body is compressed, which was not asked for                     | absent  |
 * | `dns`         | the host's addresses could not be looked up                         | unknown |
 * | `network`     | this machine has no way to the host                                 | unknown |
 * | `timeout`     | no complete answer in time                                          | unknown |
 */
export type FetchOutcome = FetchedFile | FetchFailure;

export interface FetchedFile {
  readonly status: "ok";
  /** Where it was found, after redirects. */
  readonly url: string;
  /** The Content-Type header field as it was sent. Outside text. */
  readonly contentType: string | null;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface FetchFailure {
  readonly status: AbsentStatus | UnknownStatus;
  /** The URL that failed, which may be one that a redirect led to. */
  readonly url: string;
  /** What went wrong, in a few plain words. May hold outside text. */
  readonly reason: string;
}

type UnknownStatus = "dns" | "network" | "timeout";
type AbsentStatus =
  | "invalid-url"
  | "no-address"
  | "not-public"
  | "connection"
  | "tls"
  | "redirect"
  | "http-status"
  | "too-large"
  | "encoded";

export interface FetchOptions {
  /** How many redirects are followed; each target is guarded like the first. Default 0. */
  readonly redirects?: number;
  /** Gives up early; the outcome is then `timeout`. */
  readonly signal?: AbortSignal;
}

/** Gets a file over HTTPS. Never throws for what the network, the URL or the server does. */
export type Fetcher = (url: string, options?: FetchOptions) => Promise<FetchOutcome>;

export interface FetcherOptions {
  readonly resolver: Resolver;
  /** Milliseconds for everything: look-ups, redirects, the body; default 5000. */
  readonly timeout?: number;
  /** For tests: which addresses may be connected to; default those of the public Internet. */
  readonly mayConnect?: (address: string) => boolean;
  /** For tests: the port that is connected to instead of 443. */
  readonly port?: number;
  /** For tests: the certification authorities to trust, in PEM, instead of Node's. */
  readonly ca?: string;
}

/** RFC 8461 §3.3 suggests as much for a policy; no logo or certificate needs more. */
export const MAX_BODY_BYTES = 64 * 1024;
const REDIRECTS = [301, 302, 303, 307, 308];

/** What the outcome says of the file. "Could not be checked" is `unknown` and never `absent`. */
export function fetchPresence({ status }: FetchOutcome): Presence {
  if (status === "ok") return "present";
  return status === "dns" || status === "network" || status === "timeout" ? "unknown" : "absent";
}

/**
 * A fetcher for URLs that strangers wrote. It speaks HTTPS on port 443 with verified certificates only, looks hosts up
 * through `resolver`, connects to none but the public addresses that it found and checked (on each redirect anew), sends no
 * credentials, uses no proxy, and takes at most 64 KiB and five seconds.
 *
 * @example
 * const fetch = createFetcher({ resolver });
 * const policy = await fetch("https://mta-sts.example.org/.well-known/mta-sts.txt");
 * if (policy.status === "ok") console.log(Buffer.from(policy.body).toString());
 */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { resolver, timeout = 5000, mayConnect = isConnectable, port = 443, ca } = options;

  return async (url, { redirects = 0, signal } = {}) => {
    const limit = AbortSignal.timeout(timeout);
    const deadline = signal ? AbortSignal.any([signal, limit]) : limit;
    let next = url;
    for (let followed = 0; ; followed++) {
      const target = readUrl(next);
      if (target.problem !== undefined) return { status: "invalid-url", url: next, reason: target.problem };
      const addresses = await addressesOf(target.host, deadline);
      if ("status" in addresses) return { url: next, ...addresses };
      const { href } = target.url;
      const answer = await httpsGet(target.url, {
        ...addresses,
        port,
        ca,
        signal: deadline,
        maxBytes: MAX_BODY_BYTES,
      });
      if (answer.kind === "failure") return { status: answer.status, url: href, reason: answer.reason };
      if (answer.kind === "file") {
        return { status: "ok", url: href, contentType: answer.contentType, body: answer.body };
      }
      const { code, location } = answer;
      if (!REDIRECTS.includes(code) || location === null || !URL.canParse(location, href)) {
        return { status: "http-status", url: href, reason: `the server answers with status ${code}` };
      }
      const { href: destination } = new URL(location, href);
      if (followed >= redirects) {
        const reason = `the server answers with a redirect (${code}) to ${destination}, which is not followed`;
        return { status: "redirect", url: href, reason };
      }
      next = destination;
    }
  };

  /** The addresses that may be connected to, or why there are none. */
  async function addressesOf(
    host: string,
    signal: AbortSignal,
  ): Promise<{ addresses: string[] } | Pick<FetchFailure, "status" | "reason">> {
    const outcomes = await Promise.all([
      resolver.resolve(host, "A", { signal }),
      resolver.resolve(host, "AAAA", { signal }),
    ]);
    const found = outcomes.flatMap(({ records }) => [...records]);
    const addresses = found.filter(mayConnect);
    if (addresses.length > 0) return { addresses };
    if (found.length > 0) {
      const reason = `${host} has no address in the public Internet (${found.slice(0, 4).join(", ")})`;
      return { status: "not-public", reason };
    }
    const unanswered: DnsOutcome | undefined = outcomes.find(({ status }) => presence(status) === "unknown");
    if (unanswered) {
      const { type, name, reason, status } = unanswered;
      return { status: "dns", reason: `${type} ${name}: ${reason ?? status}` };
    }
    const isMissing = outcomes.every(({ status }) => status === "nxdomain");
    return { status: "no-address", reason: `${host} ${isMissing ? "does not exist" : "has no address"}` };
  }
}

/** The parts of a URL that may be asked, or why it may not. */
function readUrl(
  text: string,
): { url: URL; host: string; problem?: never } | { url?: never; host?: never; problem: string } {
  if (!URL.canParse(text)) return { problem: "this is not a URL" };
  const url = new URL(text);
  if (url.protocol !== "https:") return { problem: "the URL does not begin with https://" };
  if (url.username !== "" || url.password !== "") return { problem: "the URL holds a user name or password" };
  if (url.port !== "") return { problem: "the URL names another port than 443" };
  // The URL parser writes every form of an IPv4 address in four decimal parts.
  const isAddress = url.hostname.startsWith("[") || /^[\d.]+$/.test(url.hostname);
  if (isAddress) return { problem: "the URL names an address instead of a host" };
  url.hash = "";
  return { url, host: url.hostname.replace(/\.$/, "") };
}
