import { describe, expect, test } from "vitest";
import { check, findingIds } from "./support/check.ts";
import { keys, type MailParts, mail, signatureOf, signedMail, zone } from "./support/mail.ts";

type Change = (message: string) => string;

/** The part after the header section. */
const inBody =
  (change: Change): Change =>
  (message) => {
    const at = message.indexOf("\r\n\r\n") + 4;
    return message.slice(0, at) + change(message.slice(at));
  };

const unchanged: Change = (message) => message;

interface Case {
  what: string;
  sign?: Parameters<typeof signedMail>[1];
  parts?: MailParts;
  change?: Change;
  result: string;
  cause: string | null;
  reason?: RegExp | null;
}

const cases: Case[] = [
  { what: "as it was signed", result: "pass", cause: null, reason: null },
  {
    what: "simple canonicalization",
    sign: { canonicalization: "simple/simple" },
    result: "pass",
    cause: null,
  },
  {
    what: "an ed25519 key",
    sign: { selector: "ed", key: keys.ed25519 },
    result: "pass",
    cause: null,
    reason: null,
  },
  {
    what: "line ends that a save made LF only",
    change: (message) => message.replaceAll("\r\n", "\n"),
    result: "pass",
    cause: null,
  },
  {
    what: "line ends that a save doubled",
    change: (message) => message.replaceAll("\r\n", "\r\r\n"),
    result: "pass",
    cause: null,
  },
  {
    what: "an mbox separator before it",
    change: (message) => `From anna@sender.example Tue Nov  3 09:00:05 2026\r\n${message}`,
    result: "pass",
    cause: null,
  },
  { what: "a body of 8-bit text", parts: { body: "Grüße aus Köln\r\n" }, result: "pass", cause: null },
  {
    what: "a word of the body changed",
    change: (message) => message.replace("here is the offer", "here is my account"),
    result: "fail",
    cause: "body-changed",
    reason: /^the body was changed after signing; the signed header fields are as they were$/,
  },
  {
    what: "a list's footer added",
    change: (message) =>
      `${message}_______________________________\r\nlist mailing list\r\nlist@list.example\r\n`,
    result: "fail",
    cause: "body-changed",
    reason: /text was added at its end, beginning with “_{31} list mailing list/,
  },
  {
    what: "a disclaimer put before the body",
    change: inBody((body) => `CAUTION: external sender\r\n\r\n${body}`),
    result: "fail",
    cause: "body-changed",
    reason: /text was put before it, beginning with “CAUTION: external sender”/,
  },
  {
    what: "blanks added at line ends under simple",
    sign: { canonicalization: "relaxed/simple" },
    change: inBody((body) => body.replace("Bob,", "Bob, ")),
    result: "fail",
    cause: "body-changed",
  },
  {
    what: "a list's tag before the Subject",
    change: (message) => message.replace("\r\nSubject: ", "\r\nSubject: [Sales] "),
    result: "fail",
    cause: "headers-changed",
    reason: /undone: the Subject was changed: “\[Sales\]” was put before it$/,
  },
  {
    what: "another To than was signed",
    change: (message) => message.replace("To: bob@receiver.example", "To: eve@receiver.example"),
    result: "fail",
    cause: "headers-changed",
    reason: /^the body is as it was signed, but the signature does not fit the signed header fields/,
  },
  {
    what: "a second Subject added",
    change: (message) => message.replace("\r\nDate: ", "\r\nSubject: You won\r\nDate: "),
    result: "fail",
    cause: "headers-changed",
    reason: /undone: a Subject field was added$/,
  },
  {
    what: "another key than the published one",
    sign: { key: keys.other },
    result: "fail",
    cause: "headers-changed",
  },
  {
    what: "a signature of another message",
    change: (message) => message.replace("here is", "there is").replace("To: bob@", "To: eve@"),
    result: "fail",
    cause: "both-changed",
  },
  {
    what: "a key that is gone",
    sign: { selector: "s2019" },
    result: "neutral",
    cause: "key-gone",
    reason: /^there is no key at s2019\._domainkey\.sender\.example any more/,
  },
  {
    what: "a key that is gone, and a changed body",
    sign: { selector: "s2019" },
    change: (message) => message.replace("here is", "there is"),
    result: "neutral",
    cause: "key-gone",
  },
  {
    what: "a revoked key",
    sign: { selector: "revoked" },
    result: "neutral",
    cause: "key-unusable",
    reason: /revoked/,
  },
  {
    what: "a key of another kind",
    sign: { selector: "ed", key: keys.rsa },
    result: "neutral",
    cause: "key-unusable",
    reason: /another kind/,
  },
  {
    what: "a key of 768 bits",
    sign: { selector: "short", key: keys.short },
    result: "policy",
    cause: "weak",
    reason: /key is too short/,
  },
  {
    what: "rsa-sha1",
    sign: { algorithm: "rsa-sha1" },
    result: "policy",
    cause: "weak",
    reason: /^it is made with rsa-sha1, which no longer counts/,
  },
  {
    what: "a signature that has expired",
    sign: { signTime: new Date("2026-01-01T00:00:00Z"), expires: new Date("2026-01-08T00:00:00Z") },
    result: "neutral",
    cause: "expired",
    reason: /^it expired on 2026-01-08 \(x=\); until then it would have passed$/,
  },
  {
    what: "an expired signature over another body",
    sign: { signTime: new Date("2026-01-01T00:00:00Z"), expires: new Date("2026-01-08T00:00:00Z") },
    change: (message) => message.replace("here is", "there is"),
    result: "neutral",
    cause: "expired",
    reason: /and the body was changed/,
  },
  {
    what: "a length limit that leaves the end open",
    sign: { limit: 10 },
    result: "pass",
    cause: null,
    reason: /^it covers only the first 10 octets of the body \(l=\); the last \d+ can be anybody's$/,
  },
  {
    what: "no required tag",
    change: (message) => message.replace(/ bh=[^;]+;\r\n/, ""),
    result: "neutral",
    cause: "malformed",
    reason: /lacks a required tag/,
  },
  {
    what: "an unknown algorithm",
    change: (message) => message.replace("a=rsa-sha256", "a=rsa-sha9"),
    result: "neutral",
    cause: "malformed",
  },
  {
    what: "a From that is not signed",
    change: (message) => message.replace(/: From;/, ";"),
    result: "neutral",
    cause: "malformed",
    reason: /does not cover the From field/,
  },
];

describe("a DKIM signature", () => {
  test.each(cases)(
    "with $what is $result",
    async ({ sign, parts, change = unchanged, result, cause, reason }) => {
      const { dkim } = await check(change(await signedMail(parts, sign)));
      expect(dkim).toHaveLength(1);
      expect(dkim[0]).toMatchObject({ result, cause, domain: "sender.example", aligned: true });
      if (reason === null) expect(dkim[0]?.reason).toBeNull();
      if (reason) expect(dkim[0]?.reason).toMatch(reason);
    },
  );

  test("is judged by itself where there are two", async () => {
    const { trace, message } = mail();
    const ours = await signatureOf(message);
    const theirs = await signatureOf(message, { domain: "esp.example", key: keys.other });
    const { dkim } = await check(`${trace}${theirs}${ours}${message}`);
    expect(dkim.map(({ domain, result, aligned }) => [domain, result, aligned])).toEqual([
      ["esp.example", "fail", false],
      ["sender.example", "pass", true],
    ]);
  });

  test.each(["SERVFAIL", "REFUSED", "silence", "garbage"] as const)(
    "whose key is not told (%s) is temperror and no failure",
    async (answer) => {
      const { dkim, trusted } = await check(await signedMail({ returnPath: "anna@esp.example" }), {
        dns: (server) => server.behave({ answer }, { name: "s1._domainkey.sender.example" }),
      });
      expect(dkim[0]).toMatchObject({ result: "temperror", cause: "dns" });
      expect(trusted).toBe("unknown");
    },
  );

  test("that is missing is no failure either", async () => {
    const { trace, message } = mail();
    const report = await check(`${trace}${message}`);
    expect(report.dkim).toEqual([]);
    expect(findingIds(report).filter((id) => id.startsWith("dkim."))).toEqual([]);
  });

  test("with an open end is pointed out", async () => {
    const report = await check(await signedMail({}, { limit: 10 }));
    expect(findingIds(report)).toContain("dkim.partly-signed");
  });

  test("by a parent domain under strict alignment passes and is not aligned", async () => {
    const strict = { ...zone, "_dmarc.sender.example": { TXT: "v=DMARC1; p=reject; adkim=s; aspf=s" } };
    const from = "Anna <anna@news.sender.example>";
    const { dkim, dmarc } = await check(await signedMail({ from }), { zone: strict });
    expect(dkim[0]).toMatchObject({ result: "pass", aligned: false });
    expect(dmarc).toMatchObject({ result: "fail", domain: "news.sender.example" });
  });
});
