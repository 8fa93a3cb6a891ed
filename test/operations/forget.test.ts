import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../../src/store/index.ts";
import { freePort } from "../support/real-servers.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const folder = mkdtempSync(join(tmpdir(), "postie-forget-"));
const path = join(folder, "postie.sqlite");
afterAll(() => rmSync(folder, { recursive: true }));

const TEAMS_TENANT = "11111111-2222-3333-4444-555555555555";
const MINE = { platform: "slack", tenant: "T0MINE" } as const;
const OTHERS = { platform: "slack", tenant: "T0OTHER" } as const;
const TENANT = { platform: "teams", tenant: TEAMS_TENANT } as const;

/** Runs `postie forget` with a service's settings. */
async function forget(words: readonly string[], env: NodeJS.ProcessEnv = { POSTIE_STORE: path }) {
  const program = spawn(process.execPath, [MAIN, "forget", ...words], {
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    program[name].on("data", (chunk) => {
      run[name] += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve) => program.on("close", resolve));
  return { ...run, code };
}

describe("postie forget", () => {
  beforeEach(async () => {
    const store = await openStore({ path });
    for (const owner of [MINE, OTHERS, TENANT]) {
      await store.settings.set(owner, "channel C1", "always");
      await store.installations.put(owner, { token: "xoxb-1" });
    }
    await store.close();
  });

  test("deletes all that is kept of one workspace, and nothing of another", async () => {
    const { code, stdout } = await forget(["slack", "t0mine"]);
    expect([code, stdout]).toEqual([0, "Deleted all 2 rows of T0MINE (slack).\n"]);
    const store = await openStore({ path });
    expect(await store.installations.get(MINE)).toBeNull();
    expect(await store.settings.get(MINE, "channel C1")).toBeNull();
    expect(await store.installations.get(OTHERS)).toEqual({ token: "xoxb-1" });
    expect(await store.settings.get(TENANT, "channel C1")).toBe("always");
    await store.close();
    const again = await forget(["slack", "T0MINE"]);
    expect([again.code, again.stdout]).toEqual([1, "Nothing was kept of T0MINE (slack).\n"]);
  });

  test("deletes a tenant's, and tells a script", async () => {
    const { code, stdout } = await forget(["teams", TEAMS_TENANT, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ platform: "teams", tenant: TEAMS_TENANT, rows: 2 });
  });

  test.each([
    [[]],
    [["slack"]],
    [["everything", "T0MINE"]],
    [["slack", "mine"]],
    [["slack", "T0MINE", "T0OTHER"]],
    [["teams", "T0MINE"]],
  ])("with %j says how it is used, and deletes nothing", async (words) => {
    const { code, stderr } = await forget(words);
    expect(code).toBe(2);
    expect(stderr).toMatch(/For example: postie forget (slack T0123ABCD|teams 1{8}-)/);
    const store = await openStore({ path });
    expect(await store.settings.get(MINE, "channel C1")).toBe("always");
    await store.close();
  });

  test("needs to be told which store, and makes none", async () => {
    const unset = await forget(["slack", "T0MINE"], {});
    expect([unset.code, unset.stderr]).toEqual([2, expect.stringContaining("POSTIE_STORE is not set")]);
    const nowhere = join(folder, "nowhere.sqlite");
    const missing = await forget(["slack", "T0MINE"], { POSTIE_STORE: nowhere });
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("not the file of a store")]);
    expect(existsSync(nowhere)).toBe(false);
  });

  test("says that nothing was deleted when the database cannot be reached", async () => {
    const { code, stderr } = await forget(["slack", "T0MINE"], {
      DATABASE_URL: `postgres://postie:hunter22@127.0.0.1:${await freePort()}/postie`,
      POSTIE_SECRET: "0123456789abcdef0123456789abcdef",
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Nothing was deleted: the store cannot be reached/);
    expect(stderr).not.toContain("hunter22");
  });
});
