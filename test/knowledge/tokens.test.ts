import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTokenMatcher, foldReplyText } from "../../src/knowledge/index.ts";
import { tokenProblem } from "../../src/knowledge/tokens.ts";

function matches(token: string, text: string): boolean {
  return createTokenMatcher([{ token, value: token }])(foldReplyText(text)).length > 0;
}

describe("a token stands in a text", () => {
  test.each([
    ["user unknown", "550 5.1.1 User   Unknown"],
    ["sender is unauthenticated", "550-5.7.26 the sender is\n550-5.7.26 unauthenticated."],
    ["account does not exist", "said: 550-5.1.1 The account does\n    not exist"],
    ["the (e)?mail account", "The email account that"],
    ["the (e)?mail account", "the mail account that"],
    ["your e?mail", "your mail was"],
    ["(relay|relaying) denied", "Relaying denied"],
    ["host * blocked using", "Client host [192.0.2.1] blocked using zen"],
    ["(S3150)", "block list (S3150)."],
    ["is this full\\?", "Is this full?"],
    ["5\\*", "a 5* hotel"],
    ["can't deliver", "we can’t deliver"],
    ["a", "a"],
    ["état", "ÉTAT"],
    ["one two three", "550-one two 550-three"],
  ])("%j in %j", (token, text) => expect(matches(token, text)).toBe(true));

  test.each([
    ["user unknown", "user is unknown"],
    ["host * blocked", `host ${"x".repeat(81)} blocked`],
    ["host * blocked", "host a\nand blocked"],
    ["(relay|relaying) denied", "relayed denied"],
    ["(S3150)", "S3150"],
    ["blocked * host", "host is blocked"],
    ["is this full\\?", "is this full"],
  ])("not %j in %j", (token, text) => expect(matches(token, text)).toBe(false));

  test("wherever it stands, between whatever other text", () => {
    const token = "mailbox * is full";
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(matches(token, `${before}mailbox anna is full${after}`)).toBe(true);
      }),
    );
  });

  test("though a first place leads nowhere and only a later one goes on", () => {
    expect(
      matches("quota * exceeded * limit", `quota ${"x".repeat(90)} quota is exceeded by the limit`),
    ).toBe(true);
  });
});

test("all tokens of a text are found, with what they stand for", () => {
  const match = createTokenMatcher([
    { token: "user unknown", value: 1 },
    { token: "unknown", value: 2 },
    { token: "mailbox full", value: 3 },
  ]);
  expect(match(foldReplyText("User unknown")).map(({ value }) => value)).toEqual([1, 2]);
});

test("a token weighs as much as the text that it lays down", () => {
  const [hit] = createTokenMatcher([{ token: "the (e)?mail * (is|was) late", value: 0 }])(
    "the email of anna was late",
  );
  expect(hit?.weight).toBe("the mail ".length + " is late".length);
});

describe("a token is refused that", () => {
  test.each([
    ["**", "holds no literal text"],
    [" ", "holds no literal text"],
    ["a*", "is too short"],
    [`(a|b)${"(c|d)".repeat(8)}xx`, "more than 8 choices"],
  ])("%j", (token, reason) => expect(tokenProblem(token)).toContain(reason));

  test("none of a usual form is", () => {
    expect(["user unknown", "(S3150)", "e?mail * blocked", "[TSS04]"].map(tokenProblem)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
