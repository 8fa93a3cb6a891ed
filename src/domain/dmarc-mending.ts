/** One record with everything mended that can be mended without asking anybody. */
import { type DmarcRecord, parseDmarcRecord } from "./dmarc-record.ts";
import { isWeaker } from "./dmarc-walk.ts";

/** Each round mends one fault; real records have one or two. */
const MAX_ROUNDS = 12;
const MAX_LENGTH = 2_000;

/**
 * The record without any fault that has one clear remedy, the same whichever fault is looked at; the record itself where there is
 * none. Null where what is meant cannot be known (a policy that is no word of DMARC, a tag with two values): a person must decide
 * that first. Never asks for less than before.
 */
export function mendDmarcRecord(record: DmarcRecord): DmarcRecord | null {
  if (record.text.length > MAX_LENGTH) return null;
  let mended = record;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { text } = mended;
    const repaired = mended.faults.find(
      (fault) => fault.repaired !== null && fault.repaired !== text,
    )?.repaired;
    if (repaired === undefined || repaired === null) break;
    mended = parseDmarcRecord(repaired);
  }
  const undecided = mended.faults.some(({ kind, fatal }) => fatal || kind === "policy");
  return undecided || asksForLess(mended, record) ? null : mended;
}

function asksForLess({ policy: after }: DmarcRecord, { policy: before }: DmarcRecord): boolean {
  if (!before) return false;
  if (!after) return true;
  const subdomains = isWeaker(after.sp ?? after.p, before.sp ?? before.p);
  return isWeaker(after.p, before.p) || subdomains;
}
