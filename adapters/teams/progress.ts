import { setTimeout as sleep } from "node:timers/promises";
import type { Step } from "../../src/bot/answer.ts";
import type { Channel, Message } from "./activity.ts";
import { renderProgress } from "./render.ts";
import { DeliveryError } from "./send.ts";

/** One message that shows how a check goes on and becomes its answer. */
export interface Progress {
  /** Shows these steps soon; of several calls within a second the last one counts. */
  show(steps: readonly Step[]): void;
  /** Puts the answer in place of the progress, or posts it when there was none to see. */
  finish(answer: Message): Promise<void>;
  /** Shows no further steps and leaves what can be seen as it is. */
  stop(): Promise<void>;
}

export interface ProgressOptions {
  /** A message that shows progress already, which another instance posted. */
  readonly shown: string | null;
  /** Told of the message that shows the progress. */
  readonly onShown: (messageId: string) => void;
  /** Told when a step could not be shown, which does not stop the answer. */
  readonly onError: (error: unknown) => void;
}

/** Most answers are there by then, and no progress needs to be shown. */
const FIRST_AFTER_MS = 1000;

/** Teams slows down who edits more often. */
const EVERY_MS = 1000;

export function createProgress(channel: Channel, { shown, onShown, onError }: ProgressOptions): Progress {
  const startedAt = performance.now();
  let messageId = shown;
  let editedAt: number | null = null;
  let latest: readonly Step[] | null = null;
  let timer: NodeJS.Timeout | null = null;
  let edit: Promise<void> = Promise.resolve();
  let editing = false;
  let finished = false;

  const waitMs = () => {
    const due = editedAt === null ? startedAt + FIRST_AFTER_MS : editedAt + EVERY_MS;
    return Math.max(0, due - performance.now());
  };

  function schedule() {
    if (timer || editing || finished || !latest) return;
    timer = setTimeout(() => {
      timer = null;
      edit = showLatest();
    }, waitMs());
  }

  async function showLatest() {
    if (!latest) return;
    const message = renderProgress(latest);
    latest = null;
    editing = true;
    try {
      if (messageId) await channel.update(messageId, message);
      else {
        messageId = await channel.send(message);
        if (messageId) onShown(messageId);
      }
    } catch (error) {
      onError(error);
    }
    editedAt = performance.now();
    editing = false;
    schedule();
  }

  async function stop() {
    finished = true;
    if (timer) clearTimeout(timer);
    await edit;
  }

  return {
    stop,
    show(steps) {
      latest = steps;
      schedule();
    },
    async finish(answer) {
      await stop();
      if (!messageId) {
        await channel.send(answer);
        return;
      }
      await sleep(waitMs());
      try {
        await channel.update(messageId, answer);
      } catch (error) {
        // Without an answer of the service the edit may have been made all the same.
        if (error instanceof DeliveryError && error.maybeTaken) throw error;
        // The message may have been deleted meanwhile; the answer is worth a new one.
        onError(error);
        await channel.send(answer);
      }
    },
  };
}
