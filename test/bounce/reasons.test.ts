import { expect, test } from "vitest";
import { type Reason, readBounce } from "../../src/bounce/index.ts";

const recipient = "anna@partner.example";
const refused = (reply: string, command: string) =>
  `<${recipient}>: host mx.partner.example[192.0.2.8] said: ${reply} (in reply to ${command} command)`;

const cases: [reply: string, command: string, reason: Reason][] = [
  ["550 Address wasn't found", "RCPT TO", "userunknown"],
  ["550 sorry, this recipient is not in my validrcptto list", "RCPT TO", "userunknown"],
  ["550 Utilisateur inconnu", "RCPT TO", "userunknown"],
  ["550 Unbekannter Empfaenger", "RCPT TO", "userunknown"],
  ["542 anna@partner.example Rejected", "RCPT TO", "userunknown"],
  ["552 user has full mailbox", "RCPT TO", "mailboxfull"],
  ["450 account is temporarily locked", "RCPT TO", "suspend"],
  ["550 you have been blocked by the recipient", "RCPT TO", "filtered"],
  ["550 BATV validation failure", "MAIL FROM", "rejected"],
  ["553 sorry, your envelope sender is in my badmailfrom list", "RCPT TO", "rejected"],
  ["550 no access from mail server 192.0.2.1", "RCPT TO", "blocked"],
  ["550 Blacklisted URL in message", "end of DATA", "spamdetected"],
  ["550 Your email had spam-like characteristics", "end of DATA", "spamdetected"],
  ["550 message bounced due to organizational settings", "end of DATA", "policyviolation"],
  ["554 maximum message length exceeded", "end of DATA", "mesgtoobig"],
  ["552 sorry, that message size exceeds my databytes limit", "end of DATA", "mesgtoobig"],
  ["421 4.7.28 unusual rate of mail from your address", "RCPT TO", "speeding"],
  ["452 4.3.2 Connection rate limit exceeded", "MAIL FROM", "toomanyconn"],
  ["451 Temporary lookup failure", "RCPT TO", "systemerror"],
  [
    "550 5.7.515 Access denied, sending domain does not meet the required level",
    "end of DATA",
    "authfailure",
  ],
  ["550 Messages should have one or no Message-ID headers", "end of DATA", "notcompliantrfc"],
];

test.each(cases)("%s after %s is %s", async (reply, command, reason) => {
  const { recipients } = await readBounce({ content: refused(reply, command) });
  expect(recipients.map((one) => [one.address, one.reason])).toEqual([[recipient, reason]]);
});

test("a table copied out of Teams is read, its cells joined by a tab", async () => {
  const content = `Your message to ${recipient} couldn't be delivered.\nError:\t550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${recipient} not found by SMTP address lookup\nMessage rejected by:\tmx.partner.example`;
  const report = await readBounce({ content });
  expect(report.kind).toBe("bounce");
  expect(report.recipients).toMatchObject([
    { address: recipient, status: "5.1.10", replyCode: "550", reason: "userunknown", badAddress: true },
  ]);
});

test("a mailbox that says it is closed is as good as a bounce", async () => {
  const report = await readBounce({
    content: `This mailbox ${recipient} is no longer in use. Please write to the front desk.`,
  });
  expect(report).toMatchObject({ kind: "bounce", recipients: [{ address: recipient, reason: "suspend" }] });
});

test.each([
  `Il messaggio non è stato recapitato a ${recipient}\n550 5.1.1 utente sconosciuto`,
  `Le message n'a pas pu être remis à ${recipient}\n550 5.1.1 adresse inconnue`,
  `Die Nachricht konnte nicht zugestellt werden an ${recipient}: 550 5.1.1 Empfänger unbekannt`,
])("a notification in another language is read: %s", async (content) => {
  const { kind, recipients } = await readBounce({ content });
  expect(kind).toBe("bounce");
  expect(recipients).toMatchObject([
    { address: recipient, status: "5.1.1", replyCode: "550", reason: "userunknown" },
  ]);
});

test("a refusal that gives no reason is a bounce without one", async () => {
  const { kind, recipients } = await readBounce({ content: `550 Recipient address rejected: ${recipient}` });
  expect({ kind, recipients }).toMatchObject({
    kind: "bounce",
    recipients: [{ address: recipient, reason: "onhold" }],
  });
});
