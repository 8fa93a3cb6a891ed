import { expect, test } from "vitest";
import { blocklistFollowUps } from "../../../src/bot/commands/blocklist-follow-ups.ts";
import { ownZones } from "../../support/blocklist-zones.ts";

const { zones } = await ownZones();
const REPLY = "554 5.7.1 Client host [8.8.4.200] blocked using zen.spamhaus.org";

test("a reply that names a list leads to that list's check and removal page", () => {
  expect(blocklistFollowUps(REPLY, zones)).toEqual([
    { label: "Check 8.8.4.200 on Spamhaus ZEN", command: "checkip", text: "8.8.4.200 zen.spamhaus.org" },
    { label: "Removal from Spamhaus ZEN", href: "https://check.spamhaus.org/" },
  ]);
});

test("the address may be known from elsewhere, or not at all", () => {
  const reply = "550 rejected, listed in bl.spamcop.net";
  expect(blocklistFollowUps(reply, zones, "8.8.4.201")[0]).toMatchObject({
    text: "8.8.4.201 bl.spamcop.net",
  });
  expect(blocklistFollowUps(reply, zones)[0]).toEqual({
    label: "What is SpamCop SCBL?",
    command: "checkip",
    text: "bl.spamcop.net",
  });
});

test("a list that has ended is explained and has no removal page", () => {
  expect(blocklistFollowUps("550 8.8.4.200 found in dnsbl.sorbs.net", zones)).toEqual([
    { label: "What is SORBS?", command: "checkip", text: "dnsbl.sorbs.net" },
  ]);
});

test("a reply that names none leads nowhere", () => {
  expect(blocklistFollowUps("550 5.1.1 user unknown", zones)).toEqual([]);
});
