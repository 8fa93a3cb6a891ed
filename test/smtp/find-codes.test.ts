import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findCodes } from "../../src/smtp/index.ts";

const codesOf = (text: string) => findCodes(text).map(({ code }) => code);

describe("codes in a text", () => {
  test.each([
    ["what does 550 5.7.1 mean?", ["550", "5.7.1"]],
    ["550-5.7.1", ["550", "5.7.1"]],
    ["550 #5.1.0 Address rejected", ["550", "5.1.0"]],
    ["(#5.7.1)", ["5.7.1"]],
    ["smtp;550 5.1.1 unknown", ["550", "5.1.1"]],
    ["X.7.23", ["X.7.23"]],
    ["x.7.23", ["X.7.23"]],
    ["status=5.2.2,", ["5.2.2"]],
    ["5.7.606-649", ["5.7.606"]],
    ["Fehler 552: Postfach voll", ["552"]],
    ["421-4.7.0 try later", ["421", "4.7.0"]],
    ["code=550.", ["550"]],
    ["550: no such user", ["550"]],
    ["510/511", ["510", "511"]],
  ])("%j", (text, codes) => expect(codesOf(text)).toEqual(codes));

  test.each([
    "an address: 5.1.1.1, 192.168.250.1, 127.0.0.2",
    "dates and times: 2024-05-550, 10:45:221, 12-550-12",
    "amounts: 550 euros, €550, 421 dollars, 435,345 and 550.00",
    "measures: 552 bytes, 250 MB, 450 ms, 221 km, 500%",
    "counts: 250 users, 550 messages, 421 recipients, 500 Nachrichten",
    "ports 25, 465 or 587",
    "versions: exim 4.9.6, version 5.7.1, v4.2.2, php 5.4.45",
    "sections: RFC 5321 4.2.3, section 4.2.1, § 4.5.3",
    "telephone +49 421 5550, room 221, ticket #550",
    "words: E550, 550X, https://example.org/550/",
    "not a code: 999, 5500, 55, 1.2.3, 6.1.1",
  ])("none in %j", (text) => expect(codesOf(text)).toEqual([]));

  test("are told with their place", () => {
    const text = "host said: 550-5.1.1 no";
    expect(findCodes(text).map(({ start, end }) => text.slice(start, end))).toEqual(["550", "5.1.1"]);
  });

  test("are as many as asked for at most", () => {
    expect(findCodes("550 ".repeat(50), { limit: 3 })).toHaveLength(3);
  });

  test("stand where they are said to stand, in any text", () => {
    const pieces = fc.constantFrom("550", "5.1.1", "-", " ", ".", "4.7", "#", "\n", "x", "€", "ports ", ":");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const text = parts.join("");
        for (const { code, start, end } of findCodes(text)) {
          expect(text.slice(start, end).replace("#", "").toUpperCase()).toBe(code);
        }
      }),
    );
  });
});
