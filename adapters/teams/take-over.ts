import type { AbandonedDelivery } from "../../src/store/index.ts";
import type { Channel, Message } from "./activity.ts";
import type { Context } from "./context.ts";
import { somebodyWaits } from "./intake.ts";
import type { Note } from "./notes.ts";
import { perform } from "./perform.ts";
import { givenUp, interrupted, maybeAnswered } from "./told.ts";

/** How often a question is worked on before it is given up: whatever ended so many instances may end the next one too. */
const MOST_ATTEMPTS = 3;

/** Whether what comes of an activity is for its sender alone. */
export function isForSenderAlone(task: Note["task"]): boolean {
  return task !== null && "privately" in task && task.privately;
}

/**
 * Goes on with what another instance left undone when it died. What may be asked again is; otherwise its sender is told, so that
 * nobody waits in vain. An answer that may have been posted already is not posted again.
 * @throws {LeftUndone}
 */
export async function goOn(
  { task, activity }: Note,
  { maybeAnswered: mayBeThere, shown, attempt, refused }: AbandonedDelivery,
  channel: Channel,
  context: Context,
): Promise<void> {
  // Whoever waits for something was told when it could not be taken on.
  if (!task || (refused && somebodyWaits(activity))) return;
  if (task.kind === "removal") return perform(task, activity, channel, context);
  if (mayBeThere) return task.kind === "greeting" ? undefined : tell(maybeAnswered(), channel, context);
  if (attempt > MOST_ATTEMPTS) return tell(givenUp(context.requestId), channel, context, shown);
  if (task.kind === "lost") return tell(interrupted(), channel, context, shown);
  return perform(task, activity, channel, context, { takenOver: true, shown });
}

/** @param shown a progress message to put it in the place of; it never is where an answer may stand in that place */
async function tell(
  message: Message,
  channel: Channel,
  { hold, log }: Context,
  shown: string | null = null,
): Promise<void> {
  if (!(await hold.answering())) return;
  if (shown === null) return void (await channel.send(message));
  try {
    await channel.update(shown, message);
  } catch (error) {
    log.warn({ error: error instanceof Error ? error.name : typeof error }, "a progress message is gone");
    await channel.send(message);
  }
}
