import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startDnsServer } from "../../support/dns-server.ts";
import type { Zone } from "../../support/dns-zone.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "postie-terminal-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the program as npm's scripts do. `input` null leaves standard input open, as a terminal would. */
function postie(
  args: readonly string[],
  { input = "", env = {} }: { input?: string | null; env?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
  return new Promise((resolve) => {
    const program = spawn(process.execPath, [join(root, "src/main.ts"), ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...env },
    });
    const run: Run = { code: null, stdout: "", stderr: "" };
    program.stdout.on("data", (chunk) => {
      run.stdout += chunk;
    });
    program.stderr.on("data", (chunk) => {
      run.stderr += chunk;
    });
    program.on("close", (code) => resolve({ ...run, code }));
    if (input !== null) program.stdin.end(input);
  });
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const BOUNCE = `This is the mail system at host mail.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<anna@example.org>: host mx.example.org[192.0.2.25] said: 550 5.1.1
    <anna@example.org>: Recipient address rejected: User unknown
    (in reply to RCPT TO command)
`;

describe("one question on the command line", () => {
  test("is answered, with exit code 0 and without colour into a pipe", async () => {
    const { code, stdout } = await postie(["smtp", "550"]);
    expect(code).toBe(0);
    expect(stdout).toContain("550");
    expect(stdout).not.toContain("\u001b");
  });

  test("ends although standard input stays open", async () => {
    expect((await postie(["smtp", "550"], { input: null })).code).toBe(0);
  });

  test("gives JSON to scripts", async () => {
    const { stdout } = await postie(["smtp", "--json", "550", "5.7.1"]);
    const report = JSON.parse(stdout);
    expect(report.query).toBe("550 5.7.1");
    expect(report.matches.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(["status:X.7.1", "reply:550"]),
    );
    expect(report.answer.title).toBeTypeOf("string");
  });

  test("that nothing fits ends with exit code 1", async () => {
    const { code, stdout } = await postie(["smtp", "--json", "weather tomorrow"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).matches).toEqual([]);
  });

  test("may come through a pipe", async () => {
    const { stdout } = await postie(["smtp", "--json"], { input: "550 5.7.1\n" });
    expect(JSON.parse(stdout).query).toBe("550 5.7.1");
  });

  test("that is missing is answered with help, although standard input stays open", async () => {
    const { code, stdout } = await postie(["smtp", "--json"], { input: null });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).matches).toEqual([]);
  });

  test("may be free text", async () => {
    expect((await postie(["what is greylisting"])).stdout.toLowerCase()).toContain("greylist");
  });

  test("--help lists every command with an example", async () => {
    const { code, stdout } = await postie(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("postie checkdomain example.org");
  });
});

describe("wrong usage", () => {
  test.each<[string, string[]]>([
    ["an unknown option", ["smtp", "550", "--json", "--bogus"]],
    ["an option without its value", ["checkdomain", "example.org", "--json", "--resolver"]],
    ["a resolver that is no address", ["checkdomain", "example.org", "--json", "--resolver", "nonsense"]],
    ["a domain that is none", ["checkdomain", "--json", "not a domain"]],
  ])("%s gives an error with an example, exit code 2 and no stack trace", async (_name, args) => {
    const { code, stdout, stderr } = await postie(args);
    expect(code).toBe(2);
    const { error } = JSON.parse(stdout);
    expect(error.message).not.toBe("");
    expect(error.example).not.toBe("");
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
  });

  test("a wrong setting stops the start with one line that names it", async () => {
    const { code, stderr } = await postie(["serve"], { env: { PORT: "http" } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^PORT is not .*\n$/);
  });
});

describe("bounces", () => {
  test("are read from standard input", async () => {
    const { code, stdout } = await postie(["bounce"], { input: BOUNCE });
    expect(code).toBe(0);
    expect(stdout).toContain("anna@example.org");
  });

  test("are read from files, a line of JSON each in their order", async () => {
    const paths = [
      file("returned.txt", BOUNCE),
      "missing.eml",
      file("chat.txt", "See you at lunch tomorrow?"),
    ];
    const { code, stdout } = await postie(["bounce", "--json", ...paths]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.file)).toEqual(paths);
    expect(lines[0]).toMatchObject({
      kind: "bounce",
      recipients: [{ address: "anna@example.org", status: "5.1.1", replyCode: "550" }],
    });
    expect(lines[1].error.code).toBe("no-such-file");
    expect(lines[2]).toMatchObject({ kind: "none", recipients: [] });
    expect(code).toBe(0);
  });

  test("of which none was recognised end with exit code 1", async () => {
    expect((await postie(["bounce", "--json", file("lunch.txt", "See you at lunch tomorrow?")])).code).toBe(
      1,
    );
  });

  test("are refused where the file is a folder, a device or too large, in words", async () => {
    file("huge.txt", "x".repeat(10 * 1024 * 1024 + 1));
    const { stdout } = await postie(["bounce", "--json", folder, "/dev/zero", "huge.txt"]);
    const codes = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).error.code);
    expect(codes).toEqual(["not-a-file", "not-a-file", "too-large"]);
  });
});

describe("saved audits", () => {
  const zone = (policy: string): Zone => ({
    "partner.example": {
      NS: "ns.partner.example",
      MX: { preference: 10, exchange: "mx.partner.example" },
      TXT: "v=spf1 mx -all",
    },
    "mx.partner.example": { A: "203.0.114.5" },
    "_dmarc.partner.example": { TXT: `v=DMARC1; p=${policy}; rua=mailto:dmarc@partner.example` },
  });

  test("are replayed without a network and compared", async () => {
    const server = await startDnsServer(zone("none"));
    const resolver = ["--resolver", `${server.address.address}:${server.address.port}`];
    const saved = await postie([
      "checkdomain",
      "partner.example",
      "--save",
      "before.json",
      "--json",
      ...resolver,
    ]);
    server.serve(zone("reject"));
    await postie(["checkdomain", "partner.example", "--save", "after.json", ...resolver]);
    await server.close();

    const replayed = await postie(["checkdomain", "--replay", "before.json", "--json"]);
    expect(JSON.parse(replayed.stdout)).toMatchObject({
      domain: "partner.example",
      senderTrust: "monitored",
    });
    expect(JSON.parse(replayed.stdout).findings).toEqual(JSON.parse(saved.stdout).findings);
    const changed = await postie(["diff", "before.json", "after.json"]);
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/senderTrust.*monitored.*enforced/);
    const same = await postie(["diff", "before.json", "before.json", "--json"]);
    expect(same.code).toBe(0);
    expect(JSON.parse(same.stdout).records).toEqual([]);
  });

  test.each<[string, string[]]>([
    ["that are none", ["diff", "chat.txt", "chat.txt"]],
    ["that are missing", ["checkdomain", "--replay", "nowhere.json"]],
    [
      "that cannot be written",
      ["checkdomain", "partner.example", "--save", "no/such/folder.json", "--resolver", "127.0.0.1:9"],
    ],
    ["for a command that has none", ["smtp", "550", "--save", "x.json"]],
  ])("%s are told with exit code 2", async (_name, args) => {
    file("chat.txt", "See you at lunch tomorrow?");
    const { code, stdout } = await postie([...args, "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error.example).not.toBe("");
  });
});

describe("with nothing configured, the start", () => {
  test("answers the questions of a pipe one by one to its end", async () => {
    const { code, stdout } = await postie(["serve"], { input: "smtp 550\nhelp\n" });
    expect(code).toBe(0);
    expect(stdout).toContain("> smtp 550");
    expect(stdout).toContain("> help");
    expect(stdout).toContain("checkdomain");
  });

  test("reads a bounce that was piped in as one question", async () => {
    const { stdout } = await postie(["serve"], { input: BOUNCE });
    expect(stdout.match(/^> /gm)).toHaveLength(1);
    expect(stdout).toContain("anna@example.org");
  });

  test("ends at once where there is no input", async () => {
    expect((await postie(["serve"])).code).toBe(0);
  });
});
