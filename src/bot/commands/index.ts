/**
 * The command registry: the one source of every command's name, arguments, examples and help. The Slack and Teams
 * manifests, the terminal's help and `mailhelp` are made from it.
 */
import type { Command } from "./command.ts";

export type { Command, CommandContext, CommandResult, RunCommand } from "./command.ts";

export const commands: readonly Command[] = [
  {
    name: "smtp",
    summary: "What does this code or server text mean?",
    usage: "CODE or TEXT [@PROVIDER]",
    examples: ["550", "5.7.26 @gmail", "mailbox full"],
    live: false,
    deadlineMs: 3_000,
    load: async () => (await import("./smtp.ts")).smtp,
  },
  {
    name: "bounce",
    summary: "Why did my mail come back, and who must act?",
    usage: "the pasted bounce, or an attached .eml, .msg or .txt file",
    examples: ["550 5.1.1 <anna@example.org>: user unknown"],
    live: false,
    deadlineMs: 5_000,
    load: async () => (await import("./bounce.ts")).bounce,
  },
  {
    name: "checkdomain",
    summary: "Can I mail this domain, can its mail be trusted, what should be fixed?",
    usage: "DOMAIN [selector=NAME …] [ip=ADDRESS]",
    examples: ["example.org", "example.org selector=s1", "example.org ip=192.0.2.1"],
    live: true,
    deadlineMs: 8_000,
    load: async () => (await import("./checkdomain.ts")).checkdomain,
  },
  {
    name: "checkip",
    summary: "Is this address, host or domain on a blocklist?",
    usage: "ADDRESS, HOST or DOMAIN [BLOCKLIST]",
    examples: ["192.0.2.10", "2001:db8::1", "mail.example.org"],
    live: true,
    deadlineMs: 4_000,
    load: async () => (await import("./checkip.ts")).checkip,
  },
  {
    name: "checkmessage",
    summary: "Why was this message trusted, or not?",
    usage: "an attached .eml or .msg file, or pasted full headers [ip=ADDRESS]",
    examples: [
      "From: anna@example.org Received: from mail.example.org ([192.0.2.1]) by mx.example.net; Tue, 3 Nov 2026 09:00:00 +0000",
    ],
    live: true,
    deadlineMs: 8_000,
    load: async () => (await import("./checkmessage.ts")).checkmessage,
  },
  {
    name: "mailguide",
    summary: "Explain SPF, DKIM, DMARC, blocklists and other things about mail",
    usage: "TOPIC",
    examples: ["dmarc", "spf too many lookups"],
    live: false,
    deadlineMs: 3_000,
    load: async () => (await import("./mailguide.ts")).mailguide,
  },
  {
    name: "watch",
    summary: "Tell this conversation when a domain or address changes",
    usage: "DOMAIN or ADDRESS [hourly|daily] | list | stop DOMAIN|ADDRESS|all | weekly on|off",
    examples: ["example.org", "example.org hourly", "list", "stop example.org", "weekly on"],
    live: false,
    deadlineMs: 8_000,
    load: async () => (await import("./watch.ts")).watch,
  },
  {
    name: "mailhelp",
    summary: "What can Postie do?",
    usage: "[COMMAND]",
    examples: ["", "checkdomain"],
    live: false,
    deadlineMs: 1_000,
    load: async () => (await import("./mailhelp.ts")).mailhelp,
  },
];

/** The command of that name, in any case and with or without a slash before it. */
export function findCommand(name: string): Command | undefined {
  const wanted = name.replace(/^\//, "").toLowerCase();
  return commands.find((command) => command.name === wanted);
}
