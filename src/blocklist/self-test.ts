/** The self-test of a list by its test points (RFC 5782 §5): only what passes it is believed. */
import { randomBytes, randomInt } from "node:crypto";
import { type DnsOutcome, presence } from "../dns/index.ts";
import { judge, type UncheckedReason } from "./verdict.ts";
import type { SubjectKind, Zone } from "./zones.ts";

/** What asking the test points showed. */
export interface SelfTest {
  /**
   * Why a listing cannot be believed, or null: the negative test point is listed, or what became of it is not known.
   */
  readonly againstListings: UncheckedReason | null;
  /** Why "not listed" cannot be believed, or null: the positive test point is not listed, or what became of it is not known. */
  readonly againstClean: UncheckedReason | null;
}

/** The points to ask. `listed` is null where the list has none. */
export interface TestPoints {
  readonly listed: string | null;
  readonly unlisted: string;
}

/**
 * The test points for questions of a kind. Where the list has no negative one, it is a random name that no list can have: an
 * address of 240/4, or a random label.
 */
export function testPoints({ test, lists }: Zone, kind: SubjectKind): TestPoints {
  const listed = (kind === "ip6" ? test.listed6 : undefined) ?? test.listed ?? test.listed6 ?? null;
  const unlisted = (kind === "ip6" ? test.unlisted6 : undefined) ?? test.unlisted ?? test.unlisted6;
  return { listed, unlisted: unlisted ?? randomPoint(lists) };
}

function randomPoint(lists: Zone["lists"]): string {
  if (lists.includes("ip4")) {
    return `${randomInt(240, 255)}.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
  }
  const random = randomBytes(8).toString("hex");
  return lists.includes("domain") ? `postie-${random}` : `100::${random.slice(0, 4)}`;
}

/**
 * What the test points' outcomes mean.
 * @param positive the outcome of the positive point, null where the list has none
 */
export function readSelfTest(
  zone: Zone,
  positive: DnsOutcome<"A"> | null,
  negative: DnsOutcome<"A">,
): SelfTest {
  const absent = readPoint(zone, negative);
  const present = positive && readPoint(zone, positive);
  const againstListings = absent === "absent" ? null : absent === "present" ? "lists-all" : absent;
  const broken =
    againstListings === "lists-all" || againstListings === "blocked" || againstListings === "not-127";
  const againstClean =
    present === "present" ? null : present === "absent" ? "empty" : (present ?? againstListings);
  return { againstListings, againstClean: broken ? againstListings : againstClean };
}

function readPoint(zone: Zone, outcome: DnsOutcome<"A">): "present" | "absent" | UncheckedReason {
  if (presence(outcome.status) !== "present") return reasonOf(outcome) ?? "absent";
  const judged = judge(zone, outcome.records);
  if (judged.verdict !== "unchecked" || judged.reason === "unknown-code") return "present";
  return judged.reason;
}

/** Why an outcome says nothing, or null when it says something. */
export function reasonOf({ status }: DnsOutcome): UncheckedReason | null {
  switch (status) {
    case "timeout":
      return "silent";
    case "refused":
      return "refused";
    case "servfail":
    case "invalid":
      return "servfail";
    default:
      return null;
  }
}
