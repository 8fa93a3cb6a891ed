import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { isIPv6, type LookupFunction } from "node:net";

/** What one request ended in: a file (status 200), another status, or a failure. */
export type HttpsAnswer =
  | { kind: "file"; contentType: string | null; body: Uint8Array<ArrayBuffer> }
  | { kind: "status"; code: number; location: string | null }
  | {
      kind: "failure";
      status: "connection" | "network" | "timeout" | "tls" | "too-large" | "encoded";
      reason: string;
    };

export interface HttpsGetOptions {
  /** The addresses to connect to, whatever DNS says meanwhile. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Certification authorities in PEM; Node's when undefined. */
  readonly ca: string | undefined;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** All addresses are tried in turn; a second for each before the next one (RFC 8305, with more patience). */
const CONNECTING = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1000 };
/** What errors of the operating system mean; other codes are of TLS. */
const SYSTEM_ERRORS: Readonly<Record<string, "connection" | "network" | "timeout">> = {
  ECONNREFUSED: "connection",
  ECONNRESET: "connection",
  ECONNABORTED: "connection",
  EPIPE: "connection",
  ETIMEDOUT: "timeout",
  ABORT_ERR: "timeout",
  EACCES: "network",
  EADDRNOTAVAIL: "network",
  EAFNOSUPPORT: "network",
  EHOSTDOWN: "network",
  EHOSTUNREACH: "network",
  EMFILE: "network",
  ENETDOWN: "network",
  ENETUNREACH: "network",
  EPERM: "network",
};
const REASONS = {
  connection: "the server refuses the connection or breaks it off",
  network: "there is no way to the server from here",
  timeout: "no answer in time",
};

/**
 * One GET request over TLS with a verified certificate, to one of the given addresses. No redirects, cookies, credentials
 * or proxies.
 */
export function httpsGet(url: URL, options: HttpsGetOptions): Promise<HttpsAnswer> {
  const { addresses, port, ca, maxBytes, signal } = options;
  return new Promise((resolve) => {
    const outgoing = request(url, {
      // an agent of its own: connections are not shared, and the environment's proxy settings do not count
      agent: false,
      port,
      ca,
      signal,
      rejectUnauthorized: true,
      servername: url.hostname.replace(/\.$/, ""),
      lookup: always(addresses),
      ...CONNECTING,
      headers: { host: url.hostname, "accept-encoding": "identity", "user-agent": "Postie" },
    });
    const end = (answer: HttpsAnswer) => {
      resolve(answer);
      outgoing.destroy();
    };
    outgoing.on("error", (error) => end(failure(error)));
    outgoing.on("response", (incoming) => void readResponse(incoming, maxBytes).then(end));
    outgoing.end();
  });
}

async function readResponse(incoming: IncomingMessage, maxBytes: number): Promise<HttpsAnswer> {
  const code = incoming.statusCode ?? 0;
  if (code !== 200) return { kind: "status", code, location: incoming.headers.location ?? null };
  const encoding = incoming.headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    return { kind: "failure", status: "encoded", reason: "the body is compressed, which was not asked for" };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        const reason = `the body is larger than ${maxBytes} bytes`;
        return { kind: "failure", status: "too-large", reason };
      }
      chunks.push(chunk);
    }
  } catch (error) {
    return failure(error);
  }
  const contentType = incoming.headers["content-type"] ?? null;
  return { kind: "file", contentType, body: new Uint8Array(Buffer.concat(chunks)) };
}

/** In place of a look-up: the addresses that were checked are those that are connected to. */
function always(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, { all: wantsAll }, answer) => {
    const [first] = all;
    if (wantsAll || first === undefined) answer(null, all);
    else answer(null, first.address, first.family);
  };
}

function failure(error: unknown): HttpsAnswer {
  const causes = error instanceof AggregateError ? error.errors : [error];
  const kinds = causes.map((cause) => SYSTEM_ERRORS[codeOf(cause)] ?? null);
  // Of several addresses, one that was silent leaves it open whether the server is there.
  for (const kind of ["timeout", "connection", "network"] as const) {
    if (kinds.includes(kind)) return { kind: "failure", status: kind, reason: REASONS[kind] };
  }
  const [cause] = causes;
  const text = cause instanceof Error ? cause.message : String(cause);
  const isHttp = codeOf(cause).startsWith("HPE_");
  if (isHttp) return { kind: "failure", status: "connection", reason: `the answer is not HTTP (${text})` };
  return { kind: "failure", status: "tls", reason: `TLS failed: ${text}` };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
