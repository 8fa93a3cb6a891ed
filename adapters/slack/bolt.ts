/** Bolt, loaded when it is needed, and its receivers as Postie wants them. */
import type { ExpressReceiver, ExpressReceiverOptions, ReceiverEvent, SocketModeReceiver } from "@slack/bolt";
import type { Express } from "express";
import type { Logger } from "pino";
import { boltLog } from "./bolt-log.ts";
import { NotTaken } from "./gate.ts";
import { clientOptions } from "./web-api.ts";

/** Bolt takes most of a second to load: only who starts Slack waits for it. */
export const loadBolt = () => import("@slack/bolt");
export type Bolt = Awaited<ReturnType<typeof loadBolt>>;

const PATH = "/slack/events";
/** The largest request that is read: far more than a message of Slack's 40,000 characters takes. */
const BODY_LIMIT = 1024 * 1024;

export interface HttpOptions {
  readonly signingSecret: string;
  readonly app: Express;
  /** What installations by the workspaces themselves need. */
  readonly oauth?: Partial<ExpressReceiverOptions> | undefined;
  readonly log: Logger;
}

/** Mounts `POST /slack/events`, and with OAuth the pages for installing. */
export function httpReceiver(bolt: Bolt, { signingSecret, app, oauth, log }: HttpOptions): ExpressReceiver {
  return new bolt.ExpressReceiver({
    ...oauth,
    signingSecret,
    app,
    endpoints: PATH,
    logger: boltLog(log),
    bodyLimit: BODY_LIMIT,
    async processEventErrorHandler({ error, response }) {
      if (response.headersSent) {
        log.error({ error: error.name }, "a delivery failed after its acknowledgement");
        return false;
      }
      if (!(error instanceof NotTaken)) log.error({ error: error.name }, "a delivery could not be received");
      response.writeHead(error instanceof NotTaken ? 503 : 500);
      response.end();
      return true;
    },
  });
}

export interface SocketOptions {
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly log: Logger;
}

/** A Socket Mode connection that does not come back by itself. What is not acknowledged on it Slack sends again. */
export function socketReceiver(bolt: Bolt, { appToken, apiUrl, log }: SocketOptions): SocketModeReceiver {
  return new bolt.SocketModeReceiver({
    appToken,
    logger: boltLog(log),
    autoReconnectEnabled: false,
    installerOptions: {
      clientOptions: { ...clientOptions(apiUrl), rejectRateLimitedCalls: false, retryConfig: { retries: 0 } },
    },
    async processEventErrorHandler({ error }: { error: Error; event: ReceiverEvent }) {
      if (!(error instanceof NotTaken)) log.error({ error: error.name }, "a delivery could not be received");
      return false;
    },
  });
}
