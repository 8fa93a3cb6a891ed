/** Socket Mode of the fake Slack: each envelope goes to one open connection and must be acknowledged within 3 s. */
import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { Acknowledged, DeliveryKind } from "./fake-slack-delivery.ts";

export interface FakeSockets {
  /** Connections that were greeted and are open. */
  count(): number;
  /** How many connections there have been. */
  total(): number;
  deliver(type: DeliveryKind, payload: unknown, retry: number): Promise<Acknowledged>;
  /** Tells one connection to come again, as Slack does every few hours, and closes it. */
  refreshOne(): void;
  /** Drops all connections without a word. */
  dropAll(): void;
  close(): void;
}

const ACK_MS = 3_000;

export function createFakeSockets(server: Server): FakeSockets {
  const sockets = new WebSocketServer({ server, path: "/link/" });
  const open = new Set<WebSocket>();
  const waiting = new Map<string, (payload: unknown) => void>();
  const used = new Set<string>();
  let total = 0;
  let turn = 0;

  sockets.on("connection", (socket, request) => {
    const ticket = new URL(request.url ?? "/", "ws://x").searchParams.get("ticket") ?? "";
    if (!ticket || used.has(ticket) || open.size >= 10) {
      socket.close(1008, "ticket or too many connections");
      return;
    }
    used.add(ticket);
    total += 1;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("message", (data) => {
      const { envelope_id, payload } = JSON.parse(String(data)) as { envelope_id: string; payload: unknown };
      waiting.get(envelope_id)?.(payload);
    });
    socket.send(
      JSON.stringify({ type: "hello", num_connections: open.size, connection_info: { app_id: "A0POSTIE" } }),
    );
  });

  return {
    count: () => open.size,
    total: () => total,
    deliver(type, payload, retry) {
      const list = [...open];
      const socket = list[turn++ % Math.max(1, list.length)];
      if (!socket) return new Promise((resolve) => setTimeout(resolve, 100, { status: 0, body: "" }));
      const envelopeId = randomUUID();
      return new Promise((resolve) => {
        const done = (status: number, body: string) => {
          clearTimeout(timer);
          waiting.delete(envelopeId);
          resolve({ status, body });
        };
        const timer = setTimeout(done, ACK_MS, 0, "");
        waiting.set(envelopeId, (said) => done(200, JSON.stringify(said ?? {})));
        socket.send(
          JSON.stringify({
            type,
            envelope_id: envelopeId,
            payload,
            accepts_response_payload: type !== "events_api",
            ...(retry > 0 ? { retry_attempt: retry, retry_reason: "timeout" } : {}),
          }),
        );
      });
    },
    refreshOne() {
      const [socket] = open;
      open.delete(socket as WebSocket);
      socket?.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested", debug_info: {} }));
    },
    dropAll() {
      for (const socket of open) socket.terminate();
    },
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
