import type { Logger } from "pino";
import type { Bot } from "../../src/bot/bot.ts";
import type { Watching } from "../../src/bot/watching.ts";
import type { Claims, Owner, Settings, Watches } from "../../src/store/index.ts";
import type { Hold } from "./hold.ts";
import type { KeptAnswers } from "./kept.ts";

/** What working on one activity needs. */
export interface Context {
  readonly bot: Bot;
  /** Carries the id of the request in each line. */
  readonly log: Logger;
  /** By which the log tells of this activity, and which an error answer shows. */
  readonly requestId: string;
  /** The tenant whose activity it is. */
  readonly owner: Owner;
  readonly hold: Hold;
  readonly kept: KeptAnswers;
  readonly claims: Claims;
  readonly settings: Settings;
  readonly watches: Pick<Watches, "places">;
  readonly watching?: Watching | undefined;
}
