import type { Logger } from "pino";
import type { Bot } from "../../src/bot/bot.ts";
import type { Deliveries } from "./deliveries.ts";
import type { FileFetcher } from "./files.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import type { Locales } from "./locales.ts";
import type { Recent } from "./recent.ts";
import type { Settings } from "./settings.ts";
import type { WebApi } from "./web-api.ts";

/** Who the bot is in Slack, as `auth.test` tells. */
export interface Identity {
  readonly teamId: string;
  readonly botUserId: string;
  readonly botId: string;
}

/** What handling a delivery needs. */
export interface Context {
  readonly bot: Bot;
  readonly api: WebApi;
  readonly log: Logger;
  readonly identity: Identity;
  readonly deliveries: Deliveries;
  readonly settings: Settings;
  readonly files: FileFetcher;
  readonly locales: Locales;
  /** Answers that may still be shared in their channel. */
  readonly kept: KeptAnswers;
  /** What each person asked last, for their Home tab. */
  readonly recent: Recent;
  /** The name of the reaction that asks for an explanation. */
  readonly reaction: string;
  /** Aborts when the adapter has to stop at once. */
  readonly signal: AbortSignal;
  /** Whether Slack takes blocks that open on a click; false from the first refusal on. */
  folds: boolean;
}
