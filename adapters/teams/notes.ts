import { z } from "zod";
import { isKeepable } from "../../src/bot/keepable.ts";
import { type Activity, activitySchema } from "./activity.ts";
import { findAsk } from "./ask.ts";
import type { Task } from "./tasks.ts";

/** What another instance needs to go on with an activity: where it came from, and what is to be done. It holds no mail text. */
export interface Note {
  readonly activity: Activity;
  /** `lost`: there was something to do, but what it was may not be kept. */
  readonly task: Task | { readonly kind: "lost"; readonly privately: boolean } | null;
}

export function noteOf(activity: Activity, task: Task | null): Note {
  return { activity: addressOf(activity), task: task && keptTask(task) };
}

function keptTask(task: Task): Note["task"] {
  if (task.kind !== "question") return task;
  const { ask, files, privately } = task;
  return !files && isKeepable({ ...ask, files: [] }) ? task : { kind: "lost", privately };
}

/** An activity without anything that somebody wrote, and without names: what is needed to find the way back to it. */
export function addressOf(activity: Activity): Activity {
  const { type, id, name, locale, channelId, serviceUrl, from, recipient, conversation, channelData } =
    activity;
  const { action, membersAdded, membersRemoved } = activity;
  const idOf = (account: { id: string }) => ({ id: account.id });
  return activitySchema.parse({
    type,
    id,
    name,
    locale,
    channelId,
    serviceUrl,
    from: { id: from.id, aadObjectId: from.aadObjectId },
    recipient: { id: recipient.id, isTargeted: recipient.isTargeted },
    conversation: {
      id: conversation.id,
      conversationType: conversation.conversationType,
      tenantId: conversation.tenantId,
      isGroup: conversation.isGroup,
    },
    channelData: channelData && {
      tenant: channelData.tenant && { id: channelData.tenant.id },
      team: channelData.team && { id: channelData.team.id },
      channel: channelData.channel && { id: channelData.channel.id },
      eventType: channelData.eventType,
    },
    action,
    membersAdded: membersAdded?.map(idOf),
    membersRemoved: membersRemoved?.map(idOf),
  });
}

const taskSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("question"),
    ask: z.object({ command: z.string(), text: z.string() }),
    privately: z.boolean(),
    files: z.literal(false),
  }),
  z.object({ kind: z.literal("share"), answerKey: z.string() }),
  z.object({ kind: z.literal("greeting") }),
  z.object({ kind: z.literal("removal") }),
  z.object({ kind: z.literal("lost"), privately: z.boolean() }),
]);

const noteSchema = z.object({ activity: activitySchema, task: taskSchema.nullable() });

/** A note as the store gave it back; null for what cannot be read, such as that of another version of Postie. */
export function readNote(note: unknown): Note | null {
  const parsed = noteSchema.safeParse(note);
  if (!parsed.success) return null;
  const { activity, task } = parsed.data;
  if (task?.kind !== "question") return { activity, task };
  const ask = findAsk(task.ask);
  return ask && { activity, task: { ...task, ask } };
}
