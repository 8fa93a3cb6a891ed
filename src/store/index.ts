/** What must last, and what several instances share: in SQLite, or in PostgreSQL for many instances. */
export type { Claims } from "./claims.ts";
export {
  type Database,
  number,
  numberOrNull,
  type PostgresDatabase,
  type Queries,
  type Row,
  type SqliteDatabase,
  StoreUnavailable,
  text,
  textOrNull,
  type Value,
} from "./database.ts";
export type { AbandonedDelivery, Deliveries, Delivery } from "./deliveries.ts";
export type { Installations } from "./installations.ts";
export { BEAT_MS, type Instances } from "./instances.ts";
export type { KeptAnswers } from "./kept-answers.ts";
export { migrate } from "./migrate.ts";
export type { Notice } from "./notices.ts";
export type { RateLimit } from "./rate-limiter.ts";
export { SealError } from "./sealing.ts";
export type { Owner, Settings } from "./settings.ts";
export { openStore, type Store, type StoreOptions } from "./store.ts";
export type { WatchPlace, WatchTarget } from "./watch-rows.ts";
export type { Added, Every, TargetState, Watch, Watches } from "./watches.ts";
export type { WeeklyLine } from "./weekly-lines.ts";
