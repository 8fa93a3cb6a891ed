/** The progress of a running check: one message, edited at most once a second. */
import type { PlanBlock, TaskCardBlock } from "@slack/types";
import type { Logger } from "pino";
import type { Step } from "../../src/bot/answer.ts";
import { cleanText } from "../../src/bot/clean.ts";
import { escapeText } from "./fallback.ts";
import { describeFault } from "./faults.ts";
import { shorten } from "./fit.ts";
import { LIMITS, type Message } from "./message.ts";
import type { Outlet } from "./outlet.ts";
import { paragraph, richText } from "./rich-text.ts";

export interface ProgressOptions {
  readonly title: string;
  readonly outlet: Outlet;
  readonly log: Logger;
  /** Checks that are done before this many milliseconds show no progress. */
  readonly afterMs?: number;
  readonly everyMs?: number;
}

export interface Progress {
  /** Tells the latest state of all steps; returns at once. */
  tell(steps: Step[]): void;
  /** Ends it; what is still being sent has arrived when this resolves, so that the answer comes after it. */
  end(): Promise<void>;
}

export function showProgress({
  title,
  outlet,
  log,
  afterMs = 800,
  everyMs = 1_000,
}: ProgressOptions): Progress {
  let latest: Step[] | null = null;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();
  let shown = 0;
  let busy = false;
  let ended = false;

  function plan(ms: number) {
    timer ??= setTimeout(send, ms);
  }

  function send() {
    timer = undefined;
    if (ended || !latest) return;
    if (shown > 0 && !outlet.replaces) return;
    const steps = latest;
    latest = null;
    shown += 1;
    busy = true;
    sending = outlet.progress(outlet.replaces ? progressMessage(title, steps) : note(title)).then(
      () => {
        busy = false;
        if (latest && !ended) plan(everyMs);
      },
      (error: unknown) => {
        // The answer matters, not the progress: it is told without.
        ended = true;
        log.debug(describeFault(error), "progress could not be shown");
      },
    );
  }

  return {
    tell(steps) {
      if (ended || steps.length === 0) return;
      latest = steps;
      if (!busy) plan(shown === 0 ? afterMs : everyMs);
    },
    async end() {
      ended = true;
      clearTimeout(timer);
      await sending;
    },
  };
}

const taskStatus: Record<Step["state"], TaskCardBlock["status"]> = {
  running: "in_progress",
  done: "complete",
  failed: "error",
};

/** Where a message cannot be replaced it stays above the answer: it says only what was asked. */
function note(title: string): Message {
  const text = shorten(cleanText(title), LIMITS.header);
  const said = paragraph([{ text }]);
  return { text: escapeText(text, LIMITS.fallbackText), blocks: [richText(said ? [said] : [])] };
}

/** The steps as Slack's plan with a card for each. */
export function progressMessage(title: string, steps: readonly Step[]): Message {
  const heading = shorten(cleanText(title), LIMITS.header);
  const tasks: TaskCardBlock[] = steps.slice(0, LIMITS.blocks - 1).map(({ label, state }, index) => ({
    type: "task_card",
    task_id: `step_${index}`,
    title: shorten(cleanText(label) || "…", LIMITS.header),
    status: taskStatus[state],
  }));
  const block: PlanBlock = { type: "plan", title: heading, tasks };
  return { text: escapeText(heading, LIMITS.fallbackText), blocks: [block] };
}
