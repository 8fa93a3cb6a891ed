import { describe, expect, test } from "vitest";
import { plainText } from "../../../src/bot/answer.ts";
import { checkmessage } from "../../../src/bot/commands/checkmessage.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { UsageError } from "../../../src/bot/errors.ts";
import { interpret } from "../../../src/bot/interpret.ts";
import type { Attachment } from "../../../src/bot/request.ts";
import { mail, RECEIVED_FROM_SENDER, signedMail, zone } from "../../message/support/mail.ts";
import { request, textOf } from "../../support/requests.ts";
import { serving } from "../../support/resolver.ts";

const file = (content: string, name = "message.eml"): Attachment => ({ name, bytes: Buffer.from(content) });
const headersOf = (message: string) => message.slice(0, message.indexOf("\r\n\r\n")).replaceAll("\r\n", "\n");
const fromElsewhere = RECEIVED_FROM_SENDER.replace("192.0.2.10", "203.0.113.66");

async function ask(text: string, files: readonly Attachment[] = []) {
  const { resolver } = await serving(zone, { timeout: 200, tries: [0] });
  const unused = () => Promise.reject(new Error("a message is checked without it"));
  return checkmessage({
    request: request({ command: "checkmessage", text, files }),
    services: { knowledge: unused, blocklists: unused, resolver: async () => resolver },
    signal: AbortSignal.timeout(5_000),
    progress: () => undefined,
  });
}

describe("the report for scripts", () => {
  test("has exactly its documented shape", async () => {
    const more = "Authentication-Results: mx.receiver.example; dmarc=pass header.from=sender.example\r\n";
    const { report } = await ask("", [file(more + (await signedMail()))]);
    expect(report).toEqual({
      file: "message.eml",
      from: "anna@sender.example",
      trusted: "yes",
      spf: { result: "pass", domain: "sender.example", aligned: true },
      dkim: [{ selector: "s1", domain: "sender.example", result: "pass", aligned: true, reason: null }],
      dmarc: { result: "pass", policy: "reject", domain: "sender.example" },
      arc: "none",
      trail: [
        {
          from: "mail.sender.example",
          by: "mx.receiver.example",
          at: "2026-11-03T09:00:05.000Z",
          delaySeconds: null,
        },
      ],
      claims: [{ host: "mx.receiver.example", method: "dmarc", result: "pass", domain: "sender.example" }],
      findings: [],
    });
  });

  test("of several files is a list", async () => {
    const { report } = await ask("", [file(await signedMail(), "a.eml"), file(await signedMail(), "b.eml")]);
    expect(report).toMatchObject({ reports: [{ file: "a.eml" }, { file: "b.eml" }] });
  });
});

describe("the answer", () => {
  test("says that the address is verified and what that is worth", async () => {
    const { answer, outcome } = await ask("", [file(await signedMail())]);
    expect(outcome).toBe("answered");
    expect(answer).toMatchObject({ status: "ok", title: "The From address anna@sender.example is verified" });
    expect(plainText(answer.summary)).toContain(
      "counts as a trusted sender and is given its full spam weight",
    );
  });

  test("tells which domain passed and which was needed", async () => {
    const { trace, message } = mail({
      returnPath: "b@esp.example",
      received: RECEIVED_FROM_SENDER.replace("192.0.2.10", "192.0.2.20"),
    });
    const { answer, outcome } = await ask("", [file(trace + message)]);
    expect(outcome).toBe("problem");
    expect(plainText(answer.summary)).toContain(
      "does not count as a trusted sender and is not given its full spam",
    );
    expect(textOf(answer)).toContain(
      "esp.example names 192.0.2.20, but the From domain is sender.example: not aligned",
    );
  });

  test("gives the record where DMARC is missing, for the sender's side", async () => {
    const { trace, message } = mail({ from: "x@open.example", returnPath: "x@open.example" });
    const { answer } = await ask("", [file(trace + message)]);
    expect(plainText(answer.summary)).toContain("The sender's side can add DMARC; you cannot.");
    expect(textOf(answer)).toContain("DMARC not available");
    expect(answer.sections).toContainEqual({
      kind: "code",
      caption: "Publish at _dmarc.open.example, type TXT:",
      text: "v=DMARC1; p=none; rua=mailto:dmarc@open.example",
    });
  });

  test("of pasted header fields shows the receivers' claims as theirs", async () => {
    const claim = "Authentication-Results: mx.receiver.example; dkim=pass header.d=sender.example\n";
    const { answer } = await ask(claim + headersOf(await signedMail({ received: fromElsewhere })));
    expect(answer.status).toBe("unknown");
    const text = textOf(answer);
    expect(text).toContain("DKIM could not be checked");
    expect(text).toContain("mx.receiver.example says dkim=pass for sender.example");
    expect(text).toContain("their claims");
  });

  test("masks local parts on request", async () => {
    const { answer, report } = await ask("redact", [file(await signedMail())]);
    expect(textOf(answer) + JSON.stringify(report)).not.toContain("anna@");
    expect(report).toMatchObject({ from: "a***@sender.example" });
  });
});

describe("options", () => {
  test("ip= gives the sending server, beside a file and before a paste", async () => {
    const signed = await signedMail({ received: "" });
    expect((await ask("ip=192.0.2.10", [file(signed)])).report).toMatchObject({ spf: { result: "pass" } });
    expect((await ask(`ip=192.0.2.10\n${headersOf(signed)}`)).report).toMatchObject({
      spf: { result: "pass" },
    });
  });

  test.each([
    ["", "nothing-to-read"],
    ["why was this not trusted?", "no-headers"],
    ["ip=mail.example.org", "not-an-address"],
    ["redact", "nothing-to-read"],
  ])("%j is refused with an example", async (text, code) => {
    const error = await ask(text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code, example: expect.stringContaining("checkmessage ") });
  });

  test("the registry's example works as it stands", async () => {
    const example = commands.find(({ name }) => name === "checkmessage")?.examples[0] ?? "";
    expect((await ask(example)).report).toMatchObject({
      from: "anna@example.org",
      trail: [{ by: "mx.example.net" }],
    });
  });
});

describe("free text", () => {
  test("that is pasted header fields is checked", async () => {
    const text = headersOf(await signedMail());
    expect(await interpret(request({ text }))).toMatchObject({ command: "checkmessage" });
    expect(await interpret(request({ text, overheard: true }))).toBeNull();
  });

  test("with an attached message that is no bounce is checked", async () => {
    const files = [file(await signedMail())];
    expect(await interpret(request({ text: "is this real?", files }))).toEqual({
      command: "checkmessage",
      text: "",
    });
    expect(await interpret(request({ text: "ip=192.0.2.10", files }))).toMatchObject({
      text: "ip=192.0.2.10",
    });
  });

  test("with an attached bounce stays a bounce", async () => {
    const text =
      "From: MAILER-DAEMON@mx.example.net\r\nTo: a@example.org\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\n<b@example.net>: host mx.example.net said: 550 5.1.1 User unknown (in reply to RCPT TO command)\r\n";
    expect(await interpret(request({ files: [file(text)] }))).toMatchObject({ command: "bounce" });
  });
});
