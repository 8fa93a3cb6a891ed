import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { formatServer, type ServerAddress } from "./servers.ts";

/** A query that waits for its answer. */
export interface UdpQuery {
  /** The query with that id. */
  encode(id: number): Buffer;
  /** A datagram from the server with the query's id. */
  onDatagram(datagram: Buffer, id: number): void;
  /** The server cannot be reached. */
  onError(error: Error): void;
}

/** Queries that one socket carries in its life. */
const MOST_QUERIES = 32;
/** Milliseconds for which a socket takes further queries, so that a second try never has the port of the first. */
const SHARED_FOR = 10;

interface SharedSocket {
  readonly socket: Socket;
  /** By id. */
  readonly waiting: Map<number, UdpQuery>;
  readonly openedAt: number;
  carried: number;
  /** What is to be sent once the socket is connected; null from then on. */
  outbox: Buffer[] | null;
}

/** The socket to each server that takes further queries. */
const open = new Map<string, SharedSocket>();

/**
 * Sends a query. The socket is connected, so that only datagrams from the server's address and port reach it, and has a random
 * port; the id is random as well (RFC 5452 §4.5). A query by itself has a socket of its own. Of many at the same time, a few
 * share one, since opening and closing sockets takes most of the time of a question; nobody can guess more about any of them
 * by that, as an answer has to have the port, the id and the question of the same query.
 *
 * @returns how to end the wait for the answer
 */
export function sendOverUdp(server: ServerAddress, query: UdpQuery): () => void {
  const key = formatServer(server);
  const found = open.get(key);
  const isYoung = found && performance.now() - found.openedAt < SHARED_FOR;
  const shared = isYoung ? found : openSocket(server, key);
  const { waiting, socket } = shared;
  let id = randomInt(0x1_0000);
  while (waiting.has(id)) id = randomInt(0x1_0000);
  waiting.set(id, query);
  if (++shared.carried === MOST_QUERIES) retire(key, shared);
  const bytes = query.encode(id);
  if (shared.outbox) shared.outbox.push(bytes);
  else socket.send(bytes);
  return () => {
    waiting.delete(id);
    if (waiting.size > 0) return;
    retire(key, shared);
    socket.close();
  };
}

function openSocket(server: ServerAddress, key: string): SharedSocket {
  const socket = createSocket({
    type: isIP(server.address) === 6 ? "udp6" : "udp4",
    // the address is no name: nothing to look up
    lookup: (address, _options, callback) => callback(null, address, isIP(address)),
  });
  const shared: SharedSocket = {
    socket,
    waiting: new Map(),
    openedAt: performance.now(),
    carried: 0,
    outbox: [],
  };
  open.set(key, shared);
  const fail = (error: Error) => {
    retire(key, shared);
    for (const query of [...shared.waiting.values()]) query.onError(error);
  };
  socket.on("error", fail);
  socket.on("message", (datagram) => {
    if (datagram.length < 2) return;
    const id = datagram.readUInt16BE(0);
    shared.waiting.get(id)?.onDatagram(datagram, id);
  });
  socket.connect(server.port, server.address, (error?: Error) => {
    if (error) return fail(error);
    const unsent = shared.outbox ?? [];
    shared.outbox = null;
    for (const bytes of unsent) socket.send(bytes);
  });
  return shared;
}

function retire(key: string, shared: SharedSocket): void {
  if (open.get(key) === shared) open.delete(key);
}
