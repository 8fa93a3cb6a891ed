import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import express, { type Express } from "express";

/** The one HTTP server that all adapters share. */
export interface HttpServer {
  /** Adapters add their routes here before {@link HttpServer.listen}. */
  readonly app: Express;
  /** Starts to listen and answers with the address, such as `http://127.0.0.1:3978`. */
  listen(): Promise<string>;
  /**
   * Goes on as before while a balancer finds out that this instance stops: for `ms` milliseconds, or not at all where nobody
   * asked for `/readyz` lately.
   */
  turnAway(ms: number): Promise<void>;
  /** Takes no new connections and ends once the open ones have, or after `graceMs` milliseconds. */
  close(graceMs: number): Promise<void>;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** What `/readyz` tells; it is not there without. */
  readonly ready?: () => Promise<{ status: string }>;
  /** What `/metrics` tells; it is not there without. */
  readonly metrics?: () => Promise<{ contentType: string; body: string }>;
}

/** Somebody else listens on the port. */
export class PortInUseError extends Error {
  constructor(port: number) {
    super(`port ${port} is in use by another program`);
    this.name = "PortInUseError";
  }
}

/** Balancers look more often than that, in milliseconds. */
const LATELY_MS = 60_000;

function inUse(error: Error): boolean {
  return "code" in error && error.code === "EADDRINUSE";
}

/**
 * An Express 5 application on which Slack's HTTP mode and Teams stand side by side, with what its operator asks for:
 * `GET /healthz` (the process lives), `GET /readyz` (it can do its work) and `GET /metrics`.
 */
export function createHttpServer({ host, port, ready, metrics }: HttpServerOptions): HttpServer {
  const app = express();
  app.disable("x-powered-by");
  // Otherwise Express shows a stack trace to whoever sends it a broken request.
  app.set("env", "production");
  app.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });
  let asked = Number.NEGATIVE_INFINITY;
  if (ready) {
    app.get("/readyz", async (_request, response) => {
      asked = performance.now();
      const readiness = await ready();
      response.set("Cache-Control", "no-store");
      response.status(readiness.status === "ready" ? 200 : 503).json(readiness);
    });
  }
  if (metrics) {
    app.get("/metrics", async (_request, response) => {
      const { contentType, body } = await metrics();
      response.set({ "Content-Type": contentType, "Cache-Control": "no-store" }).end(body);
    });
  }
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
    async turnAway(ms) {
      if (server && performance.now() - asked < LATELY_MS) await sleep(ms);
    },
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
