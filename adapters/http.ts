import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";

/** The one HTTP server that all adapters share. */
export interface HttpServer {
  /** Adapters add their routes here before {@link HttpServer.listen}. */
  readonly app: Express;
  /** Starts to listen and answers with the address, such as `http://127.0.0.1:3978`. */
  listen(): Promise<string>;
  /** Takes no new connections and ends once the open ones have, or after `graceMs` milliseconds. */
  close(graceMs: number): Promise<void>;
}

/** Somebody else listens on the port. */
export class PortInUseError extends Error {
  constructor(port: number) {
    super(`port ${port} is in use by another program`);
    this.name = "PortInUseError";
  }
}

function inUse(error: Error): boolean {
  return "code" in error && error.code === "EADDRINUSE";
}

/** An Express 5 application with `GET /healthz`, on which Slack's HTTP mode and Teams stand side by side. */
export function createHttpServer({ host, port }: { host: string; port: number }): HttpServer {
  const app = express();
  app.disable("x-powered-by");
  // Otherwise Express shows a stack trace to whoever sends it a broken request.
  app.set("env", "production");
  app.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });
  let server: Server | undefined;
  return {
    app,
    listen: () =>
      new Promise((resolve, reject) => {
        const listening = app.listen(port, host, (error?: Error) => {
          if (error) return reject(inUse(error) ? new PortInUseError(port) : error);
          const address = listening.address() as AddressInfo;
          const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
          resolve(`http://${shown}:${address.port}`);
        });
        server = listening;
      }),
    close: (graceMs) =>
      new Promise((resolve) => {
        if (!server) return resolve();
        const force = setTimeout(() => server?.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
