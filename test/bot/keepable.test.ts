/** Which questions may be stored: those without mail text and without anybody's address. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isKeepable } from "../../src/bot/keepable.ts";
import type { Request } from "../../src/bot/request.ts";

const keepable = (command: Request["command"], text: string) => isKeepable({ command, text, files: [] });

describe("may be kept", () => {
  test.each<[Request["command"], string]>([
    ["checkdomain", "partner.example"],
    ["checkdomain", "bücher.example selector=s1 ip=192.0.2.1"],
    ["checkdomain", "example.org selector=s1,s2,s3,s4"],
    ["checkip", "2001:db8::1"],
    ["checkip", "mail.example.org zen.spamhaus.org"],
    ["watch", "partner.example hourly"],
    ["checkip", "192.0.2.1 Spamhaus ZEN"],
    ["watch", "stop all"],
    ["watch", "weekly on"],
    ["watch", ""],
    ["mailguide", "spf too many lookups"],
    ["mailhelp", ""],
    ["mailhelp", "checkdomain"],
    ["smtp", "550"],
    ["smtp", "5.7.26 @gmail"],
    ["smtp", "421 4.7.28"],
    ["smtp", "5.7.x"],
    ["interpret", "550 5.7.1"],
    ["interpret", "partner.example"],
    ["interpret", "[192.0.2.1]"],
    ["interpret", "checkdomain partner.example"],
    ["interpret", "/watch partner.example"],
    ["interpret", "mailguide dmarc"],
  ])("%s %s", (command, text) => {
    expect(keepable(command, text)).toBe(true);
  });
});

describe("may not be kept", () => {
  test.each<[Request["command"], string]>([
    ["bounce", "550"],
    ["checkmessage", "partner.example"],
    ["checkdomain", "anna@partner.example"],
    ["checkip", "anna@partner.example"],
    ["checkdomain", "DKIM-Signature: v=1; d=partner.example; s=s1"],
    ["checkdomain", "https://partner.example/reset?token=secret"],
    ["watch", "anna@partner.example"],
    ["smtp", "mailbox of anna is full"],
    ["smtp", "550 5.1.1 <anna@example.org>: user unknown"],
    ["smtp", "550 Dear Sir"],
    ["mailguide", "write to anna@example.org"],
    ["interpret", "anna@example.org"],
    ["interpret", "Dear Anna, my mail came back"],
    ["interpret", "Hello"],
    ["interpret", "bounce 550"],
    ["interpret", "smtp mailbox of anna is full"],
    ["checkdomain", "a.example\nFrom: x"],
    ["mailguide", "x".repeat(201)],
    ["mailguide", "anna＠example.org"],
    ["mailguide", "Anna Smith was dismissed in May, and her mail comes back since then"],
    ["mailhelp", "my mail to Anna Smith about her contract came back"],
    ["interpret", "mailhelp Dear Anna, your contract has ended"],
    ["interpret", "mailguide Dear Anna, your contract has ended"],
    ["checkdomain", "Dear Anna your contract has ended"],
    ["checkdomain", "partner.example password=secret"],
    ["checkip", "Anna Smith of partner.example was dismissed in May"],
    ["watch", "Dear Anna your contract has ended"],
    ["smtp", "550 anna.smith"],
  ])("%s %s", (command, text) => {
    expect(keepable(command, text)).toBe(false);
  });

  test("anything with a file, more than a line, or an e-mail address", () => {
    const files = [{ name: "a.eml", bytes: new Uint8Array() }];
    expect(isKeepable({ command: "checkdomain", text: "a.example", files })).toBe(false);
    const commands = fc.constantFrom<Request["command"]>(
      "checkdomain",
      "checkip",
      "watch",
      "smtp",
      "mailguide",
      "interpret",
    );
    const kept = fc.property(commands, fc.string(), fc.string(), (command, before, after) => {
      expect(keepable(command, `${before}a@b${after}`)).toBe(false);
      expect(keepable(command, `x${before}\n${after}y`)).toBe(false);
    });
    fc.assert(kept);
  });
});
