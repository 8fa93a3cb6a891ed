import ipaddr from "ipaddr.js";
import type { RecordData, RecordType } from "./outcome.ts";
import type { WireReader } from "./wire-reader.ts";

/** The numbers of the record types that can be asked (IANA "DNS Parameters", resource record types). */
export const TYPE_CODES: Readonly<Record<RecordType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  DS: 43,
  DNSKEY: 48,
  TLSA: 52,
  SPF: 99,
  CAA: 257,
};

/**
 * How the RDATA of each type is read. The reader stands at its start and ends at its end; a reading that does not end
 * exactly there is malformed.
 */
const READERS: { readonly [T in RecordType]: (rdata: WireReader) => RecordData[T] } = {
  A: (rdata) => ipaddr.fromByteArray([...rdata.bytes(4)]).toString(),
  AAAA: (rdata) => ipaddr.fromByteArray([...rdata.bytes(16)]).toString(),
  CAA: (rdata) => {
    const critical = (rdata.uint8() & 0x80) !== 0;
    const tag = rdata.characterString().toLowerCase();
    return { critical, tag, value: rdata.rest().toString("latin1") };
  },
  CNAME: (rdata) => rdata.name(),
  DNSKEY: (rdata) => {
    const flags = rdata.uint16();
    rdata.uint8(); // protocol: always 3 (RFC 4034 §2.1.2)
    return { flags, algorithm: rdata.uint8(), key: copy(rdata.rest()) };
  },
  DS: (rdata) => ({
    keyTag: rdata.uint16(),
    algorithm: rdata.uint8(),
    digestType: rdata.uint8(),
    digest: copy(rdata.rest()),
  }),
  MX: (rdata) => ({ preference: rdata.uint16(), exchange: rdata.name() }),
  NS: (rdata) => rdata.name(),
  PTR: (rdata) => rdata.name(),
  SOA: (rdata) => {
    const mname = rdata.name();
    const rname = rdata.name();
    const serial = rdata.uint32();
    rdata.bytes(12); // refresh, retry and expire matter to secondaries only
    return { mname, rname, serial, minimum: rdata.uint32() };
  },
  SPF: characterStrings,
  TLSA: (rdata) => ({
    usage: rdata.uint8(),
    selector: rdata.uint8(),
    matchingType: rdata.uint8(),
    data: copy(rdata.rest()),
  }),
  TXT: characterStrings,
};

/** @throws MalformedMessage when the RDATA is not of the form that its type has */
export function readRecordData<T extends RecordType>(type: T, rdata: WireReader): RecordData[T] {
  const data = READERS[type](rdata);
  rdata.expectEnd();
  return data;
}

function characterStrings(rdata: WireReader): string[] {
  const strings: string[] = [];
  while (!rdata.atEnd()) strings.push(rdata.characterString());
  return strings;
}

/** So that a kept record does not keep its whole message alive. */
function copy(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}
