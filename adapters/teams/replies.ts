import type { Activity, Channel, InvokeResponse, Message } from "./activity.ts";
import { messageActivity } from "./outgoing.ts";

/** Replies that go back within the HTTP response (`expectReplies`), as complete activities. */
export interface Replies {
  readonly channel: Channel;
  readonly activities: object[];
  add(message: Message): void;
  addInvokeResponse(response: InvokeResponse): void;
}

export function collectReplies(activity: Activity): Replies {
  const activities: object[] = [];
  const add = (message: Message) =>
    void activities.push({ ...messageActivity(message), ...addressedBack(activity) });
  return {
    activities,
    add,
    addInvokeResponse(value) {
      activities.push({ type: "invokeResponse", value, ...addressedBack(activity) });
    },
    channel: {
      async send(message) {
        add(message);
        return null;
      },
      async update() {
        throw new Error("nothing was sent yet that could be updated");
      },
      async typing() {},
    },
  };
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
