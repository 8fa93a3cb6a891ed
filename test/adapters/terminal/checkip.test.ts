import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatServer } from "../../../src/dns/index.ts";
import { listing, livingLists, ownZones } from "../../support/blocklist-zones.ts";
import type { Zone } from "../../support/dns-zone.ts";
import { aServer } from "../../support/resolver.ts";

const { zones } = await ownZones();
const root = join(import.meta.dirname, "../../..");
const IP = "8.8.4.200";
const KEY = "n0b0dymays33this";

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the program as npm's script does, before lists with these records beside their own. */
async function postie(
  args: readonly string[],
  { zone = {}, env = {} }: { zone?: Zone; env?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
  const server = await aServer({ ...livingLists(zones, KEY), ...zone });
  return new Promise((resolve) => {
    const words = [join(root, "src/main.ts"), ...args, "--resolver", formatServer(server.address)];
    const program = spawn(process.execPath, words, { env: { PATH: process.env.PATH, HOME: root, ...env } });
    const run: Run = { code: null, stdout: "", stderr: "" };
    program.stdout.on("data", (chunk) => {
      run.stdout += chunk;
    });
    program.stderr.on("data", (chunk) => {
      run.stderr += chunk;
    });
    program.on("close", (code) => resolve({ ...run, code }));
    program.stdin.end();
  });
}

function onZen(text: string): Zone {
  const zen = zones.filter(({ zone }) => zone === "<key>.zen.dq.spamhaus.net" || zone === "zen.spamhaus.org");
  return Object.assign({}, ...zen.map((one) => listing(one, IP, { A: "127.0.0.4", TXT: text }, KEY)));
}

test("a listing ends with exit code 1, and scripts get its report", async () => {
  const { code, stdout } = await postie(["checkip", "--json", IP], { zone: onZen("because") });
  expect(code).toBe(1);
  const report = JSON.parse(stdout);
  expect(Object.keys(report)).toEqual([
    "target",
    "kind",
    "special",
    "addresses",
    "zones",
    "summary",
    "list",
    "elapsedMs",
  ]);
  expect(Object.keys(report.zones[0])).toEqual([
    "zone",
    "subject",
    "name",
    "verdict",
    "reason",
    "codes",
    "text",
    "weight",
    "delistUrl",
  ]);
  expect(Object.keys(report.summary)).toEqual([
    "asked",
    "answered",
    "listed",
    "policy",
    "allow",
    "clean",
    "unchecked",
  ]);
  expect(report.summary.listed).toBe(1);
});

test("nothing listed ends with 0, a special address too, and what is no target with 2", async () => {
  expect((await postie(["checkip", "8.8.4.201"])).code).toBe(0);
  expect((await postie(["checkip", "192.0.2.10"])).code).toBe(0);
  const { code, stdout } = await postie(["checkip", "--json", "weather tomorrow"]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: "not-a-target",
    example: expect.stringContaining("checkip"),
  });
});

test("a key shows in no output, with or without JSON, and whatever the lists say", async () => {
  for (const args of [
    ["checkip", IP],
    ["checkip", "--json", IP],
    ["checkip", "mail.shop.test"],
  ]) {
    const { stdout, stderr } = await postie(args, {
      zone: onZen(`https://x/${KEY}`),
      env: { POSTIE_DQS_KEY: KEY },
    });
    expect(stdout.length).toBeGreaterThan(100);
    expect((stdout + stderr).toLowerCase()).not.toContain(KEY);
  }
});

test("a key that cannot be one stops the program with one line that does not show it", async () => {
  const { code, stdout, stderr } = await postie(["checkip", IP], { env: { POSTIE_DQS_KEY: "not a key!" } });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^POSTIE_DQS_KEY is not a key.*\n$/);
  expect(stdout + stderr).not.toContain("not a key!");
});
