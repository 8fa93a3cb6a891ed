import { describe, expect, test } from "vitest";
import { domainOfResult, readAuthenticationResults } from "../../src/message/authentication-results.ts";

/** A field's value, the host that speaks, and each result as `method=result domain`. */
type Form = readonly [what: string, value: string, host: string | null, results: readonly string[]];

const forms: readonly Form[] = [
  // RFC 8601
  ["nothing was checked", "example.org 1; none", "example.org", []],
  ["nothing was checked, without a version", "example.org; none", "example.org", []],
  [
    "one SPF result",
    "example.com; spf=pass smtp.mailfrom=example.net",
    "example.com",
    ["spf=pass example.net"],
  ],
  [
    "auth and SPF",
    "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net",
    "example.com",
    ["auth=pass -", "spf=pass example.net"],
  ],
  ["auth without a property", "example.com; auth=pass (cleartext)", "example.com", ["auth=pass -"]],
  [
    "two fields' worth in one",
    "example.com; sender-id=fail header.from=example.com; dkim=pass (good signature) header.d=example.com",
    "example.com",
    ["sender-id=fail example.com", "dkim=pass example.com"],
  ],
  [
    "comments everywhere",
    "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
    "foo.example.net",
    ["dkim=fail -"],
  ],
  [
    "a method's version",
    "example.com; dkim/1=pass header.d=example.net",
    "example.com",
    ["dkim=pass example.net"],
  ],
  [
    "a reason in quotes",
    'example.com; dkim=fail reason="bad signature; really" header.d=example.net',
    "example.com",
    ["dkim=fail example.net"],
  ],
  [
    "a semicolon in a comment",
    "example.com; spf=pass (a; b) smtp.mailfrom=example.net",
    "example.com",
    ["spf=pass example.net"],
  ],
  [
    "nested comments",
    "example.com; spf=pass (a (b; c) d) smtp.mailfrom=example.net",
    "example.com",
    ["spf=pass example.net"],
  ],
  [
    "an escaped parenthesis",
    "example.com; spf=pass (a \\) b; dkim=pass) smtp.mailfrom=example.net",
    "example.com",
    ["spf=pass example.net"],
  ],
  [
    "a quoted authserv-id",
    '"mx one.example.com"; spf=none smtp.mailfrom=example.net',
    "mx one.example.com",
    ["spf=none example.net"],
  ],
  [
    "a property in quotes",
    'example.com; spf=pass smtp.mailfrom="anna b"@example.net',
    "example.com",
    ["spf=pass example.net"],
  ],
  [
    "blanks around equals signs",
    "example.com; dkim = pass header.d = example.net",
    "example.com",
    ["dkim=pass example.net"],
  ],
  [
    "capital letters",
    "MX.Example.COM; SPF=Pass SMTP.MailFrom=Example.NET",
    "mx.example.com",
    ["spf=pass example.net"],
  ],
  [
    "a final semicolon",
    "example.com; spf=pass smtp.mailfrom=example.net;",
    "example.com",
    ["spf=pass example.net"],
  ],
  [
    "empty segments",
    "example.com;; ; spf=pass smtp.mailfrom=example.net;;",
    "example.com",
    ["spf=pass example.net"],
  ],
  [
    "a final dot of a domain",
    "example.com; dkim=pass header.d=example.net.",
    "example.com",
    ["dkim=pass example.net"],
  ],
  [
    "softfail",
    "example.com; spf=softfail smtp.mailfrom=example.net",
    "example.com",
    ["spf=softfail example.net"],
  ],
  [
    "hardfail, as older software says",
    "example.com; spf=hardfail smtp.mail=anna@example.net",
    "example.com",
    ["spf=hardfail example.net"],
  ],
  [
    "permerror",
    "example.com; spf=permerror (too many lookups) smtp.mailfrom=example.net",
    "example.com",
    ["spf=permerror example.net"],
  ],
  [
    "temperror",
    "example.com; dkim=temperror (no key for signature) header.i=@example.net header.s=s1",
    "example.com",
    ["dkim=temperror example.net"],
  ],
  [
    "policy",
    "example.com; dkim=policy (weak key) policy.dkim-rules=weak-key header.d=example.net",
    "example.com",
    ["dkim=policy example.net"],
  ],
  [
    "HELO only",
    "example.com; spf=pass smtp.helo=mail.example.net",
    "example.com",
    ["spf=pass mail.example.net"],
  ],
  [
    "an empty envelope sender",
    "example.com; spf=none smtp.mailfrom=<> smtp.helo=mail.example.net",
    "example.com",
    ["spf=none mail.example.net"],
  ],
  [
    "iprev",
    "example.com; iprev=pass policy.iprev=192.0.2.200 (mail.example.net)",
    "example.com",
    ["iprev=pass -"],
  ],
  [
    "several signatures",
    "example.com; dkim=pass header.d=a.example header.b=abc; dkim=fail header.d=b.example header.b=def",
    "example.com",
    ["dkim=pass a.example", "dkim=fail b.example"],
  ],
  ["arc with remote-ip", "example.com; arc=pass smtp.remote-ip=192.0.2.1", "example.com", ["arc=pass -"]],
  [
    "dnswl",
    "example.com; dnswl=pass dns.zone=list.dnswl.example policy.ip=127.0.10.1",
    "example.com",
    ["dnswl=pass -"],
  ],
  [
    "vbr",
    "example.com; vbr=pass header.md=certifier.example header.mv=votes.example",
    "example.com",
    ["vbr=pass -"],
  ],
  [
    "smime",
    "example.com; smime=fail (certificate is revoked by CRL) body.smime-identifier=a@example.net",
    "example.com",
    ["smime=fail -"],
  ],
  ["rrvs", "example.com; rrvs=pass smtp.rcptto=b@example.com", "example.com", ["rrvs=pass -"]],
  [
    "dkim-adsp",
    "example.com; dkim-adsp=discard header.from=anna@example.net",
    "example.com",
    ["dkim-adsp=discard example.net"],
  ],
  [
    "bimi",
    "example.com; bimi=pass header.d=example.net header.selector=default policy.authority=pass",
    "example.com",
    ["bimi=pass example.net"],
  ],
  // ARC-Authentication-Results (RFC 8617)
  [
    "ARC's instance",
    "i=1; mx.google.com; dkim=pass header.i=@example.net header.s=s1 header.b=abc; spf=pass smtp.mailfrom=a@example.net",
    "mx.google.com",
    ["dkim=pass example.net", "spf=pass example.net"],
  ],
  [
    "ARC's instance alone",
    "i=1; mx.microsoft.com 1; spf=none; dmarc=none; dkim=none; arc=none",
    "mx.microsoft.com",
    ["spf=none -", "dmarc=none -", "dkim=none -", "arc=none -"],
  ],
  [
    "ARC's instance with blanks",
    "i = 2 ; lists.example.org; dmarc=pass header.from=example.net",
    "lists.example.org",
    ["dmarc=pass example.net"],
  ],
  // Google
  [
    "Gmail, all of it",
    "mx.google.com; dkim=pass header.i=@example.net header.s=s1 header.b=AbCdEf; spf=pass (google.com: domain of anna@example.net designates 192.0.2.1 as permitted sender) smtp.mailfrom=anna@example.net; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.net",
    "mx.google.com",
    ["dkim=pass example.net", "spf=pass example.net", "dmarc=pass example.net"],
  ],
  [
    "Gmail, neutral by body hash",
    "mx.google.com; dkim=neutral (body hash did not verify) header.i=@example.net header.s=s1",
    "mx.google.com",
    ["dkim=neutral example.net"],
  ],
  [
    "Gmail, no SPF record",
    "mx.google.com; spf=neutral (google.com: 192.0.2.1 is neither permitted nor denied by best guess record for domain of a@example.net) smtp.mailfrom=a@example.net",
    "mx.google.com",
    ["spf=neutral example.net"],
  ],
  [
    "Gmail, ARC",
    "mx.google.com; arc=pass (i=1 spf=pass spfdomain=example.net dkim=pass dkdomain=example.net dmarc=pass fromdomain=example.net); dkim=fail header.i=@example.net",
    "mx.google.com",
    ["arc=pass -", "dkim=fail example.net"],
  ],
  // Microsoft names no host
  [
    "Microsoft 365",
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.net; dkim=pass (signature was verified) header.d=example.net;dmarc=pass action=none header.from=example.net;compauth=pass reason=100",
    null,
    ["spf=pass example.net", "dkim=pass example.net", "dmarc=pass example.net", "compauth=pass -"],
  ],
  [
    "Microsoft 365, failed",
    "spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=example.net; dkim=none (message not signed) header.d=none;dmarc=fail action=oreject header.from=example.net;compauth=fail reason=000",
    null,
    ["spf=fail example.net", "dkim=none -", "dmarc=fail example.net", "compauth=fail -"],
  ],
  [
    "Microsoft 365, bestguesspass",
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.net; dmarc=bestguesspass action=none header.from=example.net",
    null,
    ["spf=pass example.net", "dmarc=bestguesspass example.net"],
  ],
  [
    "Microsoft 365, within itself",
    "dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=example.net;",
    null,
    ["dkim=none -", "dmarc=none example.net"],
  ],
  [
    "Microsoft, with the recipient's domain",
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.net; example.com; dkim=pass (signature was verified) header.d=example.net;example.com; dmarc=pass action=none header.from=example.net;",
    null,
    ["spf=pass example.net", "dkim=pass example.net", "dmarc=pass example.net"],
  ],
  [
    "Hotmail of old",
    "hotmail.com; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a@example.net; dkim=pass header.d=example.net; x-hmca=pass header.id=a@example.net",
    "hotmail.com",
    ["spf=pass example.net", "dkim=pass example.net", "x-hmca=pass -"],
  ],
  // Yahoo
  [
    "Yahoo",
    "atlas-production.v2-mail-prod1-gq1.omega.yahoo.com; dkim=pass header.i=@example.net header.s=s1; spf=pass smtp.mailfrom=example.net; dmarc=pass(p=REJECT) header.from=example.net;",
    "atlas-production.v2-mail-prod1-gq1.omega.yahoo.com",
    ["dkim=pass example.net", "spf=pass example.net", "dmarc=pass example.net"],
  ],
  [
    "Yahoo of old",
    "mta1005.mail.bf1.yahoo.com  from=example.net; domainkeys=neutral (no sig);  from=example.net; dkim=pass (ok)",
    "mta1005.mail.bf1.yahoo.com",
    ["domainkeys=neutral -", "dkim=pass -"],
  ],
  [
    "Yahoo, unknown",
    "atlas.yahoo.com; dkim=unknown; spf=none smtp.mailfrom=example.net; dmarc=unknown header.from=example.net;",
    "atlas.yahoo.com",
    ["dkim=unknown -", "spf=none example.net", "dmarc=unknown example.net"],
  ],
  // Others
  [
    "OpenDKIM",
    "mail.example.com; dkim=pass (2048-bit key; unprotected) header.d=example.net header.i=@example.net header.a=rsa-sha256 header.s=s1 header.b=AbC",
    "mail.example.com",
    ["dkim=pass example.net"],
  ],
  [
    "OpenDKIM with a reason",
    'mail.example.com; dkim=fail reason="signature verification failed" (1024-bit key) header.d=example.net header.i=@example.net',
    "mail.example.com",
    ["dkim=fail example.net"],
  ],
  [
    "OpenDMARC",
    "mail.example.com; dmarc=fail (p=none dis=none) header.from=example.net",
    "mail.example.com",
    ["dmarc=fail example.net"],
  ],
  [
    "Rspamd",
    "mail.example.com; dkim=pass header.d=example.net header.s=s1 header.b=abc; dmarc=pass (policy=none) header.from=example.net; spf=pass (mail.example.com: domain of a@example.net designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@example.net",
    "mail.example.com",
    ["dkim=pass example.net", "dmarc=pass example.net", "spf=pass example.net"],
  ],
  [
    "Fastmail",
    "mx1.messagingengine.com; x-csa=none; x-me-sender=none; x-ptr=pass smtp.helo=mail.example.net policy.ptr=mail.example.net; bimi=skipped (DMARC did not pass); arc=none (no signatures found); dkim=pass (2048-bit rsa key sha256) header.d=example.net header.i=@example.net",
    "mx1.messagingengine.com",
    [
      "x-csa=none -",
      "x-me-sender=none -",
      "x-ptr=pass -",
      "bimi=skipped -",
      "arc=none -",
      "dkim=pass example.net",
    ],
  ],
  [
    "Apple",
    "dmarc.icloud.com; dmarc=pass header.from=example.net",
    "dmarc.icloud.com",
    ["dmarc=pass example.net"],
  ],
  [
    "Proton",
    "mail.protonmail.ch; dmarc=pass (p=none dis=none) header.from=example.net",
    "mail.protonmail.ch",
    ["dmarc=pass example.net"],
  ],
  ["GMX", "gmx.net; dkim=pass header.i=@example.net", "gmx.net", ["dkim=pass example.net"]],
  [
    "Exim",
    "mx.example.com; iprev=pass (mail.example.net) smtp.remote-ip=192.0.2.1; spf=pass smtp.mailfrom=example.net; dkim=pass header.d=example.net header.s=s1 header.a=rsa-sha256; dmarc=pass header.from=example.net; arc=none",
    "mx.example.com",
    ["iprev=pass -", "spf=pass example.net", "dkim=pass example.net", "dmarc=pass example.net", "arc=none -"],
  ],
  [
    "Mimecast",
    "relay.mimecast.com; dkim=pass header.d=example.net header.s=s1 header.b=abc; dmarc=pass (policy=reject) header.from=example.net; spf=pass (relay.mimecast.com: domain of a@example.net designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@example.net",
    "relay.mimecast.com",
    ["dkim=pass example.net", "dmarc=pass example.net", "spf=pass example.net"],
  ],
  [
    "Proofpoint",
    "ppops.net; spf=pass smtp.mailfrom=a@example.net; dkim=pass header.d=example.net header.s=s1; dmarc=pass header.from=example.net",
    "ppops.net",
    ["spf=pass example.net", "dkim=pass example.net", "dmarc=pass example.net"],
  ],
  [
    "Cisco ESA",
    "esa.example.com; dkim=pass (signature verified) header.i=a@example.net; spf=Pass smtp.mailfrom=a@example.net; spf=None smtp.helo=postmaster@mail.example.net; dmarc=pass (p=none dis=none) d=example.net",
    "esa.example.com",
    ["dkim=pass example.net", "spf=pass example.net", "spf=none mail.example.net", "dmarc=pass -"],
  ],
  [
    "mailauth",
    "mx.example.com; dkim=pass header.i=@example.net header.s=s1 header.a=rsa-sha256 header.b=abc; spf=pass (mx.example.com: domain of a@example.net designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@example.net smtp.helo=mail.example.net; dmarc=pass (p=NONE arc=none) header.from=example.net header.d=example.net; bimi=skipped (too lax DMARC policy)",
    "mx.example.com",
    ["dkim=pass example.net", "spf=pass example.net", "dmarc=pass example.net", "bimi=skipped -"],
  ],
  [
    "commas for semicolons after a value",
    "example.com; spf=pass, smtp.mailfrom=example.net",
    "example.com",
    ["spf=pass example.net"],
  ],
  [
    "no semicolon between results",
    "example.com; spf=pass smtp.mailfrom=a.example dkim=pass header.d=b.example",
    "example.com",
    ["spf=pass a.example", "dkim=pass b.example"],
  ],
  [
    "no semicolon after the host",
    "mx.example.com dkim=pass header.d=example.net",
    "mx.example.com",
    ["dkim=pass example.net"],
  ],
  [
    "a domain in its own letters",
    "example.com; dmarc=pass header.from=bücher.example",
    "example.com",
    ["dmarc=pass bücher.example"],
  ],
  // Broken
  ["nothing", "", null, []],
  ["only a host", "mx.example.com", "mx.example.com", []],
  [
    "a comment that never ends",
    "example.com; spf=pass (oh smtp.mailfrom=example.net; dkim=pass",
    "example.com",
    ["spf=pass -"],
  ],
  [
    "a quote that never ends",
    'example.com; dkim=fail reason="oh header.d=example.net; spf=pass',
    "example.com",
    ["dkim=fail -"],
  ],
  [
    "a method without a result",
    "example.com; spf=; dkim=pass header.d=example.net",
    "example.com",
    ["dkim=pass example.net"],
  ],
  ["a result without a method", "example.com; =pass; spf=none", "example.com", ["spf=none -"]],
  ["a result that is none", "example.com; x-thing=123; spf=none", "example.com", ["spf=none -"]],
  [
    "the prototype's names",
    "example.com; __proto__=pass constructor.d=a.example; toString=pass",
    "example.com",
    ["tostring=pass -"],
  ],
];

test("there are at least sixty forms", () => {
  expect(forms.length).toBeGreaterThanOrEqual(60);
});

describe("Authentication-Results", () => {
  test.each(forms)("%s", (_what, value, host, results) => {
    const read = readAuthenticationResults(value);
    expect(read.host).toBe(host);
    expect(read.results.map((one) => `${one.method}=${one.result} ${domainOfResult(one) ?? "-"}`)).toEqual(
      results,
    );
  });

  test("gives reasons, comments and properties", () => {
    const { results } = readAuthenticationResults(
      'example.com; dkim=fail reason="bad; signature" (2048-bit key) header.d=example.net header.s=s1',
    );
    expect(results[0]).toMatchObject({ reason: "bad; signature", comment: "2048-bit key" });
    expect(results[0]?.properties.get("header.s")).toBe("s1");
  });

  test("takes the first of a repeated property", () => {
    const { results } = readAuthenticationResults(
      "x.example; dkim=pass header.d=a.example header.d=b.example",
    );
    expect(results[0] && domainOfResult(results[0])).toBe("a.example");
  });

  test("has an end", () => {
    expect(readAuthenticationResults(`x.example; ${"dkim=pass; ".repeat(5_000)}`).results).toHaveLength(60);
  });
});
