/** Whole messages in the forms in which bounces arrive, one character per byte. */

const returned = [
  "Received: from desk.sender.example (desk.sender.example [198.51.100.7]) by relay.sender.example; Mon, 2 Mar 2026 10:00:00 +0100",
  "Authentication-Results: relay.sender.example; spf=pass smtp.mailfrom=sender.example; dkim=fail header.d=sender.example",
  "DKIM-Signature: v=1; a=rsa-sha256; d=sender.example; s=mar26; h=from; bh=x; b=y",
  "From: Ben <ben@sender.example>",
  "To: anna@partner.example",
  "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
  "Message-ID: <1@sender.example>",
  "Date: Mon, 2 Mar 2026 10:00:00 +0100",
  "",
  "Hello",
];

const head = (type: string, subject = "Undelivered Mail Returned to Sender") => [
  "Return-Path: <>",
  "From: Mail Delivery System <MAILER-DAEMON@relay.sender.example>",
  "To: ben@sender.example",
  `Subject: ${subject}`,
  "Auto-Submitted: auto-replied",
  "MIME-Version: 1.0",
  `Content-Type: ${type}`,
  "",
];

const fields = (recipients: readonly string[][]) => [
  "Reporting-MTA: dns; relay.sender.example",
  "Arrival-Date: Mon, 2 Mar 2026 10:00:00 +0100",
  ...recipients.flatMap((lines) => ["", ...lines]),
];

const failed = (address: string, status: string, diagnostic: string) => [
  `Final-Recipient: rfc822; ${address}`,
  "Action: failed",
  `Status: ${status}`,
  "Remote-MTA: dns; mx.partner.example",
  `Diagnostic-Code: smtp; ${diagnostic}`,
];

function report(recipients: readonly string[][], words: readonly string[]): string[] {
  return [
    ...head('multipart/report; report-type=delivery-status; boundary="b1"'),
    "--b1",
    "Content-Type: text/plain; charset=us-ascii",
    "",
    ...words,
    "",
    "--b1",
    "Content-Type: message/delivery-status",
    "",
    ...fields(recipients),
    "",
    "--b1",
    "Content-Type: message/rfc822",
    "",
    ...returned,
    "--b1--",
  ];
}

const twoFailed = report(
  [
    failed("anna@partner.example", "5.1.1", "550 5.1.1 user unknown"),
    failed("ben@partner.example", "5.0.0", "552 5.2.2 mailbox full"),
  ],
  ["This is the mail system at host relay.sender.example."],
);

const lines = (list: readonly string[], end = "\r\n") => list.join(end);

export const messages = {
  "a report with two recipients": lines(twoFailed),
  "the same with only carriage returns": lines(twoFailed, "\r"),
  "the same without its boundary": lines(twoFailed).replace(' boundary="b1"', ""),
  "the same without a closing delimiter": lines(twoFailed).replace("--b1--", ""),
  "a delay": lines(
    report(
      [
        [
          "Final-Recipient: rfc822; anna@partner.example",
          "Action: delayed",
          "Status: 4.4.1",
          "Will-Retry-Until: Sat, 7 Mar 2026 10:00:00 +0100",
        ],
      ],
      ["Your message could not be delivered for 4 hours."],
    ),
  ),
  "a delivery": lines(
    report(
      [["Final-Recipient: rfc822; anna@partner.example", "Action: delivered", "Status: 2.0.0"]],
      ["Your message was delivered."],
    ),
  ),
  "an alias that failed elsewhere": lines(
    report(
      [
        [
          "Original-Recipient: rfc822;info@partner.example",
          "Final-Recipient: rfc822; anna@other.example",
          "Action: failed",
          "Status: 5.1.1",
        ],
      ],
      ["This is the mail system at host relay.sender.example."],
    ),
  ),
  "Japanese words in ISO-2022-JP": lines([
    ...head("text/plain; charset=iso-2022-jp", "failure notice"),
    '\x1b$B<!$N$"$F@h$X$N%a%C%;!<%8$O%(%i!<$N$?$aAw?.$G$-$^$;$s$G$7$?!#\x1b(B',
    "",
    "    Recipient: <anna@partner.example>",
    "    >>> RCPT TO:<anna@partner.example>",
    "    <<< 550 <anna@partner.example>: User unknown",
  ]),
  "German words labelled as ASCII": lines([
    ...head("text/plain; charset=us-ascii", "Unzustellbar: Angebot"),
    "Fehler bei der Nachrichtenzustellung an folgende Empf\xe4nger oder Gruppen:",
    "",
    "anna@partner.example",
    "",
    "#550 5.2.2 Postfach voll ##",
  ]),
  "a complaint": lines([
    ...head('multipart/report; report-type=feedback-report; boundary="b1"', "complaint"),
    "--b1",
    "Content-Type: text/plain",
    "",
    "This is an email abuse report.",
    "--b1",
    "Content-Type: message/feedback-report",
    "",
    "Feedback-Type: abuse",
    "User-Agent: Loop/1.0",
    "Version: 1",
    "Original-Rcpt-To: <anna@partner.example>",
    "",
    "--b1",
    "Content-Type: message/rfc822",
    "",
    ...returned,
    "--b1--",
  ]),
  "an absence": lines([
    "From: anna@partner.example",
    "To: ben@sender.example",
    "Subject: Automatic reply: offer",
    "Auto-Submitted: auto-replied",
    "",
    "I am out of the office until Monday.",
  ]),
} as const;
