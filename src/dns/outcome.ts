/**
 * What a DNS question can end in. An outcome is a value, never an exception: what the world does is a result.
 *
 * | status     | meaning                                                              | so the record is |
 * |------------|----------------------------------------------------------------------|------------------|
 * | `ok`       | records of the asked type (after following CNAMEs)                    | present |
 * | `nodata`   | the name exists, without this type (RFC 2308 §2.2)                    | absent  |
 * | `nxdomain` | the name does not exist (RFC 2308 §2.1, RFC 8020); when there are     | absent  |
 * |            | `cnames`, it exists and what they lead to does not (RFC 6604 §3)      |         |
 * | `servfail` | the resolver failed, for example at broken DNSSEC                     | unknown |
 * | `refused`  | the resolver does not want to answer                                  | unknown |
 * | `timeout`  | no answer in time                                                     | unknown |
 * | `invalid`  | the question cannot be asked (a bad name), or every answer was broken | unknown |
 */
export type DnsStatus = "ok" | "nodata" | "nxdomain" | "servfail" | "refused" | "timeout" | "invalid";

/** What the outcome says of the record. "Could not be checked" is `unknown` and never `absent`. */
export type Presence = "present" | "absent" | "unknown";

export function presence(status: DnsStatus): Presence {
  if (status === "ok") return "present";
  return status === "nodata" || status === "nxdomain" ? "absent" : "unknown";
}

export type RecordType =
  | "A"
  | "AAAA"
  | "CAA"
  | "CNAME"
  | "DNSKEY"
  | "DS"
  | "MX"
  | "NS"
  | "PTR"
  | "SOA"
  | "SPF"
  | "TLSA"
  | "TXT";

/** The data of one record, by type. Host names are lower case A-labels without the final dot; the root is "". */
export interface RecordData {
  A: string;
  AAAA: string;
  CAA: { critical: boolean; tag: string; value: string };
  CNAME: string;
  DNSKEY: { flags: number; algorithm: number; key: Uint8Array };
  DS: { keyTag: number; algorithm: number; digestType: number; digest: Uint8Array };
  MX: { preference: number; exchange: string };
  NS: string;
  PTR: string;
  SOA: { mname: string; rname: string; serial: number; minimum: number };
  /** The character-strings of the record, each octet as one code unit (Latin-1), as SPF and DKIM want them joined. */
  SPF: string[];
  TLSA: { usage: number; selector: number; matchingType: number; data: Uint8Array };
  TXT: string[];
}

export interface DnsOutcome<T extends RecordType = RecordType> {
  /** The asked name in lower case A-labels without the final dot; a name that cannot be asked, as it was given. */
  readonly name: string;
  readonly type: T;
  readonly status: DnsStatus;
  /** The records of the asked type; empty unless `status` is `ok`. */
  readonly records: readonly RecordData[T][];
  /** The names that CNAMEs led through, in order, without the asked name: the last one holds the records. */
  readonly cnames: readonly string[];
  /** Seconds that the answer may be kept (already clamped). */
  readonly ttl: number;
  /** The resolver says that DNSSEC validated the answer (the AD bit). */
  readonly authenticated: boolean;
  /** What went wrong, in a few plain words, when the record is unknown. */
  readonly reason: string | null;
  /** The RFC 8914 extended error, when the resolver gave one. */
  readonly extendedError: { code: number; text: string } | null;
}

/** The outcome of a question that nobody could answer. */
export function unknownOutcome<T extends RecordType>(
  { name, type }: { name: string; type: T },
  status: "servfail" | "refused" | "timeout" | "invalid",
  reason: string,
  cnames: readonly string[] = [],
): DnsOutcome<T> {
  return {
    name,
    type,
    status,
    records: [],
    cnames,
    ttl: 0,
    authenticated: false,
    reason,
    extendedError: null,
  };
}

/** How one question is asked, where it is not as the resolver does it by itself. */
export interface ResolveOptions {
  /** Aborts only this asker's wait (the outcome is then `timeout`), never another's. */
  signal?: AbortSignal;
  /** The outcome is neither taken from the cache nor kept there: for whoever keeps answers itself. */
  uncached?: boolean;
  /**
   * When the question is given up, in milliseconds from when it is sent, instead of the resolver's own time. A function is
   * called again when that time has come, and may say a later one.
   */
  patience?: number | (() => number);
}

/** Asks the configured resolvers. Never throws for what the network or the name does. */
export interface Resolver {
  /** @param name in A-label or U-label form, with or without the final dot, any case */
  resolve<T extends RecordType>(name: string, type: T, options?: ResolveOptions): Promise<DnsOutcome<T>>;
  close(): void;
}
