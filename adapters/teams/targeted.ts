import { z } from "zod";
import type { Activity, Message } from "./activity.ts";
import { askOf } from "./ask.ts";
import { type Action, type Execute, label } from "./card.ts";
import type { Delivery } from "./send.ts";

/**
 * Private messages within a group ("targeted messages"): a slash command in a channel or group chat is one, and only its
 * sender sees the answer. Source: Microsoft, "Send and receive targeted messages in group conversations".
 */

/** True when only the one who sent this activity may see what it leads to. */
export function isPrivate(activity: Activity, data?: unknown): boolean {
  if (activity.recipient.isTargeted === true) return true;
  return typeof data === "object" && data !== null && "private" in data && data.private === true;
}

/**
 * A request to the Bot Connector, made private: by a parameter, with the receiver named only where a message is new, and
 * with what was asked shown above the answer.
 */
export function asPrivate(delivery: Delivery, { type, id }: Activity): Delivery {
  const url = new URL(delivery.url);
  url.searchParams.set("isTargetedActivity", "true");
  const { recipient, ...body } = JSON.parse(delivery.body ?? "{}");
  const isNew = delivery.method === "POST";
  const asked = type === "message" && id ? [{ type: "targetedMessageInfo", messageId: id }] : [];
  const sent = isNew ? { ...body, recipient: { ...recipient, isTargeted: true }, entities: asked } : body;
  return { ...delivery, url: url.href, body: JSON.stringify(sent) };
}

export const SHARE_VERB = "share";

const shareSchema = z.looseObject({ verb: z.literal(SHARE_VERB), answerKey: z.string() });

/** The key of the answer that a button is to show to everyone, or null for any other data. */
export function shareOf(data: unknown): string | null {
  const parsed = shareSchema.safeParse(data);
  return parsed.success ? parsed.data.answerKey : null;
}

/** A private answer: what its buttons ask is private as well, and one more shows the answer to everyone. */
export function privateMessage({ summary, card }: Message, key: string): Message {
  const data = { verb: SHARE_VERB, answerKey: key };
  const title = label("Show to everyone");
  const share: Execute = {
    type: "Action.Execute",
    title,
    verb: SHARE_VERB,
    data,
    fallback: { type: "Action.Submit", title, data },
  };
  return {
    summary,
    card: { ...card, actions: [...(card.actions ?? []).slice(0, 9).map(askingPrivately), share] },
  };
}

function askingPrivately(action: Action): Action {
  if (action.type !== "Action.Execute" || !askOf(action.data)) return action;
  const data = { ...action.data, private: true };
  return { ...action, data, fallback: { ...action.fallback, data } };
}
