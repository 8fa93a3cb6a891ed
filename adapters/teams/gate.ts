import type { Request } from "express";
import type { Logger } from "pino";
import type { Owner } from "../../src/store/index.ts";
import { type Activity, activitySchema, tenantsOf } from "./activity.ts";
import type { BotFramework } from "./botframework.ts";
import { cameFromLoopback, isLoopbackUrl } from "./loopback.ts";
import type { Tenants } from "./tenants.ts";

/** An activity that Teams sent to this app, of a tenant that is served; or why it is refused, with the HTTP status. */
export type Admission = { activity: Activity; owner: Owner } | { status: number; refused: string };

export interface GateOptions {
  readonly framework: BotFramework;
  readonly tenants: Tenants;
  /** Takes unsigned activities, and only those that come from this machine. */
  readonly local: boolean;
  readonly log: Logger;
}

/**
 * In other channels, such as Direct Line, whoever writes also writes which tenant they are of. Trial clients go by other names.
 */
const TEAMS = "msteams";

/** Lets in only what may be answered. Nothing is stored or said before. */
export function createGate({ framework, tenants, local, log }: GateOptions): {
  admit(request: Request): Promise<Admission>;
} {
  const refuse = (status: number, refused: string): Admission => ({ status, refused });
  return {
    async admit(request) {
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
      if (!local && activity.channelId !== TEAMS) {
        log.warn({ channel: activity.channelId }, "an activity of another channel than Teams was refused");
        return refuse(403, "it does not come from Teams");
      }
      if (!mayReplyTo(activity, local)) return refuse(400, "serviceUrl is not an address to reply to");
      const found = tenants.find(activity);
      if ("refused" in found) {
        log.warn({ tenants: tenantsOf(activity) }, `an activity was refused: ${found.refused}`);
        return refuse(403, found.refused);
      }
      return { activity, owner: { platform: "teams", tenant: found.tenant } };
    },
  };
}

/** Plain HTTP only within this machine; unsigned activities may point nowhere else. */
function mayReplyTo({ serviceUrl }: Activity, local: boolean): boolean {
  return isLoopbackUrl(serviceUrl) || (!local && new URL(serviceUrl).protocol === "https:");
}
