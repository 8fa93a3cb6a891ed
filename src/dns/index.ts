export { askingAnew } from "./asking-anew.ts";
export { mailauthResolver } from "./mailauth-resolver.ts";
export type { NormalizedName } from "./name.ts";
export { normalizeName, reverseName } from "./name.ts";
export type {
  DnsOutcome,
  DnsStatus,
  Presence,
  RecordData,
  RecordType,
  ResolveOptions,
  Resolver,
} from "./outcome.ts";
export { presence, unknownOutcome } from "./outcome.ts";
export type { ResolverOptions } from "./resolver.ts";
export { createResolver } from "./resolver.ts";
export type { ServerAddress } from "./servers.ts";
export { formatServer, parseServers, systemServers } from "./servers.ts";
export type { RecordingResolver, Snapshot } from "./snapshot.ts";
export { fillSnapshot, recording, replaying } from "./snapshot.ts";
