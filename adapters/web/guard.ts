/** Who may ask for the page, and what browsers may do with it. */
import type { NextFunction, Request, RequestHandler, Response } from "express";

/**
 * `style-src 'self'` still lets the renderer of Adaptive Cards set styles of single elements, which it does by the CSSOM.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const LOCAL_NAMES: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Refuses what did not come for this page: a name that is not its own (another site's name that was made to lead here, DNS
 * rebinding), a request that another site's page sent, and, unless it is told its names, one that did not come over loopback.
 * @param names the names by which the page may be reached beside those of this machine; without any it is for loopback only
 */
export function guardPage(names: readonly string[]): RequestHandler {
  const known = new Set([...LOCAL_NAMES, ...names.map((name) => name.toLowerCase())]);
  return (request: Request, response: Response, next: NextFunction) => {
    response.set(HEADERS);
    const local = names.length > 0 || isLoopbackAddress(request.socket.localAddress);
    if (!local || !known.has(nameOf(request.headers.host))) {
      refuse(response, "This page is not served under this name. Use http://127.0.0.1, or set POSTIE_WEB.");
    } else if (!isOwnOrigin(request)) {
      refuse(response, "This was sent by the page of another site.");
    } else next();
  };
}

function refuse(response: Response, reason: string): void {
  response.status(403).type("text/plain").send(`${reason}\n`);
}

/** The name in a Host header, without its port; empty when it is none. */
function nameOf(host: string | undefined): string {
  const url = `http://${host}/`;
  return host !== undefined && /^[\w.:[\]-]+$/.test(host) && URL.canParse(url) ? new URL(url).hostname : "";
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(address);
}

/** Browsers tell where a POST comes from; links from elsewhere may lead here, since a GET changes nothing. */
function isOwnOrigin({ method, headers }: Request): boolean {
  if (method === "GET" || method === "HEAD") return true;
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  const { origin, host } = headers;
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}
