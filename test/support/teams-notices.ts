import type { Answer } from "../../src/bot/answer.ts";
import { addedAnswer, listAnswer, weeklyAnswer } from "../../src/bot/commands/watch-answer.ts";
import { noticeAnswer } from "../../src/bot/commands/watch-notice.ts";
import { weeklyLine } from "../../src/bot/commands/watch-weekly-line.ts";
import { createServices } from "../../src/services.ts";
import type { TargetState, Watch } from "../../src/store/index.ts";
import type { WatchChange } from "../../src/watch/index.ts";
import { HOSTILE } from "./sample-answers.ts";

const domain = { kind: "domain", name: "partner.example" } as const;
const address = { kind: "address", name: "192.0.2.1" } as const;
const AT = Date.UTC(2026, 10, 3, 9, 10);

const finding = (evidence: string) => ({
  id: "spf.permits-all",
  severity: "problem" as const,
  evidence,
  reference: "RFC 7208 §5.1",
  why: "Anybody may send in the name of this domain.",
  fix: {
    text: "End the policy in -all.",
    record: { name: domain.name, type: "TXT" as const, before: "v=spf1 +all", after: "v=spf1 mx -all" },
  },
});

const state = (target: TargetState["target"], unknownSince: number | null): TargetState => ({
  ...{ target, known: null, suspected: null, checkedAt: AT, unknownSince, nextCheckAt: AT },
});

const watch = (target: Watch["target"]): Watch => ({
  ...{ platform: "teams", tenant: "t", conversation: "c", id: target.name, target },
  ...{ every: "daily", createdBy: "0000-anna", createdAt: 0 },
});

/** What watching says in a conversation: what is asked for, what changed, and the weekly line. */
export async function watchAnswers(): Promise<Record<string, Answer>> {
  const { zones } = await createServices({ dns: undefined, knowledge: undefined }).blocklists();
  const listing = zones.slice(0, 2).map(
    (zone): WatchChange => ({
      ...{ kind: "listing", alarms: true, subject: address.name, zone, before: "no", after: "listed" },
      ...{ codes: [], answers: ["127.0.0.2"] },
    }),
  );
  const changed: WatchChange[] = [
    { kind: "spf", alarms: true, before: "v=spf1 mx -all", after: "v=spf1 +all" },
    { kind: "mx", alarms: true, before: "10 mx1.partner.example", after: null },
    { kind: "dkim", alarms: true, selector: "s1", after: false },
    { kind: "finding", alarms: true, finding: finding("v=spf1 +all"), after: true },
  ];
  const hostile = HOSTILE.flatMap((text): WatchChange[] => [
    { kind: "dmarc", alarms: true, before: text, after: text.repeat(2_000) },
    { kind: "finding", alarms: true, finding: finding(text), after: true },
  ]);
  const watched = [
    { watch: watch(domain), state: state(domain, null), isLost: false },
    { watch: watch(address), state: state(address, AT - 9 * 24 * 60 * 60_000), isLost: true },
  ];
  return {
    "notice-records": noticeAnswer(domain, changed, AT),
    "notice-listing": noticeAnswer(address, listing, AT),
    "notice-gone": noticeAnswer(domain, [{ kind: "exists", alarms: true, after: false }], AT),
    "notice-hostile": noticeAnswer(domain, hostile, AT),
    "watch-added": addedAnswer(domain, { kind: "added", every: "daily", state: null }),
    "watch-unreachable": addedAnswer(domain, { kind: "unreachable", how: "Ask me in the channel itself." }),
    "watch-list": listAnswer(watched, true),
    "watch-weekly": weeklyAnswer(true),
    "weekly-line": weeklyLine(watched, AT),
  };
}
