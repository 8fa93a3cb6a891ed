import express from "express";
import type { Logger } from "pino";
import type { Bot } from "../../src/bot/bot.ts";
import { type Activity, activitySchema, type Channel, type InvokeResponse, tenantOf } from "./activity.ts";
import type { Credentials, Endpoints } from "./botframework.ts";
import { createDeliveries } from "./deliveries.ts";
import { handleActivity, type Reply } from "./handle.ts";
import { createKeptAnswers } from "./kept.ts";
import { cameFromLoopback, isLoopbackUrl } from "./loopback.ts";
import { messageActivity } from "./outgoing.ts";
import { describeFault } from "./question.ts";

export interface TeamsOptions {
  readonly bot: Bot;
  readonly log: Logger;
  /** The server that carries `POST /api/messages` beside the other adapters' paths. */
  readonly app: express.Express;
  /** `local` takes unsigned activities, and only those that come from this machine. */
  readonly credentials: Credentials | "local";
  readonly endpoints?: Endpoints;
}

export interface TeamsAdapter {
  /** Takes nothing more on and waits until everything under way is answered. */
  stop(): Promise<void>;
}

/** Teams' own limit for a message is about 100 KB; trial clients may send a pasted bounce of any size. */
const MAX_BODY = "1mb";

/** Mounts Teams on the server. Loads `botbuilder`, which takes some 0.5 s. */
export async function startTeams({
  bot,
  log,
  app,
  credentials,
  endpoints,
}: TeamsOptions): Promise<TeamsAdapter> {
  const { connectBotFramework } = await import("./botframework.ts");
  const local = credentials === "local";
  const framework = connectBotFramework(local ? null : credentials, endpoints);
  const deliveries = createDeliveries();
  const greetings = createDeliveries();
  const kept = createKeptAnswers();
  const greetOnce = ({ conversation }: Activity) => greetings.claim(conversation.id);
  const underWay = new Set<Promise<void>>();
  let stopping = false;

  function inBackground(work: Promise<void>) {
    const settled = work
      .catch((error: unknown) => log.error(describeFault(error), "an answer could not be delivered"))
      .finally(() => underWay.delete(settled));
    underWay.add(settled);
  }

  async function receive(request: express.Request, response: express.Response): Promise<void> {
    const refuse = (status: number, reason: string) => void response.status(status).json({ error: reason });
    if (stopping) return refuse(503, "Postie is stopping");
    if (local && !cameFromLoopback(request)) return refuse(403, "TEAMS=local answers this machine only");
    const parsed = activitySchema.safeParse(request.body);
    if (!parsed.success) {
      const fields = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
      return refuse(400, `not a Bot Framework activity: look at ${fields}`);
    }
    const activity = parsed.data;
    if (!(await framework.isAuthentic(request.headers.authorization ?? "", activity))) {
      log.warn({ channel: activity.channelId }, "an activity without a valid token was refused");
      return refuse(401, "the token is missing or not valid for this app");
    }
    if (!mayReplyTo(activity, local)) return refuse(400, "serviceUrl is not an address to reply to");
    if (!local && !isOwnTenant(activity, credentials)) {
      log.warn({ tenant: tenantOf(activity) }, "an activity was refused: this tenant is not served");
      return refuse(403, "this tenant is not served");
    }
    log.debug({ type: activity.type, name: activity.name, id: activity.id }, "an activity came in");
    const key = deliveryKey(activity);
    if (key && !deliveries.claim(key)) return void response.status(200).json({});
    try {
      await answer(activity, response);
    } catch (error) {
      if (key) deliveries.release(key);
      throw error;
    }
  }

  async function answer(activity: Activity, response: express.Response): Promise<void> {
    const reply = await handleActivity(activity, { bot, log, kept, greetOnce });
    if (activity.deliveryMode === "expectReplies") {
      response.status(200).json({ activities: await collectReplies(activity, reply) });
      return;
    }
    if (reply.afterwards) {
      const { privately = false } = reply;
      inBackground(framework.converse(activity, reply.afterwards, { privately }));
    }
    const invokeResponse = await reply.invokeResponse;
    response.status(invokeResponse?.status ?? 200).json(invokeResponse?.body ?? {});
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
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

const badBody: express.ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error);
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  if (status === 413) response.status(413).json({ error: `the body is larger than ${MAX_BODY}` });
  else response.status(400).json({ error: "the body is not JSON" });
};

/** Plain HTTP only within this machine; unsigned activities may point nowhere else. */
function mayReplyTo({ serviceUrl }: Activity, local: boolean): boolean {
  return isLoopbackUrl(serviceUrl) || (!local && new URL(serviceUrl).protocol === "https:");
}

/** An app of one tenant serves that tenant, whoever else may have got hold of its package. */
function isOwnTenant(activity: Activity, { type, tenantId }: Credentials): boolean {
  const tenant = tenantOf(activity);
  return type === "MultiTenant" || tenantId === undefined || tenant === undefined || tenant === tenantId;
}

function deliveryKey({ id, channelId, conversation }: Activity): string | null {
  return id ? JSON.stringify([channelId, conversation.id, id]) : null;
}

/** Replies that go back within the HTTP response, as complete activities. */
async function collectReplies(activity: Activity, reply: Reply): Promise<object[]> {
  const replies: object[] = [];
  const channel: Channel = {
    async send(message) {
      replies.push({ ...messageActivity(message), ...addressedBack(activity) });
      return null;
    },
    async update() {
      throw new Error("nothing was sent yet that could be updated");
    },
    async typing() {},
  };
  await reply.afterwards?.(channel);
  const invokeResponse: InvokeResponse | undefined = await reply.invokeResponse;
  if (invokeResponse)
    replies.push({ type: "invokeResponse", value: invokeResponse, ...addressedBack(activity) });
  return replies;
}

function addressedBack(activity: Activity) {
  const { channelId, serviceUrl, conversation, from, recipient, id } = activity;
  return {
    channelId,
    serviceUrl,
    conversation,
    from: recipient,
    recipient: from,
    ...(id ? { replyToId: id } : {}),
  };
}
