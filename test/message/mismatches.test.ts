import { describe, expect, test } from "vitest";
import { readHeaderSection } from "../../src/message/header-fields.ts";
import { findMismatches } from "../../src/message/mismatches.ts";
import { peopleOf } from "../../src/message/people.ts";

function mismatches(lines: readonly string[], envelopeDomain: string | null = "sender.example") {
  const source = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "utf8").toString("latin1");
  const { fields } = readHeaderSection(source, false);
  return findMismatches({ fields, people: peopleOf(fields), envelopeDomain });
}

const usual = [
  "From: Anna <anna@sender.example>",
  "To: bob@receiver.example",
  "Message-ID: <1@mail.sender.example>",
];

describe("what does not fit together", () => {
  test("is nothing in a usual message", () => {
    expect(mismatches(usual)).toEqual([]);
  });

  test.each([
    ["Reply-To in another domain", ["Reply-To: x@esp.example"], "reply-to.other-domain", "warning"],
    ["Sender in another domain", ["Sender: list@list.example"], "sender.other-domain", "advice"],
    ["two Subjects", ["Subject: a", "Subject: b"], "header.repeated", "warning"],
    [
      "a Subject that turns the reading direction",
      ["Subject: invoice\u202efdp.exe"],
      "subject.hidden-characters",
      "warning",
    ],
    [
      "a Subject with a zero-width blank, encoded",
      ["Subject: =?utf-8?Q?pay=E2=80=8Bpal?="],
      "subject.hidden-characters",
      "warning",
    ],
    ["a second From", ["From: eve@esp.example"], "from.several", "warning"],
  ])("%s is pointed out", (_what, more, id, severity) => {
    expect(mismatches([...usual, ...more])).toMatchObject([{ id, severity }]);
  });

  test.each([
    ["Return-Path in another domain", usual, "esp.example", "return-path.other-domain"],
    [
      "Message-ID in another domain",
      [...usual.slice(0, 2), "Message-ID: <1@esp.example>"],
      "sender.example",
      "message-id.other-domain",
    ],
    ["no Message-ID", usual.slice(0, 2), "sender.example", "message-id.other-domain"],
  ])("%s is mentioned as usual", (_what, lines, envelope, id) => {
    expect(mismatches(lines, envelope)).toMatchObject([{ id, severity: "advice" }]);
  });

  test.each([
    ["a subdomain", ["Reply-To: x@news.sender.example"]],
    ["the same domain in capitals", ["Reply-To: x@SENDER.example"]],
  ])("Reply-To in %s is nothing", (_what, more) => {
    expect(mismatches([...usual, ...more])).toEqual([]);
  });

  test.each([
    ['From: "ceo@receiver.example" <x@sender.example>', ["from.name-shows-other-address"]],
    ['From: "Anna anna@sender.example" <x@sender.example>', []],
    ["From: =?utf-8?B?Y2VvQHJlY2VpdmVyLmV4YW1wbGU=?= <x@sender.example>", ["from.name-shows-other-address"]],
  ])("a name that is another address: %s", (from, ids) => {
    expect(mismatches([from, ...usual.slice(1)]).map(({ id }) => id)).toEqual(ids);
  });
});

describe("a From domain that looks like another one", () => {
  test.each([
    ["modern-parts.example", "rnodern-parts.example"],
    ["bill0.example", "billo.example"],
    ["paypal-shop.example", "paypa1-shop.example"],
    ["contractor.example", "contratcor.example"],
    ["contractor.example", "contractors.example"],
  ])("%s and %s", (ours, theirs) => {
    const found = mismatches([`From: a@${theirs}`, `To: b@${ours}`, `Message-ID: <1@${theirs}>`], theirs);
    expect(found).toMatchObject([{ id: "from.look-alike", evidence: `${theirs} and ${ours}` }]);
    expect(found[0]?.why).toContain("It can be chance");
  });

  test.each([
    ["sender.example", "sender.example"],
    ["sender.example", "mail.sender.example"],
    ["abc.example", "xyz.example"],
    ["one-shop.example", "two-mall.example"],
  ])("is not told of %s and %s", (ours, theirs) => {
    expect(mismatches([`From: a@${theirs}`, `To: b@${ours}`, `Message-ID: <1@${theirs}>`], theirs)).toEqual(
      [],
    );
  });

  test.each(["xn--pypal-4ve.example", "p\u0430ypal.example"])("letters of another script: %s", (domain) => {
    const found = mismatches(
      [`From: a@${domain}`, "To: b@receiver.example", `Message-ID: <1@${domain}>`],
      domain,
    );
    expect(found[0]).toMatchObject({ id: "from.look-alike", severity: "warning" });
  });
});
