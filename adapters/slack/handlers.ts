/** What is done about a delivery, by its kind; the same whether it has just come or another instance has left it undone. */
import type { Logger } from "pino";
import { z } from "zod";
import type { Delivery } from "../../src/store/index.ts";
import { handleAction, sayInterrupted } from "./actions.ts";
import { isEvent, type Kind, type Note } from "./arrivals.ts";
import { openAskView } from "./ask-view.ts";
import { handleCommand } from "./commands.ts";
import type { Context, Shared } from "./context.ts";
import { handleChannelEnd, handleRemoval, type Removing } from "./endings.ts";
import { handleHomeOpened } from "./home.ts";
import { handleMessage } from "./messages.ts";
import { handleExplain, handleReaction } from "./pointed-at.ts";
import type { Replied } from "./reply.ts";
import { handleSubmission } from "./submissions.ts";
import { type Again, createTurn, type Turn } from "./turn.ts";
import type { Workspace } from "./workspaces.ts";

/** All but removals, which happen to a workspace rather than in it. */
const handlers: Record<Exclude<Kind, "removal">, (context: Context, payload: unknown) => Promise<Replied>> = {
  message: handleMessage,
  reaction: handleReaction,
  home: handleHomeOpened,
  command: handleCommand,
  action: handleAction,
  explain: handleExplain,
  ask: handleAsk,
  submission: handleSubmission,
  "channel end": handleChannelEnd,
};

/** A delivery that this instance has taken on. */
export interface ToDo {
  readonly delivery: Delivery;
  readonly note: Note;
  /** What its handler reads: what Slack sent, or what was kept of that. */
  readonly payload: unknown;
  /** `null` where there is no installation any more. */
  readonly workspace: Workspace | null;
  /** Set when another instance has left it undone. */
  readonly again?: Again;
}

export interface WorkOptions {
  readonly shared: Shared;
  readonly removing: Omit<Removing, "log">;
  readonly log: Logger;
}

/** Does the work of a delivery and notes how it ended. */
export async function workOn(
  { delivery, note, payload, workspace, again }: ToDo,
  { shared, removing, log: allLog }: WorkOptions,
): Promise<void> {
  const { id, kind, source, at } = note;
  const { signal } = shared;
  const log = allLog.child({ requestId: id });
  const turn = createTurn({ delivery, at, log, signal, ...(again && { again }) });
  let replied: Replied = "failed";
  try {
    if (kind === "removal") replied = await handleRemoval({ ...removing, log }, source, note.kept);
    // Nobody can be told anything where Postie was removed.
    else if (!workspace) replied = "answered";
    else
      replied = await handlers[kind](
        { ...shared, ...workspace, id, log, tenant: source.team, turn },
        payload,
      );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    // What a stop has broken is left as it is, for another instance to go on.
    if (!signal.aborted || replied === "answered") await end(turn, kind, replied);
  }
}

/**
 * A message on which nothing was said may be edited into a bounce, or pointed at; and what Slack repeats may succeed the next time.
 * Everything else comes once.
 */
function end(turn: Turn, kind: Kind, replied: Replied): Promise<void> {
  const mayComeAgain = kind === "message" || kind === "reaction" || (isEvent(kind) && replied === "failed");
  return mayComeAgain && replied !== "answered" ? turn.giveBack() : turn.done();
}

const asking = z.object({ user: z.object({ id: z.string() }), trigger_id: z.string().nullish() });

/** The global shortcut: opens the window. */
async function handleAsk(context: Context, payload: unknown): Promise<Replied> {
  const parsed = asking.safeParse(payload);
  if (!parsed.success) return "silent";
  if (context.turn.again) return sayInterrupted(context, parsed.data.user.id);
  await openAskView(context.api, parsed.data.trigger_id ?? "", null);
  return "answered";
}
