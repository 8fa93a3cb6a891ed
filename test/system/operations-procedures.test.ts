import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../src/store/index.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { describeWith } from "../support/real-servers.ts";

/** What docs/operations.md tells an operator to do, done as it stands there. */
const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/operations.md"), "utf8");

/** The commands of the page that are marked with this name. */
function procedure(name: string): string {
  const found = new RegExp(`<!-- procedure: ${name} -->\\n\`\`\`\\w+\\n([^]*?)\`\`\``).exec(page);
  if (!found?.[1]) throw new Error(`The page has no procedure ${name}`);
  return found[1];
}

function shell(script: string, { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv }): void {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  const options = { cwd, env: { ...process.env, PATH: path, ...env }, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-ec", script], options);
  if (status !== 0) throw new Error(`${script}\n${stdout}${stderr}`);
}

const OWNER = { platform: "slack", tenant: "T0123" } as const;
const PLACE = { ...OWNER, conversation: "C1" };
const TOKEN = { token: "xoxb-1" };
const [OLD, NEW] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];

async function fill(store: Store): Promise<void> {
  await store.settings.set(OWNER, "channel C1", "always");
  await store.installations.put(OWNER, TOKEN);
  const target = { kind: "domain", name: "partner.example" } as const;
  const watch = { ...PLACE, target, every: "daily", wayBack: { channel: "C1" }, createdBy: "U1" } as const;
  await store.watches.add(watch, { conversation: 9, tenant: 9 });
}

async function expectFilled(store: Store): Promise<void> {
  expect(await store.settings.get(OWNER, "channel C1")).toBe("always");
  expect(await store.installations.get(OWNER)).toEqual(TOKEN);
  expect(await store.watches.list(PLACE)).toHaveLength(1);
}

const programs: ChildProcess[] = [];
afterAll(() => {
  for (const program of programs) program.kill("SIGKILL");
});

/** Starts a service and waits until it is ready or has ended; gives what it wrote until then, and how to end it. */
async function start(env: NodeJS.ProcessEnv) {
  const program = spawn(process.execPath, [join(root, "src/main.ts"), "serve"], {
    env: { PATH: process.env.PATH, PORT: "0", POSTIE_WEB: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  programs.push(program);
  let written = "";
  const ended = new Promise<number | null>((resolve) => program.on("close", resolve));
  const ready = new Promise<void>((resolve) => {
    for (const stream of [program.stdout, program.stderr]) {
      stream.on("data", (chunk) => {
        written += chunk;
        if (written.includes("Postie is ready")) resolve();
      });
    }
  });
  await Promise.race([ready, ended]);
  return {
    written: () => written,
    async stop() {
      program.kill("SIGTERM");
      return ended;
    },
  };
}

describe("a store in a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "postie-procedures-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  /** The page's paths in a folder of the test's own. */
  const here = (script: string) => script.replace(/(?<=\s)\/(?=var\/|media\/)/g, `${folder}/`);

  test("is backed up while it is in use, and restored", async () => {
    for (const name of ["var/lib/postie", "var/backups", "media/safe"])
      mkdirSync(join(folder, name), { recursive: true });
    const path = join(folder, "var/lib/postie/postie.sqlite");
    const used = await openStore({ path });
    await fill(used);
    shell(here(procedure("backup-sqlite")), { cwd: folder });
    await used.settings.set(OWNER, "channel C1", "never");
    await used.installations.delete(OWNER);
    // As after a crash, with what was not yet written into the file.
    const crashed = join(folder, "crashed");
    cpSync(dirname(path), crashed, { recursive: true });
    await used.close();
    rmSync(dirname(path), { recursive: true });
    cpSync(crashed, dirname(path), { recursive: true });
    rmSync(`${path}.key`);

    shell(here(procedure("restore-sqlite")), { cwd: folder });
    const restored = await openStore({ path });
    await expectFilled(restored);
    await restored.close();
  });
});

describeWith(["postgres"], "a store in PostgreSQL", ({ postgres }) => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres(postgres);
  });
  afterAll(() => server?.remove());

  async function filled(): Promise<string> {
    const url = await server.newDatabase();
    const store = await openStore({ url, secrets: [OLD] });
    await fill(store);
    await store.close();
    return url;
  }

  test("is backed up while a service uses it, and restored into an empty database", async () => {
    const folder = mkdtempSync(join(tmpdir(), "postie-dump-"));
    const programsOf = { PATH: `${dirname(postgres)}:${process.env.PATH}` };
    const url = await filled();
    const service = await start({ DATABASE_URL: url, POSTIE_SECRET: OLD });
    expect(service.written()).toContain("Postie is ready");
    shell(procedure("backup-postgres"), { cwd: folder, env: { ...programsOf, DATABASE_URL: url } });
    expect(await service.stop()).toBe(0);

    const empty = await server.newDatabase();
    shell(procedure("restore-postgres"), { cwd: folder, env: { ...programsOf, DATABASE_URL: empty } });
    const again = await start({ DATABASE_URL: empty, POSTIE_SECRET: OLD });
    expect(again.written()).toContain("Postie is ready");
    expect(await again.stop()).toBe(0);
    const restored = await openStore({ url: empty, secrets: [OLD] });
    await expectFilled(restored);
    await restored.close();
    rmSync(folder, { recursive: true });
  });

  test("changes its secret while several instances run, none of which ever fails", async () => {
    const url = await filled();
    const first = { DATABASE_URL: url, POSTIE_SECRET: OLD, POSTIE_SECRET_OLD: NEW };
    const second = { DATABASE_URL: url, POSTIE_SECRET: NEW, POSTIE_SECRET_OLD: OLD };
    const last = { DATABASE_URL: url, POSTIE_SECRET: NEW };
    const stays = await openStore({ url, secrets: [OLD, NEW] });
    const one = await start(first);
    expect(one.written()).not.toContain("encrypted anew");
    expect(await one.stop()).toBe(0);
    const two = await start(second);
    expect(two.written()).toContain('"rows":2,"msg":"what an older secret encrypted was encrypted anew"');
    // An instance that is still at step 1 reads what is encrypted anew, and writes with the old one.
    await expectFilled(stays);
    await stays.installations.put({ ...OWNER, tenant: "T0456" }, TOKEN);
    await stays.close();
    expect(await two.stop()).toBe(0);
    const more = await start(second);
    expect(more.written()).toContain('"rows":1,"msg":"what an older secret encrypted was encrypted anew"');
    expect(await more.stop()).toBe(0);
    const three = await start(last);
    expect(three.written()).toContain("Postie is ready");
    expect(await three.stop()).toBe(0);
  });

  test("starts again after its secret was lost, with what was not encrypted", async () => {
    const url = await filled();
    const lost = await start({ DATABASE_URL: url, POSTIE_SECRET: NEW });
    expect(lost.written()).toContain("POSTIE_SECRET is not the secret");
    await server.query(url, procedure("secret-lost"));
    const service = await start({ DATABASE_URL: url, POSTIE_SECRET: NEW });
    expect(service.written()).toContain("Postie is ready");
    expect(await service.stop()).toBe(0);
    const store = await openStore({ url, secrets: [NEW] });
    expect(await store.settings.get(OWNER, "channel C1")).toBe("always");
    await store.close();
  });
});

describe("the page", () => {
  test("tells of every table there is", () => {
    const tables = ["src/store/migrations", "src/jobs/migrations"].flatMap((folder) =>
      [...readMigrations(folder).matchAll(/CREATE TABLE (\w+)/g)].map(([, table = ""]) => table),
    );
    expect(tables.length).toBeGreaterThan(8);
    for (const table of tables) expect(page).toContain(`\`${table}\``);
  });

  test("names every metric there is", () => {
    const source = readFileSync(join(root, "src/metrics.ts"), "utf8");
    const metrics = [...source.matchAll(/"(postie_\w+)"/g)].map(([, metric = ""]) => metric);
    expect(metrics.length).toBeGreaterThan(10);
    for (const metric of metrics) expect(page).toContain(metric);
  });
});

function readMigrations(folder: string): string {
  const files = globSync(`${folder}/*.sql`, { cwd: root });
  return files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
}
