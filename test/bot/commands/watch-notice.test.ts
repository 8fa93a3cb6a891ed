/** What a notice says of changes, whatever they are. */
import { describe, expect, test } from "vitest";
import { type Answer, plainText } from "../../../src/bot/answer.ts";
import { noticeAnswer } from "../../../src/bot/commands/watch-notice.ts";
import type { Finding } from "../../../src/domain/index.ts";
import type { WatchChange } from "../../../src/watch/index.ts";
import { ownZones } from "../../support/blocklist-zones.ts";
import { textOf } from "../../support/requests.ts";

const { zones } = await ownZones();
const DOMAIN = { kind: "domain", name: "partner.example" } as const;
const ADDRESS = { kind: "address", name: "192.0.2.1" } as const;

function zone(name: string) {
  const found = zones.find((one) => one.zone === name);
  if (!found) throw new Error(`no zone ${name}`);
  return found;
}

function finding(id: string, severity: Finding["severity"], fix: Finding["fix"] = null): Finding {
  return { id, severity, evidence: `evidence of ${id}`, reference: "RFC 1", why: `Why ${id} matters.`, fix };
}

const found = (id: string, severity: Finding["severity"] = "problem", after = true): WatchChange => ({
  kind: "finding",
  finding: finding(id, severity),
  after,
  alarms: true,
});

function listing(
  subject: string,
  after: "listed" | "no" | "policy",
  name = "zen.spamhaus.org",
  answer = "127.0.0.4",
): WatchChange {
  const list = zone(name);
  const codes = list.codes.filter(({ match }) => match === answer);
  const before = after === "no" ? "listed" : "no";
  return {
    kind: "listing",
    subject,
    zone: list,
    before,
    after,
    codes,
    answers: [answer],
    alarms: list.weight !== "low",
  };
}

const mx: WatchChange = { kind: "mx", before: "mx1.a.example", after: "mx2.b.example", alarms: true };
const dmarc: WatchChange = {
  kind: "dmarc",
  before: "v=DMARC1; p=reject",
  after: "v=DMARC1; p=none",
  alarms: true,
};
const trust: WatchChange = { kind: "trust", before: "enforced", after: "monitored", alarms: true };
const key = (selector: string): WatchChange => ({ kind: "dkim", selector, after: false, alarms: true });

const saidOf = ({ title, status }: Answer) => `${status} ${title}`;
const notice = (target: typeof DOMAIN | typeof ADDRESS, changes: WatchChange[]) =>
  noticeAnswer(target, changes, Date.UTC(2026, 10, 3, 9, 10));

describe("the title says what changed, and its colour how grave that is", () => {
  test.each<[string, typeof DOMAIN | typeof ADDRESS, WatchChange[]]>([
    ["warning partner.example: its mail servers changed", DOMAIN, [mx]],
    [
      "problem partner.example: forged mail in its name is no longer refused and its DMARC record changed",
      DOMAIN,
      [found("dmarc.policy-none", "warning"), dmarc, trust],
    ],
    [
      "ok partner.example: forged mail in its name is refused now",
      DOMAIN,
      [{ kind: "trust", before: "monitored", after: "enforced", alarms: true }],
    ],
    [
      "info partner.example: its SPF record changed",
      DOMAIN,
      [{ kind: "spf", before: "v=spf1 -all", after: "v=spf1 mx -all", alarms: true }],
    ],
    [
      "problem partner.example: its SPF record is gone",
      DOMAIN,
      [{ kind: "spf", before: "v=spf1 -all", after: null, alarms: true }, found("spf.missing")],
    ],
    [
      "info partner.example: its MTA-STS mode changed from enforce to testing",
      DOMAIN,
      [{ kind: "mta-sts", before: "enforce", after: "testing", alarms: true }],
    ],
    ["warning partner.example: its DKIM key s1 is gone", DOMAIN, [key("s1")]],
    ["problem partner.example no longer exists", DOMAIN, [{ kind: "exists", after: false, alarms: true }]],
    ["ok partner.example exists again", DOMAIN, [{ kind: "exists", after: true, alarms: true }]],
    [
      "problem partner.example can no longer receive mail",
      DOMAIN,
      [{ kind: "receives", after: "no", alarms: true }, found("domain.no-mail", "warning")],
    ],
    ["problem partner.example: a new problem with SPF", DOMAIN, [found("spf.include-missing")]],
    [
      "warning partner.example: a new weakness with its mail servers",
      DOMAIN,
      [found("mx.is-cname", "warning")],
    ],
    [
      "ok partner.example: a problem with SPF is mended",
      DOMAIN,
      [found("spf.include-missing", "problem", false)],
    ],
    ["problem 192.0.2.1 is now on Spamhaus XBL", ADDRESS, [listing(ADDRESS.name, "listed")]],
    ["ok 192.0.2.1 is no longer on Spamhaus XBL", ADDRESS, [listing(ADDRESS.name, "no")]],
    [
      "problem 192.0.2.1 is now on Spamhaus XBL and SpamCop SCBL",
      ADDRESS,
      [listing(ADDRESS.name, "listed"), listing(ADDRESS.name, "listed", "bl.spamcop.net", "127.0.0.2")],
    ],
    [
      "problem partner.example: its mail server 192.0.2.1 is now on Spamhaus XBL",
      DOMAIN,
      [listing("192.0.2.1", "listed")],
    ],
    [
      "problem partner.example: its mail servers changed, forged mail in its name is no longer refused and 2 more changes",
      DOMAIN,
      [key("s1"), dmarc, trust, mx],
    ],
  ])("%s", (said, target, changes) => {
    expect(saidOf(notice(target, changes))).toBe(said);
  });
});

describe("who should act is told", () => {
  test.each<[string, WatchChange[], RegExp]>([
    [
      "a domain that is gone",
      [{ kind: "exists", after: false, alarms: true }],
      /Whoever owns partner\.example must/,
    ],
    [
      "a policy that is weaker",
      [trust, dmarc],
      /call back before payments.*Whoever runs mail for partner\.example/,
    ],
    [
      "a finding",
      [found("spf.syntax")],
      /Why spf\.syntax matters\. Whoever runs mail for partner\.example should act/,
    ],
    [
      "a record that came with a finding",
      [{ kind: "spf", before: "a", after: "b", alarms: true }, found("spf.syntax")],
      /Why spf\.syntax matters\./,
    ],
    ["a listing", [listing("partner.example", "listed")], /Whoever runs the listed machine or name must/],
    ["good news", [listing("partner.example", "no")], /Nobody has to act/],
    [
      "a null MX",
      [
        { kind: "receives", after: "no", alarms: true },
        { ...mx, after: "null MX" },
      ],
      /says itself that it takes no mail/,
    ],
  ])("of %s", (_name, changes, said) => {
    expect(plainText(notice(DOMAIN, changes).summary)).toMatch(said);
  });
});

test("the fix of a finding is offered, and its reason is not repeated", () => {
  const record = {
    name: "partner.example",
    type: "TXT",
    before: "v=spf1 +all",
    after: "v=spf1 ~all",
  } as const;
  const change: WatchChange = {
    kind: "finding",
    finding: finding("spf.all-pass", "problem", { text: "Change the end.", record }),
    after: true,
    alarms: true,
  };
  const answer = notice(DOMAIN, [mx, change]);
  expect(textOf(answer).match(/Why spf\.all-pass matters/g)).toHaveLength(1);
  expect(textOf(answer)).toMatch(/If this is your domain.*Change the end\..*v=spf1 ~all/s);
});

test("a listing comes with what it means, how to get off, and the page for that", () => {
  const answer = notice(ADDRESS, [listing(ADDRESS.name, "listed")]);
  expect(textOf(answer)).toMatch(/not listed → listed.*Getting off/s);
  expect(answer.followUps.some((step) => "href" in step && step.href.startsWith("https:"))).toBe(true);
  expect(notice(ADDRESS, [listing(ADDRESS.name, "no")]).followUps.some((step) => "href" in step)).toBe(false);
});

test("when it was seen is told, and that two checks saw it", () => {
  expect(textOf(notice(DOMAIN, [mx]))).toContain(
    "Two checks in a row saw this, the last one on 3 November 2026, 09:10 UTC.",
  );
});

test("a record of any length and any characters is shown shortened and harmless", () => {
  const record = `v=spf1 \u202e\u0000${"\ud83d\ude00".repeat(9_000)} -all`;
  const answer = notice(DOMAIN, [{ kind: "spf", before: record, after: "a\nb", alarms: true }]);
  expect(JSON.stringify(answer).length).toBeLessThan(6_000);
  expect(textOf(answer).isWellFormed()).toBe(true);
  for (const hidden of ["\u202e", "\u0000"]) expect(textOf(answer)).not.toContain(hidden);
});
