import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** What a server gives under a path: a file, or a function that answers by itself. */
export type Page =
  | { status?: number; headers?: Record<string, string>; body?: string | Uint8Array }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface HttpsServer {
  readonly port: number;
  /** `HOST/PATH` of every request, in order. */
  readonly log: string[];
  /** The requests themselves, to look at their header fields. */
  readonly requests: IncomingMessage[];
  /** The name that each connection asked for (SNI). */
  readonly serverNames: string[];
}

/** Certificates and a logo for tests; `make.sh` beside them tells what is in them. */
export function tlsFile(name: string): string {
  return readFileSync(join(import.meta.dirname, "tls", name), "utf8");
}

/**
 * An HTTPS server on a free port of 127.0.0.1 for every host name, with a certificate for example.org, example.net and the
 * names right below them. It ends with the test.
 *
 * @param pages by `HOST/PATH`; any other page is not found
 */
export async function serveHttps(pages: Record<string, Page>): Promise<HttpsServer> {
  const log: string[] = [];
  const requests: IncomingMessage[] = [];
  const serverNames: string[] = [];
  const server = createServer(
    { key: tlsFile("server.key"), cert: tlsFile("server.pem") },
    (request, response) => {
      const place = `${request.headers.host}${request.url}`;
      log.push(place);
      requests.push(request);
      const page = pages[place];
      if (typeof page === "function") return page(request, response);
      response.writeHead(page?.status ?? (page ? 200 : 404), page?.headers);
      response.end(page?.body ?? "");
    },
  );
  server.on("secureConnection", (socket) => serverNames.push(String(socket.servername)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return { port: address.port, log, requests, serverNames };
}
