import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A proxy before a server that makes its network bad. */
export interface TcpProxy {
  readonly port: number;
  /** Each piece of data takes so many milliseconds longer in each direction; 0 for none. */
  slow(ms: number): void;
  /** Nothing goes through any more, and connections stay open: what was sent arrives after {@link mend}. */
  stall(): void;
  /** Ends all connections, and refuses new ones until {@link mend}. */
  cut(): void;
  /** Lets everything through again, as fast as it comes. */
  mend(): void;
  close(): Promise<void>;
}

/** @param target the port of the server on 127.0.0.1 */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let isCut = false;
  let stalled: PromiseWithResolvers<void> | null = null;

  /** Sends on what comes from one side, in order, however the network changes meanwhile. */
  function pass(from: Socket, to: Socket): void {
    let last: Promise<unknown> = Promise.resolve();
    from.on("data", (data) => {
      const arrives = sleep(delayMs);
      last = last
        .then(() => arrives)
        .then(() => stalled?.promise)
        .then(() => to.writable && to.write(data));
    });
    from.on("close", () => last.then(() => to.destroy()));
    from.on("error", () => {}); // followed by "close"
  }

  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
    }
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");

  function mend(): void {
    delayMs = 0;
    isCut = false;
    stalled?.resolve();
    stalled = null;
  }

  function endAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    port: address.port,
    slow(ms) {
      delayMs = ms;
    },
    stall() {
      stalled ??= Promise.withResolvers();
    },
    cut() {
      isCut = true;
      endAll();
    },
    mend,
    async close() {
      mend();
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
