import { expect, test } from "vitest";
import { blocklistMentions } from "../../src/blocklist/mentions.ts";
import { ownZones } from "../support/blocklist-zones.ts";

const { zones } = await ownZones();

test.each<[text: string, named: string[], address: string | null]>([
  [
    "554 5.7.1 Service unavailable; Client host [8.8.4.200] blocked using zen.spamhaus.org",
    ["zen.spamhaus.org"],
    "8.8.4.200",
  ],
  ["550 https://www.spamhaus.org/query/ip/8.8.4.200", ["zen.spamhaus.org"], "8.8.4.200"],
  ["see https://check.spamhaus.org/results/?query=8.8.4.200.", ["zen.spamhaus.org"], "8.8.4.200"],
  ["550 5.7.1 [2a00:1450::77] is listed, 200.4.8.8.xbl.spamhaus.org", ["xbl.spamhaus.org"], "2a00:1450::77"],
  ["Blocked - see https://www.spamcop.net/bl.shtml?8.8.4.200", ["bl.spamcop.net"], "8.8.4.200"],
  [
    "http://www.barracudanetworks.com/reputation/?pr=1&ip=10.0.0.1 b.barracudacentral.org",
    ["b.barracudacentral.org"],
    null,
  ],
  ["rejected by dnsbl.sorbs.net and bl.spamcop.net", ["dnsbl.sorbs.net", "bl.spamcop.net"], null],
  ["550 5.1.1 <anna@example.org>: user unknown at mx.example.org[8.8.4.200]", [], null],
])("%s names %j", (text, named, address) => {
  const mentions = blocklistMentions(text, zones);
  expect(mentions.map(({ zone }) => zone.zone)).toEqual(named);
  for (const mention of mentions) expect(mention.address).toBe(address);
});

test.each(["a.", "1.", ":", "a:", "-", "1234.", "zen.spamhaus.org "])(
  "hostile text is read at all: %j again and again",
  (part) => {
    expect(blocklistMentions(part.repeat(200_000), zones).length).toBeLessThan(2);
  },
);
