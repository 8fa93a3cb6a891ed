import { describe, expect, test } from "vitest";
import { check, checkPasted, findingIds } from "./support/check.ts";
import { keys, mail, RECEIVED_FROM_SENDER, sealed, signatureOf, signedMail, zone } from "./support/mail.ts";

const fromElsewhere = RECEIVED_FROM_SENDER.replace("192.0.2.10", "203.0.113.66");
const unsigned = (parts: Parameters<typeof mail>[0] = {}) => {
  const { trace, message } = mail(parts);
  return trace + message;
};
const headersOf = (message: string) => message.slice(0, message.indexOf("\r\n\r\n"));

describe("the trusted-sender verdict is yes", () => {
  test("when SPF and DKIM pass for the From domain", async () => {
    const report = await check(await signedMail());
    expect(report).toMatchObject({
      from: "anna@sender.example",
      trusted: "yes",
      spf: { result: "pass", domain: "sender.example", aligned: true },
      dmarc: { result: "pass", policy: "reject", domain: "sender.example" },
    });
    expect(report.findings).toEqual([]);
  });

  test("when only SPF passes for it", async () => {
    expect(await check(unsigned())).toMatchObject({ trusted: "yes", dkim: [] });
  });

  test("when only DKIM passes for it, as after forwarding", async () => {
    const report = await check(await signedMail({ received: fromElsewhere, returnPath: "list@esp.example" }));
    expect(report).toMatchObject({
      trusted: "yes",
      spf: { result: "fail", domain: "esp.example", aligned: false },
      dkim: [{ result: "pass", aligned: true }],
    });
  });

  test("when a subdomain passes under relaxed alignment", async () => {
    const { trace, message } = mail({ from: "anna@news.sender.example", returnPath: "" });
    const report = await check(trace + (await signatureOf(message)) + message);
    expect(report).toMatchObject({
      trusted: "yes",
      dkim: [{ aligned: true }],
      dmarc: { domain: "news.sender.example" },
    });
  });

  test("with pasted header fields alone, when SPF passes for the From domain", async () => {
    const report = await checkPasted(headersOf(await signedMail()));
    expect(report).toMatchObject({ form: "headers", trusted: "yes", dkim: [{ result: "neutral" }] });
  });
});

describe("the trusted-sender verdict is no", () => {
  test("when what passes belongs to another domain, and tells which passed and which was needed", async () => {
    const { trace, message } = mail({
      returnPath: "b@esp.example",
      received: RECEIVED_FROM_SENDER.replaceAll("sender.example", "esp.example").replace(
        "192.0.2.10",
        "192.0.2.20",
      ),
    });
    const signature = await signatureOf(message, { domain: "esp.example" });
    const report = await check(trace + signature + message);
    expect(report).toMatchObject({
      trusted: "no",
      spf: { result: "pass", domain: "esp.example", aligned: false },
      dkim: [{ domain: "esp.example", result: "pass", aligned: false }],
      dmarc: { result: "fail", policy: "reject", domain: "sender.example" },
    });
    expect(report.findings[0]).toMatchObject({
      id: "dmarc.unaligned",
      evidence: "SPF for esp.example, DKIM for esp.example passed; sender.example was needed",
    });
  });

  test("when the body was changed and SPF does not pass either", async () => {
    const signed = await signedMail({ received: fromElsewhere });
    const report = await check(signed.replace("here is the offer", "pay to this account"));
    expect(report).toMatchObject({
      trusted: "no",
      dmarc: { result: "fail" },
      dkim: [{ cause: "body-changed" }],
    });
    expect(findingIds(report)).toEqual(
      expect.arrayContaining(["dmarc.fail", "dkim.body-changed", "spf.fail"]),
    );
  });

  test("when the From domain has no DMARC, with the record that its side can publish", async () => {
    const report = await check(unsigned({ from: "x@mail.open.example", returnPath: "x@open.example" }));
    expect(report).toMatchObject({ trusted: "no", dmarc: { result: "none", policy: null } });
    expect(report.findings.find(({ id }) => id === "dmarc.missing")?.fix?.record).toEqual({
      name: "_dmarc.open.example",
      type: "TXT",
      before: null,
      after: "v=DMARC1; p=none; rua=mailto:dmarc@open.example",
    });
  });

  test.each([
    ["no From", unsigned().replace(/From:[^\r]*\r\n/, ""), null],
    ["two From fields", unsigned().replace("From: ", "From: eve@esp.example\r\nFrom: "), "eve@esp.example"],
    ["two author domains", unsigned({ from: "a@sender.example, b@esp.example" }), "a@sender.example"],
  ])("with %s", async (_what, message, from) => {
    expect(await check(message)).toMatchObject({ from, trusted: "no", dmarc: { result: "permerror" } });
  });

  test("by the policy of an inherited record: sp before p", async () => {
    const inherited = { ...zone, "_dmarc.sender.example": { TXT: "v=DMARC1; p=reject; sp=quarantine" } };
    const report = await check(unsigned({ from: "a@news.sender.example", received: fromElsewhere }), {
      zone: inherited,
    });
    expect(report.dmarc).toMatchObject({
      result: "fail",
      policy: "quarantine",
      policyDomain: "sender.example",
    });
  });
});

describe("what could not be checked is unknown and never a failure", () => {
  test.each([
    ["the DMARC record", "_dmarc.sender.example", unsigned()],
    ["the SPF record", "sender.example", unsigned()],
  ])("%s does not come", async (_what, name, message) => {
    const report = await check(message, { dns: (server) => server.behave({ answer: "SERVFAIL" }, { name }) });
    expect(report).toMatchObject({ trusted: "unknown", dmarc: { result: "temperror" } });
  });

  test("no resolver answers at all", async () => {
    const report = await check(await signedMail(), { dns: (server) => server.behave({ answer: "silence" }) });
    expect(report).toMatchObject({
      trusted: "unknown",
      spf: { result: "temperror" },
      dkim: [{ result: "temperror" }],
      dmarc: { result: "temperror" },
    });
    expect(report.findings.every(({ severity }) => severity === "unknown")).toBe(true);
  });

  test("the sending server is not known, and ip= helps", async () => {
    const message = unsigned({ received: "" });
    const report = await check(message);
    expect(report).toMatchObject({
      trusted: "unknown",
      spf: { result: "temperror", domain: "sender.example" },
    });
    expect(report.spf.reason).toContain("ip=ADDRESS");
    expect(await check(message, { ip: "192.0.2.10" })).toMatchObject({
      trusted: "yes",
      spf: { result: "pass" },
    });
    expect(await check(message, { ip: "192.0.2.99" })).toMatchObject({
      trusted: "no",
      spf: { result: "fail" },
    });
  });

  test("the envelope sender is not known", async () => {
    const report = await check(unsigned({ returnPath: null, received: fromElsewhere }));
    expect(report).toMatchObject({ trusted: "unknown", dmarc: { result: "temperror" } });
  });

  test("pasted header fields: the body of a signature, which then does not fail", async () => {
    const report = await checkPasted(headersOf(await signedMail({ received: fromElsewhere })));
    expect(report).toMatchObject({
      form: "headers",
      trusted: "unknown",
      dkim: [{ result: "neutral", cause: "body-not-given" }],
    });
    expect(report.dkim[0]?.reason).toMatch(
      /body could not be checked; the signature over the header fields holds$/,
    );
  });

  test("a pasted message whose body lost its exact form", async () => {
    const signed = await signedMail({ received: fromElsewhere });
    const pasted = signed.replaceAll("\r\n", "\n").replace("here is the offer", "here is\nthe offer");
    expect(await checkPasted(pasted)).toMatchObject({
      form: "pasted",
      trusted: "unknown",
      dkim: [{ result: "neutral", cause: "body-not-given" }],
    });
  });

  test("a file of header fields only", async () => {
    const report = await check(`${headersOf(await signedMail({ received: fromElsewhere }))}\r\n\r\n`);
    expect(report).toMatchObject({ form: "headers", trusted: "unknown" });
  });
});

describe("the envelope sender", () => {
  test("of an empty Return-Path gives way to the HELO name", async () => {
    const report = await check(unsigned({ returnPath: "", from: "postmaster@mail.sender.example" }), {
      zone: { ...zone, "mail.sender.example": { TXT: "v=spf1 ip4:192.0.2.10 -all" } },
    });
    expect(report.spf).toMatchObject({ result: "pass", domain: "mail.sender.example", identity: "helo" });
  });

  test("is taken from the border server's line where Return-Path is missing", async () => {
    const received = RECEIVED_FROM_SENDER.replace(
      " id 4XyZ",
      " id 4XyZ (envelope-from <anna@sender.example>)",
    );
    const { spf } = await check(unsigned({ returnPath: null, received }));
    expect(spf).toMatchObject({ result: "pass", domain: "sender.example" });
  });

  test("a made-up line below the border server's is not believed", async () => {
    const forged = fromElsewhere + RECEIVED_FROM_SENDER;
    expect(await check(unsigned({ received: forged }))).toMatchObject({
      trusted: "no",
      spf: { result: "fail" },
    });
  });
});

describe("ARC", () => {
  const results =
    "list.example; spf=pass smtp.mailfrom=anna@sender.example; dkim=pass header.d=sender.example; dmarc=pass header.from=sender.example";

  test("of a list that changed the message passes, and the message is still not trusted", async () => {
    const signed = await signedMail({ received: fromElsewhere, returnPath: "list@list.example" });
    const changed = signed.replace("\r\nSubject: ", "\r\nSubject: [List] ");
    const report = await check(await sealed(changed, results));
    expect(report.arc).toMatchObject({ result: "pass", sealers: ["list.example"] });
    expect(report.trusted).toBe("no");
    expect(report.claims).toContainEqual(
      expect.objectContaining({
        host: "list.example",
        method: "dmarc",
        result: "pass",
        domain: "sender.example",
      }),
    );
  });

  test("fails when the message was changed after sealing", async () => {
    const message = (await sealed(await signedMail(), results)).replace("here is", "there is");
    expect((await check(message)).arc.result).toBe("fail");
  });

  test("fails when a seal was changed", async () => {
    const message = (await sealed(await signedMail(), results)).replace("spf=pass", "spf=fail");
    const report = await check(message);
    expect(report.arc.result).toBe("fail");
    expect(findingIds(report)).toContain("arc.fail");
  });

  test("is temperror when its key cannot be looked up", async () => {
    const message = await sealed(await signedMail(), results);
    const report = await check(message, {
      dns: (server) => server.behave({ answer: "SERVFAIL" }, { name: "arc._domainkey.list.example" }),
    });
    expect(report.arc.result).toBe("temperror");
  });

  test("cannot be checked without the body", async () => {
    const message = await sealed(await signedMail(), results);
    expect((await checkPasted(headersOf(message))).arc.result).toBe("neutral");
  });

  test("is none where there is no chain", async () => {
    expect((await check(unsigned())).arc).toEqual({ result: "none", sealers: [], reason: null });
  });
});

describe("BIMI", () => {
  const logo = "v=BIMI1; l=https://sender.example/logo.svg";

  test("passes for a domain with a policy and a logo", async () => {
    const report = await check(await signedMail(), {
      zone: { ...zone, "default._bimi.sender.example": { TXT: logo } },
    });
    expect(report.bimi.result).toBe("pass");
  });

  test("is skipped where DMARC does not pass", async () => {
    const report = await check(unsigned({ received: fromElsewhere }), {
      zone: { ...zone, "default._bimi.sender.example": { TXT: logo } },
    });
    expect(report.bimi.result).toBe("skipped");
  });
});

test("both kinds of key can sign one message", async () => {
  const { trace, message } = mail();
  const rsa = await signatureOf(message);
  const ed = await signatureOf(message, { selector: "ed", key: keys.ed25519 });
  const { dkim } = await check(trace + rsa + ed + message);
  expect(dkim.map(({ algorithm, result }) => [algorithm, result])).toEqual([
    ["rsa-sha256", "pass"],
    ["ed25519-sha256", "pass"],
  ]);
});
