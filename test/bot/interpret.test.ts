import { describe, expect, test } from "vitest";
import { interpret } from "../../src/bot/interpret.ts";
import { request } from "../support/requests.ts";

const BOUNCE = `I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<anna@example.org>: host mx.example.org[192.0.2.25] said: 550 5.1.1
    <anna@example.org>: Recipient address rejected: User unknown (in reply to RCPT TO command)`;

describe("free text", () => {
  test.each<[string, string, string]>([
    ["smtp 550", "smtp", "550"],
    ["/smtp 550", "smtp", "550"],
    ["/SMTP  5.7.1 @gmail ", "smtp", "5.7.1 @gmail"],
    ["checkdomain example.org selector=s1", "checkdomain", "example.org selector=s1"],
    ["mailguide dmarc", "mailguide", "dmarc"],
    ["550", "smtp", "550"],
    ["550 5.7.26", "smtp", "550 5.7.26"],
    ["what is greylisting?", "smtp", "what is greylisting?"],
    ["", "mailhelp", ""],
    ["help", "mailhelp", ""],
    ["Hello!", "mailhelp", ""],
    ["example.org", "checkdomain", "example.org"],
    ["https://www.example.org/contact?x=1", "checkdomain", "https://www.example.org/contact?x=1"],
    ["anna@example.org", "checkdomain", "anna@example.org"],
    ["bücher.example", "checkdomain", "bücher.example"],
    ["can I trust example.org?", "checkdomain", "example.org"],
    ["Check example.org, please", "checkdomain", "example.org"],
    ["192.0.2.1", "checkip", "192.0.2.1"],
    ["[2001:db8::1]", "checkip", "[2001:db8::1]"],
    ["watch example.org hourly", "watch", "example.org hourly"],
    ["watch list", "watch", "list"],
    ["watch", "watch", ""],
    ["watch stop example.org", "watch", "stop example.org"],
    ["watch 2001:db8::1", "watch", "2001:db8::1"],
    ["/watch out", "watch", "out"],
    ["watch out for spam", "smtp", "watch out for spam"],
    ["Watch this", "smtp", "Watch this"],
    [BOUNCE, "bounce", BOUNCE],
    ["is 502 bad gateway in email", "smtp", "is 502 bad gateway in email"],
    ["why does mail.example.org say 550 5.7.1", "smtp", "why does mail.example.org say 550 5.7.1"],
    ["node.js or example.org?", "smtp", "node.js or example.org?"],
  ])("%j asks %s", async (text, command, rest) => {
    expect(await interpret(request({ text }))).toEqual({ command, text: rest });
  });

  test("with a file is a bounce to read", async () => {
    const files = [{ name: "returned.txt", bytes: new TextEncoder().encode(BOUNCE) }];
    expect(await interpret(request({ text: "what is this?", files }))).toMatchObject({ command: "bounce" });
  });
});

describe("overheard text", () => {
  test("is answered when it is a bounce", async () => {
    expect(await interpret(request({ text: BOUNCE, overheard: true }))).toEqual({
      command: "bounce",
      text: BOUNCE,
    });
  });

  test.each([
    "smtp 550",
    "help",
    "example.org",
    "I got a 550 error from them yesterday, can you look at it?",
    "The build failed with exit code 550 on host ci.example.org",
    "192.0.2.1",
  ])("is left alone when it is none: %j", async (text) => {
    expect(await interpret(request({ text, overheard: true }))).toBeNull();
  });
});
