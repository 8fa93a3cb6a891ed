/** What a watch says when something changed: what, before and after, what it means, who should act. */
import type { ZoneFinding } from "../../blocklist/index.ts";
import type { Finding } from "../../domain/index.ts";
import type { WatchTarget } from "../../store/index.ts";
import type { WatchChange } from "../../watch/index.ts";
import {
  type Answer,
  type CheckRow,
  code,
  type FollowUp,
  type Inline,
  type Section,
  say,
} from "../answer.ts";
import { cleanAnswer } from "../clean.ts";
import { standardOf, thingsToDo } from "./checkdomain-answer.ts";
import { listings } from "./checkip-listings.ts";
import { checkNow, timeInWords } from "./watch-answer.ts";
import { meaningOf, statusOf, titleOf } from "./watch-headline.ts";

/**
 * The notice about a change that was confirmed.
 *
 * @param at when the second check saw it, in milliseconds since 1970
 */
export function noticeAnswer(target: WatchTarget, changes: readonly WatchChange[], at: number): Answer {
  return cleanAnswer({
    title: titleOf(target, changes),
    status: statusOf(changes),
    summary: meaningOf(target, changes),
    sections: [
      ...beforeAndAfter(changes),
      ...whatItMeans(changes),
      ...listings(newListings(changes)),
      // Why it matters stands above already.
      ...thingsToDo({ findings: appeared(changes).map((finding) => ({ ...finding, why: "" })) }),
      {
        kind: "text",
        text: say`Two checks in a row saw this, the last one on ${timeInWords(at)}.`,
      },
    ],
    followUps: [
      checkNow(target),
      ...removalPages(changes),
      { label: "Stop watching", command: "watch", text: `stop ${target.name}` },
    ],
    sources: [],
  });
}

type Of<Kind extends WatchChange["kind"]> = Extract<WatchChange, { kind: Kind }>;

function only<Kind extends WatchChange["kind"]>(changes: readonly WatchChange[], kind: Kind): Of<Kind>[] {
  return changes.filter((change): change is Of<Kind> => change.kind === kind);
}

function appeared(changes: readonly WatchChange[]): Finding[] {
  return only(changes, "finding").flatMap(({ finding, after }) => (after ? [finding] : []));
}

const RECORDS = { mx: "Mail servers", spf: "SPF record", dmarc: "DMARC record" } as const;

/** What fits on a line stands side by side, longer records below each other. */
function beforeAndAfter(changes: readonly WatchChange[]): Section[] {
  const records = changes.filter(
    (change): change is Of<"mx" | "spf" | "dmarc"> =>
      change.kind === "mx" || change.kind === "spf" || change.kind === "dmarc",
  );
  const isShort = ({ before, after }: Of<"mx" | "spf" | "dmarc">) =>
    (before ?? "").length + (after ?? "").length <= MAX_LINE && !/\n/.test(`${before}${after}`);
  const rows = [
    ...records.filter(isShort).map(({ kind, before, after }) => ({
      label: RECORDS[kind],
      value: arrow(before, after),
    })),
    ...only(changes, "mta-sts").map(({ before, after }) => ({
      label: "MTA-STS mode",
      value: arrow(before, after),
    })),
    ...keyRows(only(changes, "dkim")),
    ...listRows(only(changes, "listing")),
  ];
  const long = records.filter((record) => !isShort(record)).flatMap(longRecord);
  return [...(rows.length > 0 ? [{ kind: "facts", rows } as const] : []), ...long];
}

const MAX_LINE = 160;
/** The most of a record that is shown; a hostile one has tens of thousands of characters. */
const MAX_RECORD = 1_200;

function arrow(before: string | null, after: string | null): Inline[] {
  const told = (value: string | null) => (value === null ? say`none` : [code(value)]);
  return [...told(before), ...say` → `, ...told(after)];
}

function longRecord({ kind, before, after }: Of<"mx" | "spf" | "dmarc">): Section[] {
  const shown = (caption: string, value: string | null): Section =>
    value === null
      ? { kind: "text", text: say`${caption}: none` }
      : { kind: "code", caption: `${caption}:`, text: cut(value) };
  return [shown(`${RECORDS[kind]} before`, before), shown(`${RECORDS[kind]} now`, after)];
}

function cut(text: string): string {
  return text.length > MAX_RECORD ? `${text.slice(0, MAX_RECORD - 1).toWellFormed()}…` : text;
}

function keyRows(keys: readonly Of<"dkim">[]): { label: string; value: Inline[] }[] {
  const named = (there: boolean) =>
    keys.filter(({ after }) => after === there).map(({ selector }) => selector);
  const [gone, fresh] = [named(false), named(true)];
  return [
    ...(gone.length > 0 ? [{ label: "DKIM keys gone", value: [code(gone.join(", "))] }] : []),
    ...(fresh.length > 0 ? [{ label: "New DKIM keys", value: [code(fresh.join(", "))] }] : []),
  ];
}

const VERDICTS = { listed: "listed", policy: "in a range that many refuse", no: "not listed" } as const;

function listRows(changes: readonly Of<"listing">[]): { label: string; value: Inline[] }[] {
  return changes.map(({ zone, subject, before, after }) => ({
    label: zone.name,
    value: say`${code(subject)}: ${VERDICTS[before]} → ${VERDICTS[after]}`,
  }));
}

/** The findings' own words for it, the gravest first. */
function whatItMeans(changes: readonly WatchChange[]): Section[] {
  const rows = only(changes, "finding")
    .toSorted((one, other) => Number(other.after) - Number(one.after))
    .map(findingRow);
  if (rows.length === 0) return [];
  return [
    { kind: "heading", text: "What it means" },
    { kind: "checks", rows },
  ];
}

function findingRow({ finding, after }: Of<"finding">): CheckRow {
  const label = standardOf(finding);
  return after
    ? {
        status: finding.severity === "problem" ? "problem" : "warning",
        label,
        detail: say`${finding.why} ${code(cut(finding.evidence))}`,
      }
    : { status: "ok", label: `${label} mended`, detail: say`This is over: “${finding.why}”` };
}

function newListings(changes: readonly WatchChange[]): ZoneFinding[] {
  return only(changes, "listing")
    .filter(({ after }) => after === "listed")
    .map(({ zone, subject, answers, codes }) => {
      return { zone, subject, answers, codes, verdict: "listed", reason: null, text: null } as const;
    });
}

function removalPages(changes: readonly WatchChange[]): FollowUp[] {
  const pages = newListings(changes).flatMap(({ zone: { name, removal } }) =>
    removal?.page?.startsWith("https:") ? [{ label: `Removal from ${name}`, href: removal.page }] : [],
  );
  return pages.slice(0, 2);
}
