import { type Answer, code, say, strong } from "../../src/bot/answer.ts";

/** Text that tries to become a link, a mention, markup, a date, or to hide and rearrange what is shown. */
export const HOSTILE = [
  "[Click here](https://evil.example/) **bold** _italic_ `code` ~~gone~~",
  "<at>Everyone</at> <b>bold</b> <img src=x onerror=alert(1)> <script>alert(1)</script>",
  "{{DATE(2026-11-03T14:10:00Z,SHORT)}} {{TIME(2026-11-03T14:10:00Z)}}",
  "https://evil.example/ www.evil.example mailto:a@evil.example @channel",
  "# heading\n- item\n1. item\n> quote\n| a | b |\n|---|---|",
] as const;

/** Answers of the shapes that people meet, and of those that are hard to show. */
export const sampleAnswers: Readonly<Record<string, Answer>> = {
  code: {
    title: "550 5.7.26: Gmail could not verify that the mail really came from the From domain",
    status: "problem",
    summary: say`Permanent: sending it again unchanged will fail again. ${strong("The sender's mail administrator")} must act; the recipient cannot fix it.`,
    sections: [
      { kind: "heading", text: "What to do" },
      {
        kind: "list",
        items: [
          say`${strong("Sender:")} nothing to change in the message; forward this answer to whoever runs mail for your domain.`,
          say`${strong("Sender's administrator:")} make SPF or DKIM pass for the From domain. Check it with ${code("checkdomain example.org")}.`,
          say`${strong("Recipient:")} can only be reached another way until then.`,
        ],
      },
      {
        kind: "details",
        title: "What the standard says",
        sections: [
          { kind: "text", text: say`${code("X.7.26")} means that several authentication checks failed.` },
        ],
      },
    ],
    followUps: [
      { label: "Check a domain", command: "checkdomain", text: "example.org" },
      { label: "What is DMARC alignment?", command: "mailguide", text: "dmarc-alignment" },
    ],
    sources: [
      {
        text: "Google SMTP error reference, seen 2026-07",
        href: "https://support.google.com/a/answer/3726730",
      },
      { text: "RFC 7372", href: "https://www.rfc-editor.org/rfc/rfc7372" },
    ],
  },
  domain: {
    title: "partner.example can receive mail, but anyone can pretend to be them",
    status: "warning",
    summary: say`Nothing stands in the way of a mail to them. A mail ${strong("from")} them cannot be verified: treat payment or bank changes with care.`,
    sections: [
      {
        kind: "checks",
        rows: [
          { status: "ok", label: "Receives mail", detail: say`2 servers, both reachable by name` },
          { status: "ok", label: "SPF passed", detail: say`4 of 10 look-ups` },
          { status: "ok", label: "DKIM passed", detail: say`2 keys found (Microsoft 365, Mailchimp)` },
          { status: "unknown", label: "DMARC not available", detail: [] },
        ],
      },
      { kind: "heading", text: "If this is your domain" },
      {
        kind: "list",
        ordered: true,
        items: [
          say`Publish DMARC, and start by watching.`,
          say`Once the reports are clean, end SPF in ${code("-all")}.`,
        ],
      },
      {
        kind: "code",
        caption: "Name _dmarc.partner.example, type TXT",
        text: "v=DMARC1; p=none; rua=mailto:dmarc@partner.example",
      },
      {
        kind: "details",
        title: "Mail servers",
        sections: [
          {
            kind: "table",
            header: ["Preference", "Name", "Address"],
            rows: [
              [say`10`, [code("mx1.partner.example")], say`192.0.2.10`],
              [
                say`20`,
                [code("mx2-with-a-rather-long-name.mail.partner.example")],
                say`2001:db8:85a3::8a2e:370:7334`,
              ],
            ],
          },
        ],
      },
      {
        kind: "details",
        title: "What was asked",
        sections: [
          {
            kind: "facts",
            rows: [
              { label: "Questions", value: say`31` },
              { label: "Time", value: say`0.2 s` },
            ],
          },
        ],
      },
    ],
    followUps: [
      { label: "Check again", command: "checkdomain", text: "partner.example" },
      { label: "What is DMARC?", command: "mailguide", text: "dmarc" },
    ],
    sources: [{ text: "RFC 9989" }],
  },
  bounce: {
    title: "Could not be delivered to anna@partner.example: the mailbox does not exist",
    status: "problem",
    summary: say`Permanent. ${strong("You")} can fix this: check the spelling, or ask Anna another way.`,
    sections: [
      { kind: "text", text: say`Said by ${code("mx1.partner.example")} (Microsoft 365):` },
      {
        kind: "code",
        text: "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient anna@partner.example not found by SMTP address lookup",
      },
      {
        kind: "facts",
        rows: [
          { label: "Subject", value: say`Offer 4711` },
          { label: "Sent", value: say`3 November 2026, 14:10 UTC` },
          { label: "Sent through", value: [code("mail-eopbgr.outbound.protection.outlook.com")] },
        ],
      },
    ],
    followUps: [{ label: "Check partner.example", command: "checkdomain", text: "partner.example" }],
    sources: [],
  },
  nothing: {
    title: 'Nothing in my knowledge matches "weather tomorrow".',
    status: "info",
    summary: say`I explain SMTP codes (${code("smtp 550")}), server texts, bounces (paste one) and domains (${code("checkdomain example.org")}).`,
    sections: [],
    followUps: [{ label: "What can Postie do?", command: "mailhelp", text: "" }],
    sources: [],
  },
  bare: { title: "x", status: "ok", summary: [], sections: [], followUps: [], sources: [] },
  hostile: {
    title: HOSTILE[0],
    status: "unknown",
    summary: HOSTILE.map((text) => ({ text })),
    sections: [
      { kind: "text", text: HOSTILE.flatMap((text) => [{ text }, strong(text), code(text)]) },
      { kind: "heading", text: HOSTILE[1] },
      {
        kind: "checks",
        rows: HOSTILE.map((text) => ({ status: "unknown", label: text, detail: [{ text }] })),
      },
      { kind: "facts", rows: HOSTILE.map((text) => ({ label: text, value: [{ text }] })) },
      { kind: "list", items: HOSTILE.map((text) => [{ text }]) },
      { kind: "table", header: ["a", HOSTILE[2]], rows: HOSTILE.map((text) => [[{ text }], [code(text)]]) },
      { kind: "code", text: HOSTILE.join("\n"), caption: HOSTILE[0] },
      { kind: "details", title: HOSTILE[0], sections: [{ kind: "text", text: [{ text: HOSTILE[0] }] }] },
    ],
    followUps: HOSTILE.map((text) => ({ label: text, command: "smtp", text })),
    sources: HOSTILE.map((text) => ({ text })),
  },
  huge: {
    title: "A domain with more than anybody can read",
    status: "warning",
    summary: say`Everything is long here.`,
    sections: [
      { kind: "text", text: [{ text: "A long story. ".repeat(2000) }] },
      {
        kind: "list",
        items: Array.from({ length: 400 }, (_, index) => say`Item ${index}: ${"words ".repeat(20)}`),
      },
      {
        kind: "details",
        title: "Everything that was asked",
        sections: [
          {
            kind: "table",
            header: ["Name", "Type", "Answer"],
            rows: Array.from({ length: 400 }, (_, index) => [
              say`n${index}.example`,
              say`TXT`,
              [code("x".repeat(200))],
            ]),
          },
          { kind: "code", text: "v=spf1 include:_spf.example.org -all\n".repeat(300) },
        ],
      },
    ],
    followUps: [{ label: "Check again", command: "checkdomain", text: "partner.example" }],
    sources: Array.from({ length: 60 }, (_, index) => ({
      text: `RFC ${index}`,
      href: "https://www.rfc-editor.org/",
    })),
  },
};
