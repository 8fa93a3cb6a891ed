import { type Activity, activitySchema, splitThread } from "./activity.ts";
import { addressOf } from "./notes.ts";

/**
 * The way back into a conversation, to post there later on Postie's own initiative: the service's address, the conversation and
 * who is who in it. In a channel it leads to the channel itself, where a post begins a thread of its own, rather than into the old
 * thread in which somebody once asked. Source: Microsoft, "Send proactive messages".
 */
export function wayBackOf(activity: Activity): object {
  const { conversation, serviceUrl, channelId, from, recipient, channelData } = addressOf(activity);
  const { tenant, team } = channelData ?? {};
  return {
    type: "message",
    channelId,
    serviceUrl,
    from,
    recipient: { id: recipient.id },
    conversation: { ...conversation, id: splitThread(conversation.id).id },
    ...(channelData ? { channelData: { tenant, team } } : {}),
  };
}

/** A way back as it was kept; null when it cannot be read. */
export function readWayBack(wayBack: unknown): Activity | null {
  const parsed = activitySchema.safeParse(wayBack);
  return parsed.success ? parsed.data : null;
}
