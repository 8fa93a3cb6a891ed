import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** A small HTTP balancer: each request goes to the next instance, or to the one after it where nobody listens. */
export interface Balancer {
  readonly url: string;
  /** Which instance took each request, and how that ended: status 0 when it broke off without an answer. */
  readonly taken: { port: number; label: string | null; status: number; at: number }[];
  close(): Promise<void>;
}

/** @param labelOf by what the test finds a request again, from its body */
export async function startBalancer(
  ports: readonly number[],
  labelOf: (body: string) => string | null = () => null,
): Promise<Balancer> {
  const taken: Balancer["taken"] = [];
  let turn = 0;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const label = labelOf(body.toString());
    for (let tried = 0; tried < ports.length; tried += 1) {
      turn += 1;
      const port = ports[turn % ports.length] ?? 0;
      const answer = await forward(port, request, body);
      if (answer === "nobody") continue;
      taken.push({ port, label, status: answer?.status ?? 0, at: performance.now() });
      // One that broke off may have been worked on: it is not sent to another.
      response.writeHead(answer?.status ?? 502, answer?.headers ?? {}).end(answer?.body);
      return;
    }
    response.writeHead(503).end();
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = { status: number; headers: IncomingMessage["headers"]; body: Buffer };

/** @returns `"nobody"` where no connection could be made, and null where it broke off */
function forward(
  port: number,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer | "nobody" | null> {
  return new Promise((resolve) => {
    const options = {
      host: "127.0.0.1",
      port,
      method,
      path: url,
      headers: { ...headers, connection: "close" },
    };
    const request = send(options, async (response) => {
      try {
        const status = response.statusCode ?? 0;
        resolve({ status, headers: response.headers, body: Buffer.concat(await response.toArray()) });
      } catch {
        resolve(null);
      }
    });
    request.on("error", (error) =>
      resolve("code" in error && error.code === "ECONNREFUSED" ? "nobody" : null),
    );
    request.end(body);
  });
}
