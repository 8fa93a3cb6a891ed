/** How Slack reaches us: by HTTP, by Socket Mode, or by both at once into one Bolt app. */
import type { App, Receiver, SocketModeReceiver } from "@slack/bolt";
import type { Logger } from "pino";
import { SlackRefusal, wait } from "./calls.ts";
import { describeFault } from "./faults.ts";
import type { Gate } from "./gate.ts";
import { couldNotTell, slackRefusal } from "./web-api.ts";

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
 * @param onAway told when Slack cannot be reached at the start, after which it is tried again as if a connection had ended
 */
export function keptOpen(
  receiver: SocketModeReceiver,
  { log, onAway }: { log: Logger; onAway: (error: unknown) => void },
): Connection {
  const stopping = new AbortController();
  const { client } = receiver;
  let open = false;
  // What is in the log already of why there is no connection.
  let told: string | undefined;

  async function connect(): Promise<void> {
    const connected = new AbortController();
    const late = wait(HELLO_TIMEOUT_MS, connected.signal).then(() => {
      throw new Error("Slack did not say hello");
    });
    try {
      await Promise.race([client.start(), late]);
      open = true;
      told = undefined;
    } catch (error) {
      await disconnect();
      const refusal = slackRefusal("apps.connections.open", error);
      throw refusal ?? error ?? new Error("Slack closed the connection");
    } finally {
      late.catch(() => {});
      connected.abort();
    }
  }

  async function stayConnected(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      if (open) {
        const since = Date.now();
        await closed();
        open = false;
        if (Date.now() - since > STEADY_MS) pause = FIRST_PAUSE_MS;
      }
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
      const level = isNew(error) ? (isRefused(error) ? "error" : "warn") : "debug";
      log[level](describeFault(error), "no connection to Slack");
      return false;
    }
  }

  /** Why there is no connection is told once. */
  function isNew(error: unknown): boolean {
    const before = told;
    told = String(error);
    return told !== before;
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
      await connect().catch((error: unknown) => {
        if (stopping.signal.aborted || isRefused(error)) throw error;
        if (isNew(error)) onAway(error);
      });
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

/** Whether it is for whoever runs Postie to do something about it. */
function isRefused(error: unknown): boolean {
  return error instanceof SlackRefusal && !couldNotTell(error);
}
