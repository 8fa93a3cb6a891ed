import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentText, messageText, parseMessage } from "../../../adapters/slack/payloads.ts";
import { decodeText, tidyQuestion, withoutMention } from "../../../adapters/slack/text-in.ts";
import { asRichText, asSlackText } from "../../support/slack-text.ts";

/** Text with many of the things that Slack's encoding touches. */
const typed = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "&",
        "<",
        ">",
        "|",
        "&amp;",
        "&lt;",
        "<mailto:a@b.example|a@b.example>",
        "<!channel>",
        "<@U1>",
        "\n",
      ),
      fc.constantFrom(
        "anna@example.org",
        "https://example.org/a?b=1&c=2",
        "mx.example.net",
        "550 5.1.1",
        "`",
        "“x”",
      ),
      fc.emailAddress(),
      fc.webUrl(),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(" "));

describe("Slack's encoding", () => {
  it("is undone exactly for any text", () => {
    fc.assert(
      fc.property(typed, (text) => {
        expect(decodeText(asSlackText(text))).toBe(text);
      }),
    );
  });

  it("is undone exactly for any composed message", () => {
    fc.assert(
      fc.property(typed, (text) => {
        expect(contentText({ text: asSlackText(text), blocks: asRichText(text) as [] })).toBe(text);
      }),
    );
  });

  it.each([
    ["&amp;lt;", "&lt;"],
    ["<@U1|anna> and <@U2>", "@anna and @U2"],
    ["<#C1|help> <#C2|>", "#help #C2"],
    ["<!here> <!channel|channel> <!subteam^S1|@admins>", "@here channel @admins"],
    ["<!date^1392734382^{date}|18 Feb 2014>", "18 Feb 2014"],
    ["&lt;<mailto:a@b.example|a@b.example>&gt;", "<a@b.example>"],
    ["<http://b.example|b.example> <https://b.example/?x=1&amp;y=2>", "b.example https://b.example/?x=1&y=2"],
    ["<tel:+123|+1 23> <mailto:a@b.example>", "+1 23 a@b.example"],
    ["a < b", "a < b"],
  ])("%s was typed as %s", (encoded, text) => expect(decodeText(encoded)).toBe(text));

  it("reads code, quotes and lists of composed messages as their lines", () => {
    const text = (value: string) => ({ type: "text", text: value });
    const blocks = [
      {
        type: "rich_text",
        elements: [
          { type: "rich_text_section", elements: [{ type: "user", user_id: "UBOT" }, text(" see:\n")] },
          { type: "rich_text_preformatted", elements: [text("550 5.1.1 <x>\nunknown")] },
          { type: "rich_text_quote", elements: [text("quoted "), { type: "emoji", name: "tada" }] },
          {
            type: "rich_text_list",
            style: "bullet",
            elements: [{ type: "rich_text_section", elements: [text("one")] }],
          },
        ],
      },
    ];
    expect(contentText({ text: "", blocks })).toBe(
      "@UBOT see:\n550 5.1.1 <x>\nunknown\nquoted :tada:\n- one",
    );
  });
});

describe("a question", () => {
  it.each([
    ["@UBOT smtp 550", "smtp 550"],
    ["smtp 550 @UBOT", "smtp 550"],
    ["@UBOT: smtp 550", "smtp 550"],
    ["@UBOTTOM smtp 550", "@UBOTTOM smtp 550"],
  ])("%s without the mention is %s", (text, rest) => expect(withoutMention(text, "UBOT")).toBe(rest));

  it.each([
    ["“mailbox full”", '"mailbox full"'],
    ["\u00a0550\u00a05.7.1 ", "550 5.7.1"],
    ["`smtp 550`", "smtp 550"],
    ["```550 5.1.1\nuser unknown```", "550 5.1.1\nuser unknown"],
    ["“kept”\nas it is", "“kept”\nas it is"],
  ])("%j is meant as %j", (text, meant) => expect(tidyQuestion(text)).toBe(meant));

  it("has what was forwarded in it", () => {
    const message = parseMessage({
      type: "message",
      channel: "C1",
      ts: "1.1",
      user: "U1",
      text: "what is this?",
      attachments: [{ is_share: true, text: "550 5.1.1 &lt;x&gt;", message_blocks: [] }],
    });
    expect(message && messageText(message)).toBe("what is this?\n\n550 5.1.1 <x>");
  });
});
