import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openStore } from "../../src/store/index.ts";
import { freePort } from "../support/real-servers.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const folder = mkdtempSync(join(tmpdir(), "postie-start-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";

/** Starts a service of the page alone, which needs no account. */
function serve(env: NodeJS.ProcessEnv) {
  const program = spawn(process.execPath, [MAIN, "serve"], {
    env: { PATH: process.env.PATH, HOME: folder, PORT: "0", POSTIE_WEB: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    program[name].on("data", (chunk) => {
      run[name] += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => program.on("close", resolve));
  return { program, run, ended };
}

test("ends with 1 and says why, without the password, when its database cannot be reached", async () => {
  const url = `postgres://postie:hunter22@127.0.0.1:${await freePort()}/postie`;
  const { ended, run } = serve({ DATABASE_URL: url, POSTIE_SECRET: SECRET });
  expect(await ended).toBe(1);
  expect(run.stderr).toBe("Postie could not start: the store cannot be reached (ECONNREFUSED)\n");
  expect(run.stdout).not.toContain("hunter22");
});

test("ends with 2, which is not started again, when the secret is not the store's", async () => {
  const path = join(folder, "postie.sqlite");
  const store = await openStore({ path, secrets: [SECRET] });
  await store.installations.put({ platform: "slack", tenant: "T1" }, { token: "xoxb-1" });
  await store.close();
  const { ended, run } = serve({ POSTIE_STORE: path, POSTIE_SECRET: OTHER });
  expect(await ended).toBe(2);
  expect(run.stderr).toContain("POSTIE_SECRET is not the secret that the store was encrypted with");
  expect(run.stderr).not.toContain(OTHER);
});

test("ends in good order at SIGTERM while it still waits for its database", async () => {
  const connected = Promise.withResolvers<void>();
  const silent = createServer(() => connected.resolve());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  const url = `postgres://postie@127.0.0.1:${address.port}/postie`;
  const { program, ended, run } = serve({ DATABASE_URL: url, POSTIE_SECRET: SECRET });
  await connected.promise;
  program.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(run.stdout).toContain('"msg":"stopping"');
  silent.close();
});

test("ends with 1 at a fault that nobody handles, and tells its kind and place but nothing of what it holds", async () => {
  const fault = join(folder, "fault.mjs");
  const thrown = `Object.assign(new RangeError("Dear Anna"), { headers: { authorization: "Bearer s3cret" } })`;
  writeFileSync(fault, `process.once("SIGUSR2", () => void Promise.reject(${thrown}));`);
  const { program, ended, run } = serve({ NODE_OPTIONS: `--import=${fault}` });
  await expect.poll(() => run.stdout, { timeout: 15_000 }).toContain("Postie is ready");
  program.kill("SIGUSR2");
  expect(await ended).toBe(1);
  const last = run.stdout.trim().split("\n").at(-1) ?? "";
  expect(JSON.parse(last)).toMatchObject({
    level: 60,
    error: "RangeError",
    at: expect.arrayContaining([expect.stringContaining(fault)]),
  });
  expect(run.stdout + run.stderr).not.toMatch(/Dear Anna|s3cret/);
});
