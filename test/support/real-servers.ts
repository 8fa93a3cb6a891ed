import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, globSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "vitest";
import { createResolver, type RecordType, type ServerAddress } from "../../src/dns/index.ts";

/** Programs that tests start, and the Debian packages that have them. */
const PACKAGES = {
  kdig: "knot-dnsutils",
  knotd: "knot",
  postgres: "postgresql",
  rbldnsd: "rbldnsd",
  "systemd-analyze": "systemd",
  unbound: "unbound",
};

export type Program = keyof typeof PACKAGES;

/** Where Debian keeps programs that only root, or nobody, has in the PATH. */
const FURTHER_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", ...globSync("/usr/lib/postgresql/*/bin")];

/** Where a program is; null when it is not installed. */
export function findProgram(program: Program): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...FURTHER_FOLDERS];
  for (const folder of folders) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here
    }
  }
  return null;
}

/**
 * A `describe` that needs real servers. Where one is missing, the tests are skipped with a line that says how to get it;
 * with `CI=true` they fail.
 *
 * @example
 * describeWith(["rbldnsd"], "a blocklist served by rbldnsd", ({ rbldnsd }) => {
 *   test("lists its test point", async () => { … startProgram(rbldnsd, […]) … });
 * });
 */
export function describeWith<P extends Program>(
  programs: readonly P[],
  title: string,
  tests: (paths: Record<P, string>) => void,
): void {
  const found = programs.map((program) => [program, findProgram(program)] as const);
  const missing = found.filter(([, path]) => path === null).map(([program]) => program);
  describe(title, () => {
    if (missing.length === 0) return tests(Object.fromEntries(found) as Record<P, string>);
    const packages = missing.map((program) => PACKAGES[program]).join(" ");
    const line = `${missing.join(" and ")} not found: apt-get install --no-install-recommends ${packages}`;
    if (process.env.CI !== "true") console.warn(`Skipped: ${title}. ${line}`);
    test("has its servers", ({ skip }) => {
      if (process.env.CI === "true") throw new Error(line);
      skip(line);
    });
  });
}

export interface RunningProgram {
  readonly pid: number;
  /** Ends the program, by force when it does not go by itself, and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** What it wrote to its standard output and error so far. */
  output(): string;
  /** Rejects when the program ends before it was stopped. */
  readonly died: Promise<never>;
}

/** Milliseconds that a program gets to end by itself. */
const STOP_PATIENCE = 3000;

export interface ProgramOptions {
  /** Another user to run it as, for a program that refuses to be root. */
  readonly user?: { uid: number; gid: number } | undefined;
  /** The environment in place of this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** What asks it to end. */
  readonly stopSignal?: NodeJS.Signals;
}

export function startProgram(
  path: string,
  args: readonly string[],
  { user, env, stopSignal = "SIGTERM" }: ProgramOptions = {},
): RunningProgram {
  const child = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"], ...user, ...(env ? { env } : {}) });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => written.push(String(text)));
  const output = () => written.join("");
  const ended = whenEnded(child);
  let stopping = false;
  const died = new Promise<never>((_, reject) => {
    ended.then((how) => stopping || reject(new Error(`${path} ended (${how}): ${output()}`)));
  });
  died.catch(() => {}); // told to whoever waits for it
  return {
    pid: child.pid ?? 0,
    output,
    died,
    stop: async (signal = stopSignal) => {
      stopping = true;
      child.kill(signal);
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE);
      await ended;
      clearTimeout(force);
    },
  };
}

function whenEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

/** Waits until a server answers a question in any way, or fails when its program ends or ten seconds are over. */
export async function untilAnswering(
  server: ServerAddress,
  program: RunningProgram,
  { name, type }: { name: string; type: RecordType },
): Promise<void> {
  const patience = { tries: [0], timeout: 200, failureTtl: 0 };
  const resolver = createResolver({ servers: [server], ...patience });
  const deadline = performance.now() + 10_000;
  try {
    while (performance.now() < deadline) {
      const { status } = await Promise.race([resolver.resolve(name, type), program.died]);
      if (status === "ok") return;
      await sleep(10);
    }
  } finally {
    resolver.close();
  }
  throw new Error(`No answer about ${name} ${type} within 10 s: ${program.output()}`);
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return address.port;
}

/** A new folder with these files, which every user may read (rbldnsd gives up its root rights). */
export async function temporaryFolder(
  files: Record<string, string> = {},
): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "postie-"));
  await chmod(path, 0o755);
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
