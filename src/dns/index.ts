export type { DnsOutcome, DnsStatus, Presence, RecordData, RecordType, Resolver } from "./outcome.ts";
export { presence } from "./outcome.ts";
