import { describe, expect, test } from "vitest";
import { findReplies } from "../../src/smtp/index.ts";

const repliesOf = (text: string) =>
  findReplies(text).map(({ replyCode, enhancedStatusCode, text: words }) => [
    replyCode,
    enhancedStatusCode,
    words,
  ]);

describe("replies in a text", () => {
  test.each<[string, string, (string | null)[][]]>([
    ["one line", "550 5.1.1 User unknown", [["550", "5.1.1", "User unknown"]]],
    ["no enhanced code", "452 Requested action not taken", [["452", null, "Requested action not taken"]]],
    ["a code alone", "550", [["550", null, ""]]],
    [
      "a multi-line reply",
      "550-5.7.26 This mail is\n550-5.7.26 unauthenticated.\n550 5.7.26 See below",
      [["550", "5.7.26", "This mail is unauthenticated. See below"]],
    ],
    [
      "a multi-line reply without enhanced codes",
      "554-one\r\n554-two\r\n554 three\r\n250 ok",
      [
        ["554", null, "one two three"],
        ["250", null, "ok"],
      ],
    ],
    [
      "a reply that a bounce quotes and folds",
      "host mx.example.org said: 550-5.1.1 The account that you\n    tried to reach does not exist.\n    550 5.1.1 Try again (in reply to RCPT TO)",
      [
        [
          "550",
          "5.1.1",
          "The account that you tried to reach does not exist. Try again (in reply to RCPT TO)",
        ],
      ],
    ],
    [
      "a multi-line reply quoted in one line",
      "said: 550-5.1.1 The account 550-5.1.1 does not exist. 550 5.1.1 Really",
      [["550", "5.1.1", "The account does not exist. Really"]],
    ],
    ["a transcript", ">>> RCPT TO:<a@example.org>\n<<< 550 5.1.1 unknown", [["550", "5.1.1", "unknown"]]],
    ["a diagnostic code", "Diagnostic-Code: smtp; 554 5.7.1 refused", [["554", "5.7.1", "refused"]]],
    ["a Cisco code", "550 #5.1.0 Address rejected", [["550", "5.1.0", "Address rejected"]]],
    ["qmail's words", "Remote host said: 554 delivery error", [["554", null, "delivery error"]]],
    [
      "two servers in one line",
      "451 4.7.1 try later (host b said: 550 5.1.1 no user)",
      [
        ["451", "4.7.1", "try later (host b said:"],
        ["550", "5.1.1", "no user)"],
      ],
    ],
    ["a class that disagrees", "550 4.2.1 odd", [["550", "4.2.1", "odd"]]],
  ])("%s", (_, text, replies) => expect(repliesOf(text)).toEqual(replies));

  test.each([
    "We sent 550 of them and got 421 back from the shop",
    "The room 250 is booked",
    "5.1.1 stands alone",
    "version 554-2 of the form",
  ])("none in %j", (text) => expect(repliesOf(text)).toEqual([]));

  test("are found in a very long line without taking long for each", () => {
    const line = `said: 550 5.1.1 ${"550 4.2.1 ".repeat(20_000)}`;
    expect(findReplies(line).length).toBeGreaterThan(0);
  });
});
