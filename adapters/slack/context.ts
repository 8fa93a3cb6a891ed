import type { Logger } from "pino";
import type { Bot } from "../../src/bot/bot.ts";
import type { Watching } from "../../src/bot/watching.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import type { Recent } from "./recent.ts";
import type { Settings } from "./settings.ts";
import type { Turn } from "./turn.ts";
import type { Workspace } from "./workspaces.ts";

/** What all deliveries share, whatever workspace they are from. */
export interface Shared {
  readonly bot: Bot;
  readonly settings: Settings;
  /** Answers that may still be shared in their channel. */
  readonly kept: KeptAnswers;
  /** What each person asked last, for their Home tab. */
  readonly recent: Recent;
  /** The name of the reaction that asks for an explanation. */
  readonly reaction: string;
  /** Whether Slack takes blocks that open on a click; false from the first refusal on. */
  readonly blocks: { folds: boolean };
  readonly watching: Watching | undefined;
  /** Aborts when the adapter has to stop at once. */
  readonly signal: AbortSignal;
}

/** What handling one delivery needs: everything in it is of the workspace that the delivery is from. */
export interface Context extends Shared, Workspace {
  /** By which the log tells of this delivery, and which an error answer shows. */
  readonly id: string;
  /** Every line of it carries the id. */
  readonly log: Logger;
  /** The workspace that the delivery is from, also where the app is installed in its whole organisation. */
  readonly tenant: string;
  readonly turn: Turn;
}
