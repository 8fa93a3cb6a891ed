import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const programs: ChildProcess[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.kill("SIGKILL");
  for (const server of servers.splice(0)) server.close();
});

/** Starts the program as `npm start` does. */
function start(env: NodeJS.ProcessEnv) {
  const program = spawn(process.execPath, [join(root, "src/main.ts"), "serve"], {
    env: { PATH: process.env.PATH, LOG_LEVEL: "info", ...env },
  });
  programs.push(program);
  const written = { stdout: "", stderr: "" };
  const ended = new Promise<number | null>((resolve) => program.on("close", resolve));
  const tells = (name: "stdout" | "stderr", pattern: RegExp) =>
    new Promise<string>((resolve) => {
      program[name].on("data", (chunk) => {
        written[name] += chunk;
        const found = pattern.exec(written[name]);
        if (found) resolve(found[0]);
      });
    });
  return { program, written, ended, tells };
}

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;

describe("the start", () => {
  test("with nothing configured serves the page for as long as the chat lasts", async () => {
    const { program, written, ended, tells } = start({ PORT: "0" });
    const address = await tells("stderr", ADDRESS);
    expect((await fetch(address)).status).toBe(200);
    expect(written.stderr.trim().split("\n")).toHaveLength(1);
    program.stdin.end();
    expect(await ended).toBe(0);
  });

  test("chats without the page where its port is taken, and says so in a line", async () => {
    const other = createServer();
    servers.push(other);
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const { program, ended, tells, written } = start({ PORT: String(port) });
    const answered = tells("stdout", /550/);
    const told = tells("stderr", /^.*\n/);
    program.stdin.end("smtp 550\n");
    await answered;
    expect(await told).toContain(String(port));
    expect(await ended).toBe(0);
    expect(written.stderr.trim().split("\n")).toHaveLength(1);
  });

  test("with POSTIE_WEB and nobody to chat with is a service of the page", async () => {
    const { program, ended, tells } = start({ PORT: "0", POSTIE_WEB: "1" });
    program.stdin.end();
    const address = await tells("stdout", ADDRESS);
    expect((await fetch(`${address}/knowledge/reply:550`)).status).toBe(200);
    program.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  test("with POSTIE_WEB serves the page beside a chat platform, and without it does not", async () => {
    const beside = start({ PORT: "0", TEAMS: "local", POSTIE_WEB: "1" });
    const alone = start({ PORT: "0", TEAMS: "local" });
    expect((await fetch(await beside.tells("stdout", ADDRESS))).status).toBe(200);
    expect((await fetch(await alone.tells("stdout", ADDRESS))).status).toBe(404);
  });
});
