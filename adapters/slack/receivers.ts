/** How Slack reaches us: by HTTP, by Socket Mode, or by both at once into one Bolt app. */
import type { App, Receiver, SocketModeReceiver } from "@slack/bolt";
import type { Logger } from "pino";
import { wait } from "./calls.ts";
import { describeFault } from "./faults.ts";
import type { Gate } from "./gate.ts";
import { slackRefusal } from "./web-api.ts";

/** One receiver for Bolt that stands for several, with the gate between them and Bolt. */
export function allReceivers(receivers: readonly Receiver[], gate: Gate): Receiver {
  return {
    init(app: App) {
      // All that a receiver asks of the app is to process what it received.
      for (const receiver of receivers) receiver.init(gate.before(app) as App);
    },
    start: () => Promise.all(receivers.map((receiver) => receiver.start())),
    stop: () => Promise.all(receivers.map((receiver) => receiver.stop())),
  };
}

/** Mounts on a server that somebody else starts and stops. */
export function mounted(receiver: Receiver): Receiver {
  return { init: (app) => receiver.init(app), start: async () => {}, stop: async () => {} };
}

/** A receiver with a connection of its own. */
export interface Connection extends Receiver {
  isOpen(): boolean;
}

const HELLO_TIMEOUT_MS = 15_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** A connection that lasted this long was a good one: the next is tried at once. */
const STEADY_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * A Socket Mode connection that comes back whenever it ends. Slack closes each connection every few hours: with a second
 * one open nothing is missed. Bolt's own reconnecting waits 5 s each time and ends the process when a token is revoked.
 * @param receiver a Bolt receiver that does not reconnect by itself
 */
export function keptOpen(receiver: SocketModeReceiver, log: Logger): Connection {
  const stopping = new AbortController();
  const { client } = receiver;
  let open = false;

  async function connect(): Promise<void> {
    const connected = new AbortController();
    const late = wait(HELLO_TIMEOUT_MS, connected.signal).then(() => {
      throw new Error("Slack did not say hello");
    });
    try {
      await Promise.race([client.start(), late]);
      open = true;
    } catch (error) {
      await disconnect();
      throw error ?? new Error("Slack closed the connection");
    } finally {
      late.catch(() => {});
      connected.abort();
    }
  }

  async function stayConnected(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      const since = Date.now();
      await closed();
      open = false;
      if (Date.now() - since > STEADY_MS) pause = FIRST_PAUSE_MS;
      do {
        await wait(pause * (0.75 + Math.random() / 2), stopping.signal);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      } while (!(await connectedAgain()));
      if (stopping.signal.aborted) return await disconnect();
    }
  }

  async function connectedAgain(): Promise<boolean> {
    try {
      await connect();
      log.info("connected to Slack again");
      return true;
    } catch (error) {
      log.warn(
        describeFault(slackRefusal("apps.connections.open", error) ?? error),
        "no connection to Slack",
      );
      return false;
    }
  }

  /** Slack does not always complete the closing handshake. */
  async function disconnect(): Promise<void> {
    open = false;
    const done = new AbortController();
    await Promise.race([client.disconnect(), wait(CLOSE_TIMEOUT_MS, done.signal).catch(() => {})]);
    done.abort();
  }

  function closed(): Promise<void> {
    return new Promise((resolve) => client.once("disconnected", () => resolve()));
  }

  return {
    init: (app) => receiver.init(app),
    isOpen: () => open,
    async start() {
      await connect();
      stayConnected().catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error({ error: String(error) }, "Socket Mode ended");
      });
    },
    async stop() {
      stopping.abort(new Error("stopping"));
      await disconnect();
    },
  };
}
