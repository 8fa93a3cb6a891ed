import { z } from "zod";
import type { Activity } from "./activity.ts";
import { askOf } from "./ask.ts";
import type { Ask } from "./card.ts";
import { postOf } from "./dialogs.ts";
import { carriesFiles } from "./files.ts";
import { isPrivate, shareOf } from "./targeted.ts";
import { questionText } from "./text-in.ts";

/** What an activity asks Postie to do in the conversation that it came from, as plain data: another instance may go on with it. */
export type Task =
  | { readonly kind: "question"; readonly ask: Ask; readonly privately: boolean; readonly files: boolean }
  /** Shows everyone an answer that its asker alone has seen. */
  | { readonly kind: "share"; readonly answerKey: string }
  | { readonly kind: "greeting" }
  /** The conversation, or a channel or team that the activity names, is not there any more for Postie. */
  | { readonly kind: "removal" };

/** null for what leads to nothing there, such as a dialog. */
export function taskOf(activity: Activity): Task | null {
  switch (activity.type) {
    case "message":
      return messageTask(activity);
    case "invoke":
      return invokeTask(activity);
    case "installationUpdate":
    case "conversationUpdate":
      return eventTask(activity);
    default:
      return null;
  }
}

function messageTask(activity: Activity): Task | null {
  if (activity.from.id === activity.recipient.id) return null;
  const button = buttonTask(activity, activity.value);
  if (button) return button;
  const ask: Ask = { command: "interpret", text: questionText(activity) };
  return { kind: "question", ask, privately: isPrivate(activity), files: carriesFiles(activity) };
}

const actionSchema = z.looseObject({ action: z.looseObject({ data: z.unknown().optional() }) });

function invokeTask(activity: Activity): Task | null {
  if (activity.name === "adaptiveCard/action") {
    const button = actionSchema.safeParse(activity.value);
    return button.success ? buttonTask(activity, button.data.action.data) : null;
  }
  if (activity.name !== "task/submit") return null;
  const answerKey = postOf(activity.value);
  return answerKey === null ? null : { kind: "share", answerKey };
}

/** What a button's data leads to, however it arrived; null for data that is not ours. */
function buttonTask(activity: Activity, data: unknown): Task | null {
  const ask = askOf(data);
  if (ask) return { kind: "question", ask, privately: isPrivate(activity, data), files: false };
  const answerKey = shareOf(data);
  return answerKey === null ? null : { kind: "share", answerKey };
}

/** Both kinds of event come for one installation, and for one removal. */
function eventTask({
  type,
  action,
  recipient,
  membersAdded,
  membersRemoved,
  channelData,
}: Activity): Task | null {
  const isPostie = ({ id }: { id: string }) => id === recipient.id;
  if (type === "installationUpdate") {
    if (action === "add") return { kind: "greeting" };
    return action === "remove" ? { kind: "removal" } : null;
  }
  if (membersAdded?.some(isPostie)) return { kind: "greeting" };
  const isGone = membersRemoved?.some(isPostie) || GONE_EVENTS.has(channelData?.eventType ?? "");
  return isGone ? { kind: "removal" } : null;
}

/** Microsoft, "Conversation events in your Teams bot". */
const GONE_EVENTS = new Set(["channelDeleted", "teamDeleted", "teamHardDeleted"]);
