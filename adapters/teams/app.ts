import express from "express";
import type { Logger } from "pino";
import type { Bot } from "../../src/bot/bot.ts";
import type { Watching } from "../../src/bot/watching.ts";
import type { Store } from "../../src/store/index.ts";
import type { Credentials, Endpoints } from "./botframework.ts";
import { createDesk } from "./desk.ts";
import { describeFault } from "./faults.ts";
import { createGate } from "./gate.ts";
import { createPoster } from "./poster.ts";
import { createTenants } from "./tenants.ts";

export interface TeamsOptions {
  readonly bot: Bot;
  readonly log: Logger;
  /** The server that carries `POST /api/messages` beside the other adapters' paths. */
  readonly app: express.Express;
  readonly store: Store;
  /** Given a way to post in Teams, and told where Postie was removed. */
  readonly watching?: Watching | undefined;
  /** `local` takes unsigned activities, and only those that come from this machine. */
  readonly credentials: Credentials | "local";
  /** The tenants that an app of many tenants serves; of no meaning for others. */
  readonly tenants: readonly string[] | "all";
  readonly endpoints?: Endpoints;
}

export interface TeamsAdapter {
  /** Takes nothing more on and waits until everything under way is answered. */
  stop(): Promise<void>;
  /** Goes on with what other instances left undone when they died; to be called after each sign of life. */
  takeOver(): Promise<void>;
  /** Whether what is needed of Teams was there when it was last asked for; never waits for the network. */
  isReady(): Promise<boolean>;
}

/** Teams' own limit for a message is about 100 KB; trial clients may send a pasted bounce of any size. */
const MAX_BODY = "1mb";

/** Mounts Teams on the server. Loads `botbuilder`, which takes some 0.5 s. */
export async function startTeams(options: TeamsOptions): Promise<TeamsAdapter> {
  const { log, app, store, watching, credentials, endpoints } = options;
  const { connectBotFramework } = await import("./botframework.ts");
  const local = credentials === "local";
  const framework = connectBotFramework(local ? null : credentials, endpoints);
  const tenants = createTenants(credentials, options.tenants);
  const gate = createGate({ framework, tenants, local, log });
  const desk = createDesk({ ...options, framework, tenants });
  watching?.addPoster(createPoster({ framework, tenants, settings: store.settings, log }));
  let stopping = false;

  async function receive(request: express.Request, response: express.Response): Promise<void> {
    if (stopping) return void response.status(503).json({ error: "Postie is stopping" });
    const admission = await gate.admit(request);
    if ("refused" in admission) {
      return void response.status(admission.status).json({ error: admission.refused });
    }
    await desk.take(admission.activity, admission.owner, response);
  }

  app.post("/api/messages", express.json({ limit: MAX_BODY }), (request, response) =>
    receive(request, response).catch((error: unknown) => {
      log.error(describeFault(error), "an activity could not be handled");
      if (!response.headersSent) response.status(500).json({ error: "it could not be handled; see the log" });
    }),
  );
  app.use("/api/messages", badBody);
  if (local) log.warn("Teams: no app id, so unsigned activities are taken, from this machine only");

  return {
    async stop() {
      stopping = true;
      await desk.clear();
    },
    async takeOver() {
      if (!stopping) await desk.takeOver();
    },
    isReady: async () => framework.isReachable(),
  };
}

const badBody: express.ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error);
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  if (status === 413) response.status(413).json({ error: `the body is larger than ${MAX_BODY}` });
  else response.status(400).json({ error: "the body is not JSON" });
};
