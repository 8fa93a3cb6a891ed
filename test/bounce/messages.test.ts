import { describe, expect, test } from "vitest";
import { readBounce } from "../../src/bounce/index.ts";
import { messages } from "./support/messages.ts";

const read = (name: keyof typeof messages) => readBounce({ content: Buffer.from(messages[name], "latin1") });

describe("a delivery status report", () => {
  test.each([
    "a report with two recipients",
    "the same with only carriage returns",
    "the same without its boundary",
    "the same without a closing delimiter",
  ] as const)("is read: %s", async (name) => {
    const { kind, recipients, reportingHost } = await read(name);
    expect({ kind, reportingHost }).toEqual({ kind: "bounce", reportingHost: "relay.sender.example" });
    expect(recipients).toMatchObject([
      {
        address: "anna@partner.example",
        status: "5.1.1",
        replyCode: "550",
        reason: "userunknown",
        badAddress: true,
        category: "address",
      },
      {
        address: "ben@partner.example",
        status: "5.2.2",
        replyCode: "552",
        reason: "mailboxfull",
        badAddress: false,
        permanence: "permanent",
      },
    ]);
    expect(recipients[0]).toMatchObject({
      remoteHost: "mx.partner.example",
      confidence: "high",
      action: "failed",
    });
  });

  test("tells the facts of the message that bounced", async () => {
    const { original } = await read("a report with two recipients");
    expect(original).toMatchObject({
      from: "Ben <ben@sender.example>",
      to: "anna@partner.example",
      subject: "Grüße",
      messageId: "<1@sender.example>",
      sendingHost: "desk.sender.example",
      sendingAddress: "198.51.100.7",
      dkimSelectors: [{ domain: "sender.example", selector: "mar26" }],
      authentication: [
        { method: "spf", result: "pass", domain: "sender.example" },
        { method: "dkim", result: "fail", domain: "sender.example" },
      ],
    });
  });

  test("of a delay says until when it is tried, and is temporary", async () => {
    const { kind, recipients } = await read("a delay");
    expect(kind).toBe("delay");
    expect(recipients).toMatchObject([
      {
        action: "delayed",
        permanence: "temporary",
        status: "4.4.1",
        retryUntil: "Sat, 7 Mar 2026 10:00:00 +0100",
      },
    ]);
  });

  test("of a delivery is no failure", async () => {
    const { kind, recipients } = await read("a delivery");
    expect({ kind, reasons: recipients.map(({ reason }) => reason) }).toEqual({
      kind: "delivered",
      reasons: ["delivered"],
    });
  });

  test("names the address that failed and the one that was written to", async () => {
    const { recipients } = await read("an alias that failed elsewhere");
    expect(recipients).toMatchObject([
      { address: "anna@other.example", originalAddress: "info@partner.example" },
    ]);
  });
});

test.each(["Japanese words in ISO-2022-JP", "German words labelled as ASCII"] as const)(
  "charsets: %s",
  async (name) => {
    const { kind, recipients } = await read(name);
    expect(kind).toBe("bounce");
    expect(recipients).toMatchObject([{ address: "anna@partner.example", replyCode: "550" }]);
  },
);

test("a feedback report is a complaint about the recipient it names", async () => {
  const { kind, recipients } = await read("a complaint");
  expect(kind).toBe("feedback");
  expect(recipients).toMatchObject([{ address: "anna@partner.example", reason: "feedback", status: null }]);
});

test("an absence is an automatic reply without recipients", async () => {
  const { kind, recipients } = await read("an absence");
  expect({ kind, recipients }).toEqual({ kind: "auto-reply", recipients: [] });
});

test("what is not told is null", async () => {
  const { recipients } = await readBounce({
    content: "Delivery to the following recipients failed.\n\n  anna@partner.example",
  });
  expect(recipients).toMatchObject([
    {
      address: "anna@partner.example",
      status: null,
      replyCode: null,
      diagnostic: null,
      remoteHost: null,
      provider: null,
    },
  ]);
});
