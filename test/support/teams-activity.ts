import { randomUUID } from "node:crypto";

/** Where Teams has an activity come from, and what the app is called there. */
export interface TeamsWorld {
  serviceUrl: string;
  appId: string;
}

export const TENANT = "72f988bf-0000-4000-8000-00000000aaaa";
export const OTHER_TENANT = "72f988bf-0000-4000-8000-00000000bbbb";

/** A message in a personal chat, in the form in which Teams delivers it; `more` replaces any field. */
export function teamsMessage(world: TeamsWorld, text: string, more: object = {}): Record<string, unknown> {
  return { ...teamsActivity(world, "message"), text, textFormat: "plain", ...more };
}

/** An activity of any kind from one person's chat with the app. */
export function teamsActivity({ serviceUrl, appId }: TeamsWorld, type: string, more: object = {}) {
  return {
    type,
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    channelId: "msteams",
    serviceUrl,
    from: { id: "29:anna", name: "Anna", aadObjectId: "0000-anna" },
    recipient: { id: `28:${appId}`, name: "Postie" },
    conversation: { id: "a:personal-1", conversationType: "personal", tenantId: TENANT },
    channelData: { tenant: { id: TENANT } },
    locale: "en-GB",
    ...more,
  };
}

/** The fields that make an activity one of another organisation. */
export function inTenant(tenant: string | undefined, conversation = "a:personal-1") {
  return {
    conversation: { id: conversation, conversationType: "personal", tenantId: tenant },
    channelData: { tenant: { id: tenant } },
  };
}

/** The fields that make a message one in a channel's thread, in which the app was mentioned. */
export function inChannel({ appId }: TeamsWorld) {
  return {
    conversation: {
      id: "19:channel@thread.tacv2;messageid=1700000000000",
      conversationType: "channel",
      isGroup: true,
      tenantId: TENANT,
    },
    entities: [
      { type: "mention", text: "<at>Postie</at>", mentioned: { id: `28:${appId}`, name: "Postie" } },
      { type: "clientInfo", locale: "en-GB", country: "GB", platform: "Web" },
    ],
  };
}
